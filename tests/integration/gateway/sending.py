"""A sender whose clock stands in the test's hands, relays that answer as they are told, and letters to send."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from config.database import transaction
from config.settings import Outgoing
from config.surroundings import Surroundings
from gateway.composing import Identity
from gateway.relay import Answer, Relay, Sent
from gateway.sender import Sender
from helpdesk import outbox
from helpdesk.messages import Address, OutgoingMessage
from helpdesk.outbox import Queued
from tests.integration.gateway.throwaway import CLIENT

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_numbers = itertools.count(1)


class Obedient(Relay):
    """A relay without a network that answers as it is told, and keeps what it took."""

    def __init__(self, *answers: Answer) -> None:
        self.per_minute = 0
        self.answers = list(answers)
        self.taken: list[tuple[str, str, bytes]] = []

    def send(self, sender: str, recipient: str, content: bytes) -> Answer:
        answer = self.answers.pop(0) if self.answers else Sent("250 ok")
        if isinstance(answer, Sent):
            self.taken.append((sender, recipient, content))
        return answer

    def close(self) -> None:
        pass


def real_relay(port: int, **settings: object) -> Relay:
    outgoing = Outgoing(host="127.0.0.1", port=port, tls="none", user="", password="", dkim_selector="", dkim_key="")
    return Relay(replace(outgoing, **settings), "desk.studio.example")  # type: ignore[arg-type]


class Desk:
    """A sender with a clock that can be moved."""

    def __init__(self, studio: Surroundings, relay: Relay) -> None:
        self.now = START
        self.studio = studio
        self.relay = relay
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

    def statuses(self) -> list[str]:
        with transaction(self.studio.engine) as connection:
            return [row.status for row in outbox.listing(connection)]

    def drain(self, step: timedelta = timedelta(minutes=1), most: int = 2000) -> None:
        """Let the clock go until nothing waits."""
        for _ in range(most):
            if not self.sender.send_due().tried:
                with transaction(self.studio.engine) as connection:
                    if not outbox.listing(connection, outbox.QUEUED):
                        return
                self.now += step
        message = f"the outbox never emptied: {self.statuses()}"
        raise AssertionError(message)
