"""A door to kill: `python mailbox_process.py FOLDER POINT…` reads the mailbox in one process after the other.

Each dies by SIGKILL, the second time it has come to its point. The exit status is the number of those that did not.
BAD=mark-early is a broken door.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from gateway import mailbox, spool
from gateway.imap import ImapFolder
from gateway.mailbox import Emptying, Watermark
from tests.integration.gateway.mailboxes import attending
from tests.integration.gateway.throwaway import open_studio

AT_ONCE = 3
POINTS: dict[str, tuple[Any, str]] = {
    "after the fetch": (ImapFolder, "letters"),
    "in the commit": (spool, "put"),
    "after the commit": (Emptying, "_commit"),
    "after the move": (ImapFolder, "mark"),
    "after the watermark": (Watermark, "keep"),
}


def _deadly(called: Callable[..., object]) -> Callable[..., object]:
    times = count(1)

    def call(*args: object, **kwargs: object) -> object:
        given = called(*args, **kwargs)
        if next(times) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return given

    return call


def _mark_early() -> None:
    """The mistake of all mistakes: letters leave the mailbox before they are committed."""
    write = spool.Writer._write

    def commit(emptying: Emptying, raws: Sequence[bytes]) -> None:
        for raw in raws:
            emptying._put(emptying._arrival(raw))

    def late(writer: spool.Writer, batch: list[Any]) -> None:
        time.sleep(0.3)
        write(writer, batch)

    mock.patch.object(Emptying, "_commit", commit).start()
    mock.patch.object(spool.Writer, "_write", late).start()


def _die_at(folder: Path, owner: Any, name: str) -> None:
    mock.patch.object(mailbox, "LETTERS", AT_ONCE).start()
    if os.environ.get("BAD") == "mark-early":
        _mark_early()
    mock.patch.object(owner, name, _deadly(getattr(owner, name))).start()
    with attending(open_studio(folder)):
        threading.Event().wait(20)


def main(folder: Path, points: Sequence[str]) -> int:
    survivors = 0
    for owner, name in map(POINTS.__getitem__, points):
        child = os.fork()
        if not child:
            _die_at(folder, owner, name)
            os._exit(0)
        survivors += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL
    return survivors


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
