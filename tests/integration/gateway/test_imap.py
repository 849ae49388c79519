"""Mailboxes are emptied into the spool, whatever happens to the server, and nothing is taken twice."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from email.policy import SMTP
from functools import partial
from pathlib import Path

import pytest
from imapclient import IMAPClient

from config.database import transaction
from config.surroundings import Surroundings
from gateway import imap, mailbox, mailbox_line, spool
from tests.integration.gateway import throwaway
from tests.integration.gateway.dovecot import Box, Dovecot, dovecot
from tests.integration.gateway.mailboxes import arrived, attending, changed, handled, kept, lay_database, spooled, studio_of
from tests.integration.gateway.throwaway import letter, serving, until


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def box(server: Dovecot) -> Box:
    return server.mailbox(f"u{uuid.uuid4().hex}")


@pytest.fixture
def studio(box: Box, tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    monkeypatch.setattr(imap, "_FIRST_PAUSE", 0.1)
    monkeypatch.setattr(imap, "_LONGEST_PAUSE", 0.2)
    monkeypatch.setattr(imap, "_LOOK_SECONDS", 0.05)
    lay_database(tmp_path, empty_database)
    monkeypatch.setattr(throwaway, "upgrade_schema", lambda _engine: None)
    return studio_of(box, tmp_path)


def raw(subject: str = "Сайт лежит", text: str = "Помогите, пожалуйста.", **headers: str) -> bytes:
    return letter(subject, text, **headers).as_bytes(policy=SMTP)


def _has_spooled(studio: Surroundings, number: int) -> bool:
    return arrived(studio) == number


def test_letters_of_a_mailbox_become_messages_and_are_marked_after_that(studio: Surroundings, box: Box) -> None:
    first = raw("Первое")
    box.append(first)
    with serving(studio, "imap,worker"):
        until(lambda: kept(studio) == 1)
        box.append(raw("Второе"))
        until(lambda: kept(studio) == 2)
        until(lambda: box.count("KEYWORD $Deskpost") == 2)
    assert box.count("SEEN") == 0, "what people have read is theirs to say"
    assert spooled(studio)[0] == first


def test_a_letter_that_somebody_has_read_already_is_taken_all_the_same(studio: Surroundings, box: Box) -> None:
    with box.client() as client:
        client.append("INBOX", raw(), flags=[b"\\Seen"])
    with attending(studio):
        until(lambda: arrived(studio) == 1)


def test_handled_letters_are_moved_where_a_folder_is_named(studio: Surroundings, box: Box) -> None:
    moving = changed(studio, processed_folder="Обработано")
    box.append(raw("Первое"), raw("Второе"))
    with attending(moving):
        until(lambda: box.count(folder="Обработано") == 2)
        assert box.count() == 0
    assert handled(moving) == {"new-ticket": 2}


def test_without_move_letters_are_copied_and_deleted(studio: Surroundings, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    has = IMAPClient.has_capability
    monkeypatch.setattr(IMAPClient, "has_capability", lambda client, name: name != "MOVE" and has(client, name))
    with box.client() as client:
        client.append("INBOX", raw("Чужое"), flags=[b"\\Deleted"])
        box.append(raw("Первое"))
        with attending(changed(studio, processed_folder="Done")):
            until(lambda: box.count(folder="Done") == 2)
            until(lambda: box.count() == 0)


def test_a_server_without_idle_is_asked_at_intervals(studio: Surroundings, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    has = IMAPClient.has_capability
    monkeypatch.setattr(IMAPClient, "has_capability", lambda client, name: name != "IDLE" and has(client, name))
    monkeypatch.setattr(imap, "POLL_SECONDS", 0.1)
    with attending(studio):
        for number in range(1, 4):
            box.append(raw(f"Письмо {number}"))
            until(partial(_has_spooled, studio, number))


def test_a_folder_that_keeps_no_keywords_is_flagged(studio: Surroundings, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_permitted", lambda _flags: b"\\Flagged")
    box.append(raw())
    with attending(studio):
        until(lambda: box.count("FLAGGED") == 1)


def test_a_folder_that_is_numbered_anew_brings_no_second_ticket(studio: Surroundings, box: Box) -> None:
    box.append(raw("Первое"))
    with attending(studio):
        until(lambda: box.count("KEYWORD $Deskpost") == 1)
    box.renumber()
    box.append(raw("Второе"))
    with attending(studio):
        until(lambda: arrived(studio) == 3)
    assert handled(studio) == {"duplicate": 1, "new-ticket": 2}


def test_a_folder_that_is_numbered_anew_under_our_hands_is_noticed(studio: Surroundings, box: Box) -> None:
    box.append(raw("Первое"))
    with attending(studio):
        until(lambda: box.count("KEYWORD $Deskpost") == 1)
        box.renumber()
        box.append(raw("Второе"))
        until(lambda: handled(studio)["new-ticket"] == 2)


def test_a_restart_takes_nothing_again(studio: Surroundings, box: Box) -> None:
    for number in range(1, 3):
        box.append(raw(f"Письмо {number}"))
        with attending(studio):
            until(partial(_has_spooled, studio, number))
    assert len(spooled(studio)) == 2


def test_a_server_that_goes_and_comes_back_is_waited_for(studio: Surroundings, box: Box) -> None:
    with attending(studio):
        box.append(raw("Первое"))
        until(lambda: arrived(studio) == 1)
        box.server.stop()
        box.server.start()
        box.append(raw("Второе"))
        until(lambda: arrived(studio) == 2, 30)


def test_a_server_that_falls_silent_is_left_for_a_new_connection(
    studio: Surroundings, box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(imap, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(mailbox_line, "READ_SECONDS", 0.5)
    with attending(studio):
        box.append(raw("Первое"))
        until(lambda: box.count("KEYWORD $Deskpost") == 1)
        with box.stopped_processes():
            until(lambda: "imap lost" in caplog.text)
            box.append(raw("Второе"))
            until(lambda: arrived(studio) == 2)


def test_two_readers_of_one_mailbox_bring_no_second_ticket(studio: Surroundings, box: Box) -> None:
    box.append(*(raw(f"Письмо {number}") for number in range(30)))
    with attending(changed(studio, processed_folder="Done"), readers=2):
        until(lambda: len(set(spooled(studio))) == 30)
        box.append(raw("Письмо 30"))
        until(lambda: box.count() == 0)
        until(lambda: len(set(spooled(studio))) == 31)
    assert handled(studio)["new-ticket"] == 31


def test_two_hundred_letters_come_whole_and_once(studio: Surroundings, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "BATCH_BYTES", 100_000)
    written = [raw(f"Письмо {number}", "Строка.\n" * (number * 7)) for number in range(200)]
    with box.client() as client:
        for content in written:
            client.append("INBOX", content)
    with attending(studio):
        until(lambda: arrived(studio) == 200, 60)
        until(lambda: box.count("KEYWORD $Deskpost") == 200)
    assert spooled(studio) == written


def test_a_letter_above_the_limit_stays_where_it_is_and_is_told_of(studio: Surroundings, box: Box) -> None:
    small = changed(studio, max_message_size=20_000)
    box.append(raw("Первое"), raw("Выгрузка базы", "Строка.\n" * 5000), raw("Третье"))
    with attending(changed(small, processed_folder="Done")):
        until(lambda: arrived(studio) == 3)
        until(lambda: box.count() == 1)
    assert handled(studio) == {"new-ticket": 2, "no-sender": 1}
    told = next(one for one in spooled(studio) if "не забрано".encode() in one).decode()
    assert "Subject: Выгрузка базы" in told
    assert "From: Иван Петров" in told
    assert "INBOX" in told
    assert "\nFrom:" not in told.partition("\r\n\r\n")[0], "its words are not the author's"


def test_our_own_letters_open_nothing(studio: Surroundings, box: Box) -> None:
    box.append(raw(sender="support@studio.example"))
    with attending(studio):
        until(lambda: arrived(studio) == 1)
    assert handled(studio) == {"loop": 1}


def test_the_folder_of_sent_letters_is_refused(studio: Surroundings, box: Box, caplog: pytest.LogCaptureFixture) -> None:
    with box.client() as client:
        client.append("Sent", raw())
    with attending(changed(studio, folder="Sent")):
        until(lambda: "it holds letters of our own" in caplog.text)
    assert spooled(studio) == []


def test_nothing_is_marked_while_the_spool_cannot_take_it(studio: Surroundings, box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.append(raw())
    with transaction(studio.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE spool RENAME TO spool_away")
    with attending(studio):
        until(lambda: caplog.text.count("not accepted") > mailbox.TRIES + 1)
        assert box.count("KEYWORD $Deskpost") == 0
        with transaction(studio.engine) as connection:
            connection.exec_driver_sql("ALTER TABLE spool_away RENAME TO spool")
        until(lambda: box.count("KEYWORD $Deskpost") == 1)
    assert handled(studio) == {"new-ticket": 1}


def test_a_wrong_password_is_told_clearly_and_not_repeated_at_once(
    studio: Surroundings, box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = changed(studio, password="hunter2")
    with attending(wrong):
        until(lambda: "the server refuses the login" in caplog.text)
    assert "hunter2" not in caplog.text
    assert box.user in caplog.text
    assert float(caplog.text.partition("again_in=")[2].split()[0]) >= imap._PAUSE_AFTER_REFUSAL / 2


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_is_checked_and_the_operator_told(
    studio: Surroundings, box: Box, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setattr(imap, "_PAUSE_AFTER_REFUSAL", 0.1)
    box.append(raw())
    port = box.server.tls_port if tls == "implicit" else box.server.port
    sealed = changed(studio, host="localhost", port=port, tls=tls)
    with attending(sealed):
        until(lambda: "the certificate of localhost is not accepted: self-signed certificate" in caplog.text)
        assert spooled(studio) == []
        monkeypatch.setenv("SSL_CERT_FILE", str(box.server.certificate))
        until(lambda: arrived(studio) == 1)


def test_mailboxes_are_read_side_by_side(studio: Surroundings, server: Dovecot) -> None:
    boxes = [server.mailbox(f"u{uuid.uuid4().hex}") for _ in range(5)]
    with ExitStack() as stack:
        for one in boxes:
            stack.enter_context(attending(changed(studio, user=one.user)))
        for number, one in enumerate(boxes):
            one.append(raw(f"Письмо {number}"))
        until(lambda: arrived(studio) == len(boxes))


def test_the_spool_keeps_what_a_mail_server_wrote_of_the_way(studio: Surroundings, box: Box) -> None:
    box.append(raw(Return_Path="<bounce@client.example>", Delivered_To="support+7@studio.example"))
    with attending(studio):
        until(lambda: arrived(studio) == 1)
    with transaction(studio.engine) as connection:
        [entry] = spool.listing(connection)
    assert (entry.door, entry.envelope_from, entry.envelope_to) == ("imap", "bounce@client.example", ("support+7@studio.example",))
