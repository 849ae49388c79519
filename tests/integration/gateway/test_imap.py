"""Mailboxes are emptied into the spool, whatever happens to the server, and nothing is taken twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.database import transaction
from config.surroundings import Surroundings
from gateway import imap, spool
from helpdesk.models import messages
from tests.integration.gateway.dovecot import PASSWORD, Dovecot, dovecot
from tests.integration.gateway.throwaway import CONFIG, Recorder, letter, make_studio, serving, until

_MAILBOX = """
[[imap]]
host = "127.0.0.1"
port = {port}
user = "support"
password_file = "imap.password"
tls = "none"
"""


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def studio(tmp_path: Path, relay: Recorder, server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    monkeypatch.setattr(imap, "_FIRST_PAUSE", 0.2)
    (tmp_path / "imap.password").write_text(PASSWORD, encoding="utf-8")
    return make_studio(tmp_path, relay.port, CONFIG + _MAILBOX.replace("{port}", str(server.port)))


def _kept(studio: Surroundings) -> int:
    with transaction(studio.engine) as connection:
        return connection.execute(select(func.count()).select_from(messages)).scalar_one()


def _spooled(studio: Surroundings) -> list[str]:
    with transaction(studio.engine) as connection:
        return [entry.reason for entry in spool.listing(connection)]


def test_letters_of_a_mailbox_become_messages_and_are_flagged_after_that(studio: Surroundings, server: Dovecot) -> None:
    raw = letter("Первое").as_bytes()
    server.append(raw)
    with serving(studio, "imap,worker"):
        until(lambda: _kept(studio) == 1)
        server.append(letter("Второе").as_bytes())
        until(lambda: _kept(studio) == 2)
        with server.client() as client:
            client.select_folder("INBOX")
            until(lambda: len(client.search(["SEEN", "KEYWORD", "$Deskpost"])) == 2)
    with transaction(studio.engine) as connection:
        assert spool.raw(connection, 1) == raw.replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n")


def test_a_letter_that_somebody_has_read_already_is_taken_all_the_same(studio: Surroundings, server: Dovecot) -> None:
    with server.client() as client:
        client.append("INBOX", letter().as_bytes(), flags=[b"\\Seen"])
    with serving(studio, "imap,worker"):
        until(lambda: _kept(studio) == 1)


def test_handled_letters_are_moved_where_a_folder_is_named(studio: Surroundings, server: Dovecot) -> None:
    mailbox = replace(studio.settings.imap[0], processed_folder="Обработано")
    moving = replace(studio, settings=replace(studio.settings, imap=(mailbox,)))
    server.append(letter().as_bytes())
    with serving(moving, "imap,worker"), server.client() as client:
        until(lambda: client.folder_exists("Обработано") and client.folder_status("Обработано")[b"MESSAGES"] == 1)
        assert client.folder_status("INBOX")[b"MESSAGES"] == 0
        until(lambda: _kept(moving) == 1)


def test_a_folder_that_is_numbered_anew_brings_no_second_ticket(studio: Surroundings, server: Dovecot) -> None:
    server.append(letter("Первое").as_bytes())
    with serving(studio, "imap,worker"):
        until(lambda: _kept(studio) == 1)
    server.renumber()
    server.append(letter("Второе").as_bytes())
    with serving(studio, "imap,worker"):
        until(lambda: _kept(studio) == 2)
    assert sorted(_spooled(studio)) == ["duplicate", "new-ticket", "new-ticket"]


def test_a_restart_takes_nothing_again(studio: Surroundings, server: Dovecot) -> None:
    server.append(letter("Первое").as_bytes())
    with serving(studio, "imap,worker"):
        until(lambda: _kept(studio) == 1)
    server.append(letter("Второе").as_bytes())
    with serving(studio, "imap,worker"):
        until(lambda: _kept(studio) == 2)
    assert _spooled(studio) == ["new-ticket", "new-ticket"]


def test_a_server_that_goes_and_comes_back_is_waited_for(studio: Surroundings, server: Dovecot) -> None:
    with serving(studio, "imap,worker"):
        server.append(letter("Первое").as_bytes())
        until(lambda: _kept(studio) == 1)
        server.stop()
        server.start()
        server.append(letter("Второе").as_bytes())
        until(lambda: _kept(studio) == 2, 30)


def test_nothing_is_marked_while_the_spool_cannot_take_it(studio: Surroundings, server: Dovecot, caplog: pytest.LogCaptureFixture) -> None:
    server.append(letter().as_bytes())
    with transaction(studio.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE spool RENAME TO spool_away")
    with serving(studio, "imap"), server.client() as client:
        client.select_folder("INBOX", readonly=True)
        until(lambda: "not accepted" in caplog.text)
        assert client.search(["SEEN"]) == []
    with transaction(studio.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE spool_away RENAME TO spool")
    with serving(studio, "imap,worker"):
        until(lambda: _kept(studio) == 1)
