"""Spool → helpdesk: each letter is read, its files are kept, and the desk's rows and the spool's are one transaction.

Letters that wait together share a transaction, in which each has a savepoint of its own: what one of them breaks is undone
alone, it is shunted with its error, and the next one is served. While some are decided on, the next ones are read. What is the
machine's fault (a locked database, a full disk) is waited out and never counted against a letter.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice, repeat, zip_longest
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

from config.database import SavepointLost, is_awaited, reading, savepoint, transaction
from config.files import FileStore
from config.logs import say
from config.settings import Settings
from config.surroundings import Clock
from gateway import spool
from gateway.faults import is_the_machines, one_line
from gateway.inbound import Reading
from gateway.models import SpoolStatus
from gateway.spool import Entry, Settled
from helpdesk.intake import Outcome
from helpdesk.messages import Attachment, InboundMessage, Letter, StoredFile

# Longer than the slowest group of letters takes to be read.
LEASE = timedelta(minutes=15)
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# So many letters are read at once, while the ones before them are decided on.
GROUP_LETTERS = 32
GROUP_BYTES = 8 * 1024 * 1024
# So long may letters be judged, which asks the DNS, before those that are ready are decided on.
JUDGING_SECONDS = 0.25
# So long may one transaction go on; where somebody else waits to write, a door perhaps, so long.
DECIDING_SECONDS = 0.25
DECIDING_SECONDS_AWAITED = 0.01

T = TypeVar("T")
# Waits some seconds; true where the program is to end.
Wait = Callable[[float], bool]

log = logging.getLogger(__name__)


class Desk(Protocol):
    """The desk's front door: `helpdesk.intake`."""

    def keep_files(self, attachments: tuple[Attachment, ...], store: FileStore) -> tuple[StoredFile, ...]:
        """Keep the files of some letters, before their transaction."""

    def receive(
        self, connection: Connection, message: InboundMessage, *, files: tuple[StoredFile, ...], settings: Settings, now: datetime
    ) -> Outcome:
        """Decide on a letter and write what follows."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A letter in hand: where it stands, its bytes, and what they say."""

    entry: Entry
    raw: bytes
    letter: Letter


@dataclass(frozen=True, slots=True)
class _Judged:
    """A letter with all that is known before the desk's rows are looked at; or that it failed already here."""

    entry: Entry
    found: InboundMessage | Outcome

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files that are to be kept."""
        return () if isinstance(self.found, Outcome) else self.found.letter.attachments


@dataclass(frozen=True, slots=True)
class _Ready:
    """A letter that can be decided on: its files are kept."""

    entry: Entry
    found: InboundMessage | Outcome
    files: tuple[StoredFile, ...]


@dataclass(frozen=True, slots=True)
class _Decided:
    """What became of a letter, and how long that took."""

    entry: Entry
    outcome: Outcome
    seconds: float

    @property
    def settled(self) -> Settled:
        """The same for the spool."""
        return Settled(self.entry.id, self.outcome.status, self.outcome.reason, self.outcome.ticket)

    def tell(self) -> None:
        """Say it in the log."""
        values = {"status": self.outcome.status, "reason": self.outcome.reason, "ticket": self.outcome.ticket}
        say(log, "letter", id=self.entry.id, door=self.entry.door, **values, seconds=f"{self.seconds:.3f}")


class Runner:
    """Works on the spool, a batch at a time; any number of processes may."""

    def __init__(self, engine: Engine, files: FileStore, reading: Reading, desk: Desk, *, clock: Clock) -> None:
        """`reading` turns bytes into messages, `desk` deals with them."""
        self._engine = engine
        self._files = files
        self._reading = reading
        self._desk = desk
        self._clock = clock

    def free_the_dead(self) -> None:
        """Free what killed processes had in hand."""
        with transaction(self._engine) as connection:
            spool.release_of_the_dead(connection)

    def run_batch(self, wait: Wait) -> int:
        """Handle the letters that are due, at most a batch; how many there were. Ends early where `wait` says so."""
        now = self._clock()
        with transaction(self._engine) as connection:
            batch = spool.take(connection, now=now, lease_until=now + LEASE)
        done = 0
        try:
            for letters in self._read(list(_groups(batch)), wait):
                handled = self._handle(letters, wait)
                done += handled
                if handled < len(letters) or wait(0):
                    break
                now = self._renewed(batch[done:], now)
        finally:
            self._lay_back(batch[done:])
        return done

    def _renewed(self, entries: list[Entry], leased: datetime) -> datetime:
        """When the letters that are still in hand were leased: now, where that was some time ago."""
        now = self._clock()
        if not entries or now - leased < LEASE / 3:
            return leased
        with transaction(self._engine) as connection:
            spool.renew(connection, [entry.id for entry in entries], lease_until=now + LEASE)
        return now

    def _lay_back(self, entries: list[Entry]) -> None:
        if entries:
            with transaction(self._engine) as connection:
                spool.release(connection, [entry.id for entry in entries])

    def _read(self, groups: Sequence[Sequence[Entry]], wait: Wait) -> Iterator[list[_Loaded]]:
        """The groups in turn; while one is worked on, the next is read."""
        coming: Future[list[_Loaded]] | None = None
        with ThreadPoolExecutor(1, "reading") as ahead:
            for group, following in zip_longest(groups, groups[1:]):
                tries: Iterator[Callable[[], list[_Loaded]]] = chain([coming.result] if coming else [], repeat(partial(self._load, group)))
                loaded = _patiently(partial(_next_try, tries), wait)
                if loaded is None:
                    return
                coming = ahead.submit(self._load, following) if following else None
                yield loaded

    def _load(self, entries: Sequence[Entry]) -> list[_Loaded]:
        with reading(self._engine) as connection:
            raws = spool.raws(connection, [entry.id for entry in entries])
        letters = self._reading.letters(raws)
        return [_Loaded(entry, raw, letter) for entry, raw, letter in zip(entries, raws, letters, strict=True)]

    def _handle(self, loaded: Sequence[_Loaded], wait: Wait) -> int:
        """Letters to their end: done, held, or shunted with the error they caused. How many: fewer than all where the program ends."""
        done = 0
        while done < len(loaded):
            ready = _patiently(partial(self._prepare, loaded[done:]), wait) or []
            decided = self._decide(ready, wait)
            done += decided
            if not ready or decided < len(ready):
                break
        return done

    def _prepare(self, loaded: Sequence[_Loaded]) -> list[_Ready]:
        """What can be done before the transaction, for as many letters as are judged in a short time."""
        until = time.monotonic() + JUDGING_SECONDS
        judged: list[_Judged] = []
        for one in loaded:
            judged.append(self._judge(one))
            if time.monotonic() > until:
                break
        kept = iter(self._desk.keep_files(tuple(file for one in judged for file in one.attachments), self._files))
        return [_Ready(one.entry, one.found, tuple(islice(kept, len(one.attachments)))) for one in judged]

    def _judge(self, loaded: _Loaded) -> _Judged:
        step = partial(self._reading.message, loaded.entry, loaded.raw, loaded.letter)
        return _Judged(loaded.entry, _or_failed(loaded.entry, step))

    def _decide(self, ready: Sequence[_Ready], wait: Wait) -> int:
        """All letters that are ready, as many in one transaction as go together; where they do not, one by one."""
        done, together = 0, True
        while done < len(ready):
            try:
                decided = _patiently(partial(self._together if together else self._alone, ready[done:]), wait)
            except Exception as error:
                if not together:
                    raise
                log.warning("%d letters are taken one by one: %s", len(ready) - done, one_line(error))
                together = False
                continue
            if decided is None:
                break
            for one in decided:
                one.tell()
            done += len(decided)
        return done

    def _together(self, ready: Sequence[_Ready]) -> list[_Decided]:
        """One transaction, a savepoint for each letter: the first ones, as many as the time is enough for."""
        with transaction(self._engine) as connection:
            decided = list(self._in_time(connection, ready))
            spool.settle(connection, [one.settled for one in decided])
        return decided

    def _in_time(self, connection: Connection, ready: Sequence[_Ready]) -> Iterator[_Decided]:
        begun = before = time.monotonic()
        for one in ready:
            outcome = _or_failed(one.entry, partial(self._undoable, connection, one))
            now = time.monotonic()
            yield _Decided(one.entry, outcome, now - before)
            if now - begun > (DECIDING_SECONDS_AWAITED if is_awaited(self._engine) else DECIDING_SECONDS):
                break
            before = now

    def _undoable(self, connection: Connection, ready: _Ready) -> Outcome:
        with savepoint(connection):
            return self._receive(connection, ready)

    def _alone(self, ready: Sequence[_Ready]) -> list[_Decided]:
        """The first letter in a transaction of its own."""
        begun = time.monotonic()
        entry = ready[0].entry
        outcome = _or_failed(entry, partial(self._finish, ready[0]))
        decided = _Decided(entry, outcome, time.monotonic() - begun)
        if outcome.status == SpoolStatus.FAILED:
            with transaction(self._engine) as connection:
                spool.settle(connection, (decided.settled,))
        return [decided]

    def _finish(self, ready: _Ready) -> Outcome:
        with transaction(self._engine) as connection:
            outcome = self._receive(connection, ready)
            spool.finish(connection, ready.entry.id, status=outcome.status, reason=outcome.reason, ticket=outcome.ticket)
        return outcome

    def _receive(self, connection: Connection, ready: _Ready) -> Outcome:
        if isinstance(ready.found, Outcome):
            return ready.found
        return self._desk.receive(connection, ready.found, files=ready.files, settings=self._reading.settings, now=self._clock())


def _or_failed(entry: Entry, step: Callable[[], T]) -> T | Outcome:
    """What the step gives, or that the letter failed. What is the machine's fault, or the whole transaction's, is not the letter's."""
    try:
        return step()
    except SavepointLost:
        raise
    except Exception as error:
        if is_the_machines(error):
            raise
        log.exception("letter %d is shunted", entry.id)
        return Outcome(SpoolStatus.FAILED, one_line(error), None)


def _groups(batch: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The letters of a batch in turn, as many at once as may be in memory together."""
    first = size = 0
    for number, entry in enumerate(batch):
        if number > first and (number - first >= GROUP_LETTERS or size + entry.size > GROUP_BYTES):
            yield batch[first:number]
            first, size = number, 0
        size += entry.size
    if batch:
        yield batch[first:]


def _next_try(tries: Iterator[Callable[[], T]]) -> T:
    return next(tries)()


def _patiently(step: Callable[[], T], wait: Wait) -> T | None:
    """What the step gives, after the machine's troubles were waited out; None where the program ends first."""
    pause = FIRST_PAUSE
    while not wait(0):
        try:
            return step()
        except Exception as error:
            if not is_the_machines(error):
                raise
            log.warning("the spool waits %.1f s: %s", pause, one_line(error))
        wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return None
