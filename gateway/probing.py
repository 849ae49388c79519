"""Whether a letter kills its reader: it is read in a process of its own first, which may die in our place.

Only for letters that were in hand while the program died: who kills the program from outside kills no letter by it.
"""

import resource
import subprocess
import sys
from collections.abc import Sequence

from gateway import parsing

SUSPECT_AFTER = 2
_SECONDS = 60
_MOST_MEMORY = 4 * 1024**3
_READER = (sys.executable, "-m", "gateway.probing")


class KillsItsReader(Exception):
    """The process that read the letter died of it, or never came to an end."""


def probe(raw: bytes, reader: Sequence[str] = _READER) -> None:
    """Read a letter in a process of its own; KillsItsReader where that dies by a signal or takes longer than a minute."""
    try:
        done = subprocess.run(reader, input=raw, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired as error:
        message = f"its reader came to no end in {_SECONDS} seconds"
        raise KillsItsReader(message) from error
    if done.returncode < 0:
        message = f"its reader died by signal {-done.returncode}"
        raise KillsItsReader(message)


def _read() -> None:
    """The child: whatever error the letter causes is the parent's to deal with; here only death counts."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    parsing.parse(sys.stdin.buffer.read())


if __name__ == "__main__":
    _read()
