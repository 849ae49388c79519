"""The outbox empties into the relay, whatever the relay says, and one bad letter holds up no other."""

import errno
import smtplib
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from config.database import transaction
from config.files import FileStore
from config.surroundings import Surroundings
from gateway import sender as sending
from gateway.relay import Answer, Away, Deferred, Refused, Sent, _log_in
from gateway.sender import pause_after
from helpdesk import outbox
from helpdesk.messages import Address, StoredFile
from tests.integration.gateway.sending import Desk, Obedient, real_relay
from tests.integration.gateway.throwaway import CLIENT, Recorder, make_studio


@pytest.fixture
def studio(tmp_path: Path, empty_database: Path) -> Surroundings:
    (tmp_path / "deskpost.db").write_bytes(empty_database.read_bytes())
    return make_studio(tmp_path, 1)


@pytest.fixture
def desk(studio: Surroundings) -> Callable[..., Desk]:
    return lambda *answers: Desk(studio, Obedient(*answers))


def test_what_the_relay_takes_is_sent(desk: Callable[..., Desk]) -> None:
    here = desk(Sent("250 queued as 7"))
    entry_id = here.put()
    assert here.sender.send_due().tried == 1
    assert (here.standing(entry_id).status, here.standing(entry_id).answer) == ("sent", "250 queued as 7")
    assert here.sender.send_due().tried == 0


def test_what_is_put_off_is_tried_again_later_and_later(desk: Callable[..., Desk]) -> None:
    here = desk(*[Deferred("450 busy")] * 20)
    entry_id = here.put()
    waits = []
    for _ in range(9):
        here.sender.send_due()
        due = here.standing(entry_id).next_attempt_at
        waits.append((due - here.now) // timedelta(minutes=1))
        here.now = due - timedelta(seconds=1)
        assert here.sender.send_due().tried == 0
        here.now = due
    assert waits == [5, 10, 20, 40, 80, 160, 240, 240, 240]


def test_after_five_days_a_letter_fails_and_somebody_hears_of_it(desk: Callable[..., Desk]) -> None:
    here = desk(*[Deferred("450 busy")] * 100)
    entry_id = here.put()
    started = here.now
    while here.standing(entry_id).status != "failed":
        here.sender.send_due()
        assert here.now <= started + timedelta(days=5, hours=4)
        here.now = max(here.now, here.standing(entry_id).next_attempt_at)
    assert here.now >= started + timedelta(days=5)
    assert here.failures == [(entry_id, "450 busy")]


def test_the_five_days_begin_with_the_first_attempt(desk: Callable[..., Desk]) -> None:
    here = desk(Deferred("450 busy"))
    entry_id = here.put()
    here.now += timedelta(days=6)
    here.sender.send_due()
    assert here.standing(entry_id).status == "deferred"


def test_a_retry_of_an_old_letter_has_five_days_of_its_own(desk: Callable[..., Desk], studio: Surroundings) -> None:
    here = desk(Refused("550 no"), *[Deferred("450 busy")] * 5)
    entry_id = here.put()
    here.sender.send_due()
    here.now += timedelta(days=30)
    with transaction(studio.engine) as connection:
        outbox.retry(connection, entry_id, now=here.now)
    for _ in range(5):
        here.sender.send_due()
        assert here.standing(entry_id).status == "deferred"
        here.now = here.standing(entry_id).next_attempt_at
    here.sender.send_due()
    assert here.standing(entry_id).status == "sent"


def test_what_is_refused_fails_at_once(desk: Callable[..., Desk]) -> None:
    here = desk(Refused("550 no such user"))
    entry_id = here.put()
    here.sender.send_due()
    assert (here.standing(entry_id).status, here.failures) == ("failed", [(entry_id, "550 no such user")])


def test_a_relay_that_is_away_costs_no_letter_its_turn(desk: Callable[..., Desk]) -> None:
    here = desk(*[Away("ConnectionRefusedError")] * 3)
    letters = [here.put() for _ in range(5)]
    for _ in range(3):
        done = here.sender.send_due()
        assert (done.tried, done.reachable) == (1, False)
    assert [here.standing(letter).attempts for letter in letters] == [0] * 5
    assert (here.standing(letters[0]).status, here.standing(letters[0]).answer) == ("deferred", "ConnectionRefusedError")
    assert here.sender.send_due().tried == 5


def test_for_all_that_waits_for_a_relay_that_is_away_the_days_run(desk: Callable[..., Desk]) -> None:
    here = desk(*[Away("ConnectionRefusedError")] * 4)
    letters = [here.put() for _ in range(3)]
    here.sender.send_due()
    here.now += timedelta(days=5)
    for _ in letters:
        here.sender.send_due()
    assert here.failures == [(letter, "ConnectionRefusedError") for letter in letters]


def test_a_conversation_that_ended_stops_the_round(desk: Callable[..., Desk]) -> None:
    here = desk(Deferred("421 closing", closed=True))
    first, second = here.put(), here.put()
    assert here.sender.send_due().tried == 1
    assert (here.standing(first).attempts, here.standing(second).attempts) == (1, 0)


@pytest.mark.parametrize(
    "poison",
    [
        {"recipient": Address("no address")},
        {"recipient": Address("a@b.example\r\nRCPT TO:<x@y.example>")},
        {"attachments": (StoredFile("a", "text/plain", "0" * 64),)},
        {"attachments": (StoredFile("a", "text/plain", "../../etc/passwd"),)},
        {"message_id": "a b"},
        {"message_id": "a@b\r\nBcc: x@y.example"},
        {"reply_to": "x@y.example\r\nBcc: z@y.example"},
    ],
    ids=["address", "line end in it", "missing file", "file elsewhere", "message-id", "line end in that", "in reply-to"],
)
def test_a_letter_that_cannot_be_made_fails_and_the_queue_flows(desk: Callable[..., Desk], poison: dict[str, object]) -> None:
    here = desk()
    bad, good = here.put(**poison), here.put()
    here.sender.send_due()
    assert here.standing(good).status == "sent"
    assert here.standing(bad).status == "failed"
    assert here.standing(bad).answer.startswith("cannot be composed: ")
    assert len(here.failures) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"subject": "a\r\nBcc: x@y.example"},
        {"subject": "\ud800" * 9},
        {"subject": "х" * 1_000_000},
        {"text": "\udfff\x00\r\x0b"},
        {"html": "<p>\ud83d</p>"},
        {"recipient": Address(CLIENT, 'a"\r\nBcc: x@y.example\ud800')},
        {"in_reply_to": "a\r\nb", "references": ("c\nd@e",)},
    ],
    ids=["line end", "half characters", "megabytes", "text", "html", "name", "references"],
)
def test_odd_characters_go_out_and_smuggle_nothing(studio: Surroundings, odd: dict[str, object]) -> None:
    relay = Obedient()
    here = Desk(studio, relay)
    here.put(**odd)
    here.put()
    here.sender.send_due()
    assert here.statuses() == ["sent", "sent"]
    head = relay.taken[0][2].partition(b"\r\n\r\n")[0]
    assert not [line for line in head.split(b"\r\n") if line.lower().startswith(b"bcc:")]


def test_a_file_that_the_machine_cannot_read_now_holds_up_its_own_letter_only(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_store: FileStore, _digest: str) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    here = desk()
    bad = here.put(attachments=(StoredFile("a", "text/plain", here.studio.files.put(b"a")),))
    good = here.put()
    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "read", broken)
        here.sender.send_due()
    assert (here.standing(bad).status, here.standing(good).status) == ("deferred", "sent")
    here.drain()
    assert here.standing(bad).status == "sent"


def test_a_failure_that_cannot_be_told_is_a_failure_all_the_same(desk: Callable[..., Desk], caplog: pytest.LogCaptureFixture) -> None:
    def mute(connection: Connection, *_: object) -> None:
        connection.exec_driver_sql("DELETE FROM staff")
        message = "no such template"
        raise ValueError(message)

    here = desk(Refused("550 no"))
    here.sender._on_failed = mute
    first, second = here.put(), here.put()
    here.sender.send_due()
    assert (here.standing(first).status, here.standing(second).status) == ("failed", "sent")
    assert "no such template" in caplog.text
    with transaction(here.studio.engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM staff").scalar() == 1


def test_a_letter_with_which_every_sender_dies_fails_in_the_end_and_the_others_go(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "DEATHS", 4)
    here = desk()
    deadly, *others = (here.put() for _ in range(3))

    class Death(BaseException):
        pass

    def dying(queued: outbox.Queued) -> Answer:
        if queued.id == deadly:
            raise Death
        return handed_over(queued)

    handed_over = here.sender._hand_over
    monkeypatch.setattr(here.sender, "_hand_over", dying)
    monkeypatch.setattr(here.sender, "_lay_back", lambda _untried: None)
    for _ in range(60):
        with suppress(Death):
            here.sender.send_due()
        here.now += timedelta(minutes=1)
    assert [here.standing(other).status for other in others] == ["sent", "sent"]
    assert here.standing(deadly).answer == "taken in hand 30 times, and each time the program died"


def test_a_retry_sends_the_same_letter(desk: Callable[..., Desk], studio: Surroundings) -> None:
    here = desk(Refused("550 not today"))
    entry_id = here.put()
    here.sender.send_due()
    name = here.standing(entry_id).message_id
    with transaction(studio.engine) as connection:
        assert outbox.retry(connection, entry_id, now=here.now)
    here.sender.send_due()
    assert (here.standing(entry_id).status, here.standing(entry_id).message_id) == ("sent", name)


def test_automatic_letters_have_no_envelope_sender_and_a_persons_have_ours(studio: Surroundings) -> None:
    relay = Obedient()
    here = Desk(studio, relay)
    here.put()
    here.put(automatic=True)
    here.sender.send_due()
    assert [sender for sender, _, _ in relay.taken] == ["support@studio.example", ""]


def test_the_program_may_end_between_two_letters(desk: Callable[..., Desk]) -> None:
    here = desk()
    entry_id = here.put()
    assert here.sender.send_due(lambda: True).tried == 0
    assert here.standing(entry_id).attempts == 0


def test_what_is_sent_and_cannot_be_marked_is_not_sent_again(desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    troubles = [OperationalError("COMMIT", None, locked)] * 2
    mark_sent = outbox.mark_sent

    def troubled(connection: Connection, outbox_id: int, *, at: datetime, answer: str) -> None:
        if troubles:
            raise troubles.pop()
        mark_sent(connection, outbox_id, at=at, answer=answer)

    monkeypatch.setattr(outbox, "mark_sent", troubled)
    monkeypatch.setattr("gateway.sender._MARK_SECONDS", 0)
    relay = Obedient()
    here = Desk(desk().studio, relay)
    entry = here.put()
    here.sender.send_due()
    here.now += timedelta(minutes=10)
    here.sender.send_due()
    assert (len(relay.taken), here.standing(entry).status) == (1, outbox.SENT)


def test_pauses_never_overflow() -> None:
    assert pause_after(0) == pause_after(1) == timedelta(minutes=5)
    assert pause_after(10**6) == timedelta(hours=4)


def test_a_real_relay_takes_several_letters_over_one_connection(relay: Recorder) -> None:
    to = real_relay(relay.port)
    for _ in range(3):
        assert to.send("", CLIENT, b"Subject: x\r\n\r\n.\r\n..\r\n") == Sent("250 2.0.0 queued as TEST")
    to.close()
    assert {content for _, _, content in relay.letters} == {b"Subject: x\r\n\r\n.\r\n..\r\n"}


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("451 4.7.1 greylisted", Deferred("451 4.7.1 greylisted")),
        ("552 5.3.4 too big", Refused("552 5.3.4 too big")),
        ("421 4.3.2 closing", Deferred("421 4.3.2 closing", closed=True)),
    ],
)
def test_a_real_relays_answers_are_understood(relay: Recorder, said: str, answer: Answer) -> None:
    relay.answers = [said]
    to = real_relay(relay.port)
    assert to.send("", CLIENT, b"x") == answer
    assert to.send("", CLIENT, b"x") == Sent("250 2.0.0 queued as TEST")
    to.close()


def test_a_password_that_cannot_be_said_is_no_letters_fault() -> None:
    connection = smtplib.SMTP()
    connection.ehlo_resp, connection.does_esmtp, connection.esmtp_features = b"", True, {"auth": "PLAIN"}
    with pytest.raises(smtplib.SMTPException, match="ASCII"):
        _log_in(connection, replace(real_relay(1)._settings, user="я", password="пароль"))


def test_a_relay_that_is_not_there_is_told_apart_from_one_that_refuses() -> None:
    answer = real_relay(1).send("", CLIENT, b"x")
    assert isinstance(answer, Away)
