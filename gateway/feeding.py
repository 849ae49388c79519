"""`deskpost mail import`: letters of files into the spool, in shared commits, and through the runner to their end.

Killed at any moment and run again, it loses nothing and doubles nothing: a letter is in the spool or not, and one that
was handled is known by its fingerprint.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from config.database import transaction
from config.surroundings import Clock, Surroundings
from gateway import envelopes, imports, spool
from gateway.imports import Unreadable
from gateway.models import SpoolStatus
from gateway.runner import Runner
from gateway.spool import Arrival

# What the desk calls its decisions, as the report counts them; every other one is a letter of an existing ticket.
_TICKETS = frozenset({"new-ticket", "new-task", "forwarded"})
_NAMED = {
    "report": "reports",
    "auto-reply": "auto_replies",
    "duplicate": "duplicates",
    "loop": "loops",
    "rejected-unknown-sender": "rejected",
}
CATEGORIES = ("tickets", "replies", "reports", "auto_replies", "held", "duplicates", "failed", "loops", "rejected")

# Told how many letters are done, and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of the letters, and which files could not be read."""

    counts: Counter[str]
    errors: tuple[Unreadable, ...]


def feed(surroundings: Surroundings, runner: Runner, paths: Iterable[Path], progress: Progress) -> Fed:
    """Put all letters of the paths into the spool, then work until the last of them is dealt with."""
    ids: list[int] = []
    errors: list[Unreadable] = []
    for batch in _batches(paths, surroundings.clock, errors):
        with transaction(surroundings.engine) as connection:
            ids += spool.put(connection, batch)
        progress(0, len(ids))
    runner.free_the_dead()
    waiting = set(ids)
    counts: Counter[str] = Counter()
    while waiting:
        handled = runner.run_batch(wait)
        with transaction(surroundings.engine) as connection:
            settled = spool.settled(connection, min(waiting), max(waiting))
        for entry_id, status, reason in settled:
            if entry_id in waiting:
                waiting.discard(entry_id)
                counts[category(status, reason)] += 1
        progress(len(ids) - len(waiting), len(ids))
        if not handled:
            # The rest is in the hands of another process.
            time.sleep(0.2)
    return Fed(counts, tuple(errors))


def category(status: SpoolStatus, reason: str) -> str:
    """Under what a letter is counted."""
    if status in {SpoolStatus.HELD, SpoolStatus.FAILED}:
        return status.value
    return "tickets" if reason in _TICKETS else _NAMED.get(reason, "replies")


def wait(seconds: float) -> bool:
    """Wait; nothing ends an import early but its own end."""
    time.sleep(seconds)
    return False


def _batches(paths: Iterable[Path], clock: Clock, errors: list[Unreadable]) -> Iterator[list[Arrival]]:
    batch: list[Arrival] = []
    size = 0
    for path in paths:
        for found in imports.read(path):
            if isinstance(found, Unreadable):
                errors.append(found)
                continue
            sender, recipients = envelopes.read(found)
            batch.append(Arrival("import", found, clock(), sender, recipients))
            size += len(found)
            if len(batch) >= spool.BATCH_LETTERS or size >= spool.BATCH_BYTES:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch
