"""Spool → helpdesk: each letter is read, its files are kept, and the desk's rows and the spool's are one transaction.

A letter that breaks the program is shunted with its error, and the next one is served. What is the machine's fault (a
locked database, a full disk) is waited out and never counted against a letter.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

from config.database import transaction
from config.files import FileStore
from config.logs import say
from config.settings import Settings
from config.surroundings import Clock
from gateway import spool
from gateway.faults import is_the_machines, one_line
from gateway.inbound import Reading
from gateway.models import SpoolStatus
from gateway.spool import Entry
from helpdesk.intake import Outcome
from helpdesk.messages import Attachment, InboundMessage, Letter, StoredFile

LEASE = timedelta(minutes=5)
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
GROUP_BYTES = 8 * 1024 * 1024

T = TypeVar("T")
# Waits some seconds; true where the program is to end.
Wait = Callable[[float], bool]

log = logging.getLogger(__name__)


class Desk(Protocol):
    """The desk's front door: `helpdesk.intake`."""

    def keep_files(self, attachments: tuple[Attachment, ...], store: FileStore) -> tuple[StoredFile, ...]:
        """Keep a letter's files, before its transaction."""

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
        for group in _groups(batch):
            loaded = _patiently(partial(self._load, group), wait) or []
            for one in loaded:
                if not _patiently(partial(self._handle, one), wait):
                    break
                done += 1
            if wait(0):
                break
        self._lay_back(batch[done:])
        return done

    def _lay_back(self, entries: list[Entry]) -> None:
        if entries:
            with transaction(self._engine) as connection:
                spool.release(connection, [entry.id for entry in entries])

    def _load(self, entries: Sequence[Entry]) -> list[_Loaded]:
        with transaction(self._engine) as connection:
            raws = [spool.raw(connection, entry.id) for entry in entries]
        letters = self._reading.letters(raws)
        return [_Loaded(entry, raw, letter) for entry, raw, letter in zip(entries, raws, letters, strict=True)]

    def _handle(self, loaded: _Loaded) -> bool:
        """One letter to its end: done, held, or shunted with the error it caused."""
        started = time.monotonic()
        entry = loaded.entry
        try:
            outcome = self._receive(loaded)
        except Exception as error:
            if is_the_machines(error):
                raise
            log.exception("letter %d is shunted", entry.id)
            outcome = Outcome(SpoolStatus.FAILED, one_line(error), None)
            with transaction(self._engine) as connection:
                spool.shunt(connection, entry.id, reason=outcome.reason)
        values = {"status": outcome.status, "reason": outcome.reason, "ticket": outcome.ticket}
        say(log, "letter", id=entry.id, door=entry.door, **values, seconds=f"{time.monotonic() - started:.3f}")
        return True

    def _receive(self, loaded: _Loaded) -> Outcome:
        entry = loaded.entry
        message = self._reading.message(entry, loaded.raw, loaded.letter)
        files = self._desk.keep_files(message.letter.attachments, self._files)
        with transaction(self._engine) as connection:
            outcome = self._desk.receive(connection, message, files=files, settings=self._reading.settings, now=self._clock())
            spool.finish(connection, entry.id, status=outcome.status, reason=outcome.reason, ticket=outcome.ticket)
        return outcome


def _groups(batch: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The letters of a batch in turn, as many at once as may be in memory together."""
    first = size = 0
    for number, entry in enumerate(batch):
        if number > first and size + entry.size > GROUP_BYTES:
            yield batch[first:number]
            first, size = number, 0
        size += entry.size
    if batch:
        yield batch[first:]


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
