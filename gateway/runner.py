"""Spool → helpdesk: each letter is read, its files are kept, and the desk's rows and the spool's are one transaction.

A letter that breaks the program is shunted with its error, and the next one is served. What is the machine's fault (a
locked database, a full disk) is waited out and never counted against a letter.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine

from config.database import transaction
from config.files import FileStore
from config.logs import say
from config.settings import Settings
from config.surroundings import Clock
from gateway import probing, spool
from gateway.faults import is_the_machines, one_line
from gateway.inbound import Reading
from gateway.models import SpoolStatus
from gateway.spool import Entry
from helpdesk.intake import Outcome
from helpdesk.messages import Attachment, InboundMessage, StoredFile

LEASE = timedelta(minutes=5)
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0

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
        for number, entry in enumerate(batch):
            if not self._settle(entry, wait):
                self._lay_back(batch[number:])
                return number
        return len(batch)

    def _lay_back(self, entries: list[Entry]) -> None:
        with transaction(self._engine) as connection:
            spool.release(connection, [entry.id for entry in entries])

    def _settle(self, entry: Entry, wait: Wait) -> bool:
        """Handle one letter, waiting out the machine's troubles; false where the program ends first."""
        pause = FIRST_PAUSE
        while not wait(0):
            try:
                self._handle(entry)
            except Exception as error:
                if not is_the_machines(error):
                    raise
                log.warning("letter %d waits %.1f s: %s", entry.id, pause, one_line(error))
            else:
                return True
            wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return False

    def _handle(self, entry: Entry) -> None:
        """One letter to its end: done, held, or shunted with the error it caused."""
        started = time.monotonic()
        try:
            outcome = self._receive(entry)
        except Exception as error:
            if is_the_machines(error):
                raise
            log.exception("letter %d is shunted", entry.id)
            outcome = Outcome(SpoolStatus.FAILED, one_line(error), None)
            with transaction(self._engine) as connection:
                spool.shunt(connection, entry.id, reason=outcome.reason)
        values = {"status": outcome.status, "reason": outcome.reason, "ticket": outcome.ticket}
        say(log, "letter", id=entry.id, door=entry.door, **values, seconds=f"{time.monotonic() - started:.3f}")

    def _receive(self, entry: Entry) -> Outcome:
        with transaction(self._engine) as connection:
            raw = spool.raw(connection, entry.id)
        if entry.attempts >= probing.SUSPECT_AFTER:
            probing.probe(raw)
        message = self._reading.message(entry, raw)
        files = self._desk.keep_files(message.letter.attachments, self._files)
        with transaction(self._engine) as connection:
            outcome = self._desk.receive(connection, message, files=files, settings=self._reading.settings, now=self._clock())
            spool.finish(connection, entry.id, status=outcome.status, reason=outcome.reason, ticket=outcome.ticket)
        return outcome
