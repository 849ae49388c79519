"""The outbox empties into the relay, whatever the relay says, and one bad letter holds up no other."""

import itertools
import smtplib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from config.database import transaction
from config.settings import Outgoing
from config.surroundings import Surroundings
from gateway.composing import Identity
from gateway.relay import Answer, Deferred, Refused, Relay, Sent, _log_in
from gateway.sender import Sender, pause_after
from helpdesk import outbox
from helpdesk.messages import Address, OutgoingMessage, StoredFile
from helpdesk.outbox import Queued
from tests.integration.gateway.throwaway import CLIENT, Recorder

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_numbers = itertools.count(1)


class Scripted(Relay):
    """A relay that answers as it is told, and keeps what it took."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.taken: list[tuple[str, str, bytes]] = []

    def send(self, sender: str, recipient: str, content: bytes) -> Answer:
        answer = self.answers.pop(0) if self.answers else Sent("250 ok")
        if isinstance(answer, Sent):
            self.taken.append((sender, recipient, content))
        return answer

    def close(self) -> None:
        pass


class Desk:
    """A sender with a clock that can be moved."""

    def __init__(self, studio: Surroundings, relay: Relay) -> None:
        self.now = START
        self.studio = studio
        self.failures: list[tuple[int, str]] = []
        identity = Identity("support@studio.example", studio.key)
        self.sender = Sender(studio.engine, studio.files, relay, identity, clock=lambda: self.now, on_failed=self._failed)

    def _failed(self, _connection: Connection, queued: Queued, answer: str) -> None:
        self.failures.append((queued.id, answer))

    def put(self, **changes: object) -> int:
        message = OutgoingMessage(
            "answer", Address(CLIENT), Address("support@studio.example"), f"Тема {next(_numbers)}", "Текст", automatic=False
        )
        with transaction(self.studio.engine) as connection:
            entry_id = outbox.enqueue(connection, replace(message, **changes), now=self.now)  # type: ignore[arg-type]
        assert entry_id is not None
        return entry_id

    def standing(self, entry_id: int) -> outbox.Standing:
        with transaction(self.studio.engine) as connection:
            found = outbox.standing(connection, entry_id)
        assert found is not None
        return found


@pytest.fixture
def desk(studio: Surroundings) -> Callable[..., Desk]:
    return lambda *answers: Desk(studio, Scripted(*answers))


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
    here = desk(*[Deferred("450 busy")] * 20)
    entry_id = here.put()
    here.now += timedelta(days=5)
    here.sender.send_due()
    assert here.standing(entry_id).status == "failed"
    assert here.failures == [(entry_id, "450 busy")]


def test_what_is_refused_fails_at_once(desk: Callable[..., Desk]) -> None:
    here = desk(Refused("550 no such user"))
    entry_id = here.put()
    here.sender.send_due()
    assert (here.standing(entry_id).status, here.failures) == ("failed", [(entry_id, "550 no such user")])


def test_a_relay_that_is_away_costs_one_letter_its_turn_and_the_others_nothing(desk: Callable[..., Desk]) -> None:
    here = desk(Deferred("ConnectionRefusedError", unreachable=True))
    first, *others = (here.put() for _ in range(5))
    done = here.sender.send_due()
    assert (done.tried, done.reachable) == (1, False)
    assert here.standing(first).attempts == 1
    assert {here.standing(other).attempts for other in others} == {0}
    assert here.sender.send_due().tried == 4


@pytest.mark.parametrize(
    "poison",
    [{"recipient": Address("no address")}, {"attachments": (StoredFile("a", "text/plain", "0" * 64),)}, {"message_id": "a b"}],
    ids=["address", "missing file", "message-id"],
)
def test_a_letter_that_cannot_be_made_fails_and_the_queue_flows(desk: Callable[..., Desk], poison: dict[str, object]) -> None:
    here = desk()
    bad, good = here.put(**poison), here.put()
    here.sender.send_due()
    assert here.standing(good).status == "sent"
    assert here.standing(bad).status == "failed"
    assert here.standing(bad).answer.startswith("cannot be composed: ")
    assert len(here.failures) == 1


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
    relay = Scripted()
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
    relay = Scripted()
    here = Desk(desk().studio, relay)
    entry = here.put()
    here.sender.send_due()
    here.now += timedelta(minutes=10)
    here.sender.send_due()
    assert (len(relay.taken), here.standing(entry).status) == (1, outbox.SENT)


def test_pauses_never_overflow() -> None:
    assert pause_after(0) == pause_after(1) == timedelta(minutes=5)
    assert pause_after(10**6) == timedelta(hours=4)


def _relay(port: int) -> Relay:
    return Relay(
        Outgoing(host="127.0.0.1", port=port, tls="none", user="", password="", dkim_selector="", dkim_key=""), "desk.studio.example"
    )


def test_a_real_relay_takes_several_letters_over_one_connection(relay: Recorder) -> None:
    to = _relay(relay.port)
    for _ in range(3):
        assert to.send("", CLIENT, b"Subject: x\r\n\r\n.\r\n..\r\n") == Sent("250 2.0.0 queued as TEST")
    to.close()
    assert {content for _, _, content in relay.letters} == {b"Subject: x\r\n\r\n.\r\n..\r\n"}


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("451 4.7.1 greylisted", Deferred("451 4.7.1 greylisted")),
        ("552 5.3.4 too big", Refused("552 5.3.4 too big")),
        ("421 4.3.2 closing", Deferred("421 4.3.2 closing", unreachable=True)),
    ],
)
def test_a_real_relays_answers_are_understood(relay: Recorder, said: str, answer: Answer) -> None:
    relay.answers = [said]
    to = _relay(relay.port)
    assert to.send("", CLIENT, b"x") == answer
    assert to.send("", CLIENT, b"x") == Sent("250 2.0.0 queued as TEST")
    to.close()


def test_a_password_that_cannot_be_said_is_no_letters_fault() -> None:
    connection = smtplib.SMTP()
    connection.ehlo_resp, connection.does_esmtp, connection.esmtp_features = b"", True, {"auth": "PLAIN"}
    with pytest.raises(smtplib.SMTPException, match="ASCII"):
        _log_in(connection, replace(_relay(1)._settings, user="я", password="пароль"))


def test_a_relay_that_is_not_there_is_told_apart_from_one_that_refuses() -> None:
    answer = _relay(1).send("", CLIENT, b"x")
    assert isinstance(answer, Deferred)
    assert answer.unreachable
