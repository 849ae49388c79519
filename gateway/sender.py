"""Outbox → relay: claim, compose, hand over, mark. What the relay puts off is tried again for five days.

A letter that cannot be made fails with its reason, and the queue flows on; a relay that cannot be reached stops the
round, and costs no letter its turn. Any number of senders may work at once: each has its letters in hand under its own
name, and what dead ones had in hand is free again at once.
"""

import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import Connection, Engine

from config.database import transaction
from config.files import FileStore
from config.logs import say, warn
from config.surroundings import Clock
from gateway import composing, holders
from gateway.composing import Identity
from gateway.faults import is_the_machines, one_line
from gateway.relay import Answer, Away, Deferred, Refused, Relay, Sent
from helpdesk import outbox
from helpdesk.outbox import Queued

LEASE = timedelta(minutes=30)
# A letter may take this long at the relay; whoever has less of his lease left lays it back.
_MARGIN = timedelta(minutes=15)
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=4)
GIVEN_UP_AFTER = timedelta(days=5)
BATCH = 20
# So often a letter may be in hand while the program dies.
DEATHS = 30
_BLAME = f"taken in hand {DEATHS} times, and each time the program died"
_MINUTE = timedelta(minutes=1)
_DOUBLINGS = 6
_MARK_SECONDS = 1.0

OnFailed = Callable[[Connection, Queued, str], None]

log = logging.getLogger(__name__)
_numbers = itertools.count(1)


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
        self._per_minute = relay.per_minute
        self._identity = identity
        self._clock = clock
        self._on_failed = on_failed
        self._number = next(_numbers)

    def send_due(self, ending: Callable[[], bool] = lambda: False) -> Round:
        """Send one batch, or as much of it as the program's end leaves; the conversation goes on while batches are full."""
        now = self._clock()
        lease_until = now + LEASE
        goes_on = False
        try:
            batch = self._claim(now, lease_until)
            done = self._send(batch, lambda: ending() or self._clock() >= lease_until - _MARGIN)
            goes_on = done.reachable and done.tried == BATCH and not ending()
            return done
        finally:
            if not goes_on:
                self._relay.close()

    @property
    def _name(self) -> str:
        return f"{holders.this_process()}/{self._number}"

    def _claim(self, now: datetime, lease_until: datetime) -> list[Queued]:
        with transaction(self._engine) as connection:
            freed = self._free(connection, now)
            room = self._per_minute - outbox.tried_since(connection, now - _MINUTE, now) if self._per_minute else BATCH
            limit = max(0, min(BATCH, room))
            batch = outbox.claim(connection, now=now, lease_until=lease_until, limit=limit, holder=self._name) if limit else []
        for outbox_id in freed:
            warn(log, "uncertain", outbox=outbox_id, reason="its sender died with it in hand: it may have been sent, and goes out again")
        return batch

    def _free(self, connection: Connection, now: datetime) -> list[int]:
        """Free what nobody has in hand any more: that of the dead, what a broken round of ours left, what other hosts forgot."""
        gone = [holder for holder, until in outbox.holders(connection) if holder == self._name or _is_gone(holder, until, now)]
        freed = [letter for holder in gone for letter in outbox.free(connection, holder)]
        for outbox_id, attempts in freed:
            if attempts > 1:
                outbox.postpone(connection, outbox_id, now + pause_after(attempts - 1))
        return [outbox_id for outbox_id, _ in freed]

    def _send(self, batch: Sequence[Queued], over: Callable[[], bool]) -> Round:
        untried = deque(batch)
        reachable = True
        try:
            while untried and reachable and not over():
                queued = untried.popleft()
                answer = self._try(queued)
                self._mark_in_the_end(queued, answer, over)
                reachable = not (isinstance(answer, Away) or (isinstance(answer, Deferred) and answer.closed))
        finally:
            if untried:
                self._lay_back(untried)
        return Round(len(batch) - len(untried), reachable)

    def _lay_back(self, untried: Iterable[Queued]) -> None:
        with transaction(self._engine) as connection:
            outbox.lay_back(connection, [queued.id for queued in untried], holder=self._name)

    def _try(self, queued: Queued) -> Answer:
        """Compose and hand over; whatever breaks is this letter's answer, so that none blocks the others."""
        started = time.monotonic()
        answer: Answer
        try:
            answer = Refused(_BLAME) if queued.unanswered and queued.attempts >= DEATHS else self._hand_over(queued)
        except Exception as error:
            log.exception("letter %d of the outbox cannot be composed", queued.id)
            words = f"cannot be composed: {one_line(error)}"
            answer = Deferred(words) if is_the_machines(error) else Refused(words)
        values = {"outcome": _outcome(answer), "answer": answer.answer}
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
                log.warning("letter %d of the outbox is %s and cannot be marked: %s", queued.id, _outcome(answer), one_line(error))
                time.sleep(_MARK_SECONDS)
            else:
                return

    def _mark(self, queued: Queued, answer: Answer) -> None:
        now = self._clock()
        given_up = now >= (queued.tried_since or now) + GIVEN_UP_AFTER
        with transaction(self._engine) as connection:
            match answer:
                case Sent():
                    outbox.mark_sent(connection, queued.id, at=now, answer=answer.answer)
                case Away() if not given_up:
                    outbox.mark_waiting(connection, queued.id, at=now, answer=answer.answer, holder=self._name)
                case Deferred() if not given_up:
                    again = now + pause_after(queued.attempts + 1)
                    outbox.mark_deferred(connection, queued.id, at=now, next_attempt_at=again, answer=answer.answer, holder=self._name)
                case Away() | Deferred() | Refused():
                    if outbox.mark_failed(connection, queued.id, at=now, answer=answer.answer, holder=self._name):
                        self._tell(connection, queued, answer.answer)
                case _:
                    assert_never(answer)

    def _tell(self, connection: Connection, queued: Queued, answer: str) -> None:
        """Somebody hears of the failure; where that breaks, the letter has failed all the same."""
        try:
            with connection.begin_nested():
                self._on_failed(connection, queued, answer)
        except Exception as error:
            if is_the_machines(error):
                raise
            log.exception("nobody could be told that letter %d of the outbox failed", queued.id)


def _outcome(answer: Answer) -> str:
    return "uncertain" if isinstance(answer, Deferred) and answer.uncertain else type(answer).__name__.lower()


def _is_gone(holder: str, until: datetime, now: datetime) -> bool:
    """Whether a sender has nothing in hand any more. The clock ends leases of other hosts only: here the living are known."""
    here = holder.partition("/")[0] == holders.this_process().partition("/")[0]
    return holders.is_dead(holder) if here else until <= now
