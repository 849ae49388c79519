"""What reading a letter costs: processor time of the program and its reading child together, letters handed over in batches."""

import resource
import statistics
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.letters import compose_letters
from config.settings import Limits
from gateway import imports
from gateway.reader import Reader

GENERATED = 200
BATCH = 64
_SCHEDULED = 2


def letters_of(folder: Path | None) -> list[bytes]:
    """The letters of a folder, or generated ones."""
    if folder is None:
        return list(compose_letters(GENERATED))
    return [found for found in imports.read(folder) if isinstance(found, bytes)]


def measure_reading(letters: Iterable[bytes]) -> Iterator[tuple[str, float, str]]:
    """The median and the mean over the letters, each read in a batch of copies of itself; the child's greatest memory."""
    reader = Reader(Limits())
    seconds: list[float] = []
    for raw in letters:
        copies = [raw] * max(1, min(BATCH, 4 * 1024 * 1024 // max(1, len(raw))))
        reader.read_all(copies[:1])
        begun = _processor_time(reader)
        reader.read_all(copies)
        seconds.append((_processor_time(reader) - begun) / len(copies))
    reader.close()
    yield "reading a letter, median", round(1000 * statistics.median(seconds), 3), "ms of CPU"
    yield "reading a letter, mean", round(1000 * statistics.mean(seconds), 3), "ms of CPU"
    yield "memory of the reading child", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "MB"


def _processor_time(reader: Reader) -> float:
    """Seconds of this process and of the child, whose clock is known by its number (Linux: `(~pid << 3) | CPUCLOCK_SCHED`)."""
    return time.process_time() + time.clock_gettime((~reader.child << 3) | _SCHEDULED)
