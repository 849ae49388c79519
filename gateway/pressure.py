"""How much room is left: free space on the disks, and how many letters wait. Where there is too little, the doors say «later».

It is looked at in a thread of its own every few seconds, so that nobody at a door waits for a disk or the database.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from config.database import transaction
from config.settings import Settings
from config.surroundings import Clock
from gateway import spool
from gateway.faults import is_the_machines, one_line
from gateway.loops import Loop

DISK, SPOOL = "disk", "spool"
LOOK_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Squeeze:
    """Too little room: `left` bytes on the disk of `place`, or `left` letters waiting. `kind` is DISK or SPOOL."""

    kind: str
    place: str
    left: int

    def __str__(self) -> str:
        """For the log."""
        if self.kind == DISK:
            return f"{self.left // 1024**2} MB are free on the disk of {self.place}"
        return f"{self.left} letters wait to be worked on"


# Who hears of it; given the connection of a transaction.
OnSqueeze = Callable[[Connection, Squeeze], None]


def tell_nobody(_connection: Connection, _squeeze: Squeeze) -> None:
    """The log alone hears of it."""


@dataclass(frozen=True, slots=True)
class Floor:
    """How little room is too little."""

    folders: tuple[Path, ...]
    min_free: int
    max_waiting: int


def floor_of(settings: Settings) -> Floor:
    """The floor of these settings: the disks of the database's file and of the files, where they are on this machine."""
    url = make_url(settings.database.url)
    database = [Path(url.database).parent] if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:") else []
    files = [Path(settings.files.url)] if "://" not in settings.files.url else []
    return Floor((*database, *files), settings.smtp.min_free, settings.smtp.max_waiting)


class Gauge:
    """The last look at the room, and who is told of too little of it: once when it begins, and once on every further day."""

    def __init__(self, engine: Engine, floor: Floor, on_squeeze: OnSqueeze, clock: Clock) -> None:
        """Nothing was looked at yet."""
        self._engine = engine
        self._floor = floor
        self._on_squeeze = on_squeeze
        self._clock = clock
        self._squeeze: Squeeze | None = None
        self._told: tuple[str, date] | None = None

    def reason(self) -> str:
        """Why no letter can be taken now; empty where one can."""
        squeeze = self._squeeze
        return "" if squeeze is None else str(squeeze)

    def step(self, loop: Loop) -> bool:
        """Look, tell, and wait."""
        self.look()
        return not loop.pause(LOOK_SECONDS)

    def look(self) -> None:
        """Look at the room anew."""
        before = self._squeeze
        self._squeeze = _nearly_full(self._floor.folders, self._floor.min_free) or self._too_long()
        if self._squeeze is not None:
            if before is None:
                log.error("mail is asked to come later: %s", self._squeeze)
            self._tell(self._squeeze)
        elif before is not None:
            log.warning("there is room again, mail is taken")

    def _too_long(self) -> Squeeze | None:
        try:
            with self._engine.connect() as connection:
                waiting = spool.count_waiting(connection)
        except Exception as error:
            if not is_the_machines(error):
                raise
            # Whether letters can be taken is said by the attempt to keep one.
            log.warning("the waiting letters could not be counted: %s", one_line(error))
            return None
        return Squeeze(SPOOL, "", waiting) if waiting >= self._floor.max_waiting else None

    def _tell(self, squeeze: Squeeze) -> None:
        case = squeeze.kind, self._clock().date()
        if case == self._told:
            return
        try:
            with transaction(self._engine) as connection:
                self._on_squeeze(connection, squeeze)
        except Exception as error:
            if not is_the_machines(error):
                raise
            log.warning("nobody could be told: %s", one_line(error))
            return
        self._told = case


def _nearly_full(folders: Sequence[Path], min_free: int) -> Squeeze | None:
    """The fullest of the disks, where it has too little room."""
    found = [Squeeze(DISK, str(folder), free) for folder in folders if (free := _free(folder)) is not None]
    fullest = min(found, key=lambda squeeze: squeeze.left, default=None)
    return fullest if fullest is not None and fullest.left < min_free else None


def _free(folder: Path) -> int | None:
    """Bytes that we may write on the disk of a folder; None where that cannot be asked."""
    try:
        answer = os.statvfs(folder)
    except OSError as error:
        log.warning("the room on the disk of %s is unknown: %s", folder, error.strerror)
        return None
    return answer.f_bavail * answer.f_frsize
