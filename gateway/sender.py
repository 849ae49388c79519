"""Outbox → relay: claim, compose, hand over, mark. What the relay puts off is tried again for five days.

A letter that cannot be made fails with its reason, and the queue flows on; a relay that cannot be reached stops the
round, so that one dead host costs no letter its turn.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from sqlalchemy import Connection, Engine

from config.database import transaction
from config.files import FileStore
from config.logs import say
from config.surroundings import Clock
from gateway import composing
from gateway.composing import Identity
from gateway.faults import is_the_machines, one_line
from gateway.relay import Answer, Deferred, Refused, Relay, Sent
from helpdesk import outbox
from helpdesk.outbox import Queued

LEASE = timedelta(minutes=5)
# A letter may take a minute at the relay; whoever has less of his lease left lays it back.
_MARGIN = timedelta(minutes=2)
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=4)
GIVEN_UP_AFTER = timedelta(days=5)
BATCH = 20
_DOUBLINGS = 6
_MARK_SECONDS = 1.0

OnFailed = Callable[[Connection, Queued, str], None]

log = logging.getLogger(__name__)


def pause_after(attempts: int) -> timedelta:
    """How long a letter waits after its nth attempt: five minutes, doubling to four hours."""
    doublings: int = min(max(attempts, 1) - 1, _DOUBLINGS)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Round:
    """What a batch came to: how many letters were tried, and whether the relay could be talked to."""

    tried: int
    reachable: bool


class Sender:
    """Sends what is due, a batch at a time."""

    def __init__(self, engine: Engine, files: FileStore, relay: Relay, identity: Identity, *, clock: Clock, on_failed: OnFailed) -> None:
        """`on_failed` is called in the transaction in which a letter fails for good."""
        self._engine = engine
        self._files = files
        self._relay = relay
        self._identity = identity
        self._clock = clock
        self._on_failed = on_failed

    def send_due(self, ending: Callable[[], bool] = lambda: False) -> Round:
        """Send one batch, or as much of it as the program's end leaves; the connection to the relay lives as long."""
        now = self._clock()
        lease_until = now + LEASE
        with transaction(self._engine) as connection:
            batch = outbox.claim(connection, now=now, lease_until=lease_until, limit=BATCH)
        try:
            return self._send(batch, lambda: ending() or self._clock() >= lease_until - _MARGIN)
        finally:
            self._relay.close()

    def _send(self, batch: Sequence[Queued], over: Callable[[], bool]) -> Round:
        untried = deque(batch)
        reachable = True
        while untried and reachable and not over():
            queued = untried.popleft()
            answer = self._try(queued)
            self._mark_in_the_end(queued, answer, over)
            reachable = not (isinstance(answer, Deferred) and answer.unreachable)
        if untried:
            self._lay_back(untried)
        return Round(len(batch) - len(untried), reachable)

    def _lay_back(self, untried: Iterable[Queued]) -> None:
        with transaction(self._engine) as connection:
            outbox.lay_back(connection, (queued.id for queued in untried))

    def _try(self, queued: Queued) -> Answer:
        """Compose and hand over; whatever breaks is this letter's answer, unless the machine is to blame."""
        started = time.monotonic()
        answer: Answer
        try:
            answer = self._hand_over(queued)
        except Exception as error:
            if is_the_machines(error):
                raise
            log.exception("letter %d of the outbox cannot be composed", queued.id)
            answer = Refused(f"cannot be composed: {one_line(error)}")
        values = {"outcome": type(answer).__name__.lower(), "answer": answer.answer}
        say(log, "sent", outbox=queued.id, kind=queued.message.kind, **values, seconds=f"{time.monotonic() - started:.2f}")
        return answer

    def _hand_over(self, queued: Queued) -> Answer:
        message = queued.message
        contents = {file.digest: self._files.read(file.digest) for file in message.attachments}
        content = composing.compose(message, created_at=queued.created_at, contents=contents, identity=self._identity)
        # Automatic letters carry the null sender (RFC 3834 §3.3): nothing may answer them.
        sender = "" if message.automatic else composing.mailbox(self._identity.support_address)
        return self._relay.send(sender, composing.mailbox(message.recipient.email), content)

    def _mark_in_the_end(self, queued: Queued, answer: Answer, over: Callable[[], bool]) -> None:
        """Mark; a locked database or a full disk is waited out while the lease lasts, for what is sent and not marked goes out twice."""
        while True:
            try:
                self._mark(queued, answer)
            except Exception as error:
                if over() or not is_the_machines(error):
                    raise
                log.warning("letter %d of the outbox is %s and cannot be marked: %s", queued.id, type(answer).__name__, one_line(error))
                time.sleep(_MARK_SECONDS)
            else:
                return

    def _mark(self, queued: Queued, answer: Answer) -> None:
        now = self._clock()
        with transaction(self._engine) as connection:
            match answer:
                case Sent():
                    outbox.mark_sent(connection, queued.id, at=now, answer=answer.answer)
                case Deferred() if now < queued.created_at + GIVEN_UP_AFTER:
                    again = now + pause_after(queued.attempts + 1)
                    outbox.mark_deferred(connection, queued.id, next_attempt_at=again, answer=answer.answer)
                case Deferred() | Refused():
                    outbox.mark_failed(connection, queued.id, answer=answer.answer)
                    self._on_failed(connection, queued, answer.answer)
                case _:
                    assert_never(answer)
