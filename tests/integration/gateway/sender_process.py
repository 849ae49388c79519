"""A sender to kill: `python sender_process.py DATABASE FILES PORT POINT` dies by SIGKILL at that point."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from config.database import open_engine
from config.files import FileStore
from config.settings import Outgoing
from gateway.composing import Identity
from gateway.relay import Relay
from gateway.sender import Sender

# Before or after which step of whom it dies, and at which call.
POINTS = {
    "claimed": (Sender, "_send", "before", 1),
    "composed": (Relay, "send", "before", 2),
    "handed over": (Relay, "send", "after", 2),
    "marked": (Sender, "_mark", "after", 2),
}


def _deadly(point: str) -> None:
    owner, name, side, last = POINTS[point]
    step = getattr(owner, name)
    calls = iter(range(1, last + 1))

    def until_death(*arguments: Any, **named: Any) -> object:
        dies = next(calls) == last
        if not (dies and side == "before"):
            result = step(*arguments, **named)
            if not dies:
                return result
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    mock.patch.object(owner, name, until_death).start()


if __name__ == "__main__":
    url, files, port, point = sys.argv[1:]
    _deadly(point)
    outgoing = Outgoing("127.0.0.1", int(port), "none", "", "", "", "")
    engine = open_engine(url)
    identity = Identity("support@studio.example", b"k" * 32)
    sender = Sender(
        engine,
        FileStore(Path(files)),
        Relay(outgoing, "desk.studio.example"),
        identity,
        clock=lambda: datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        on_failed=lambda *_: None,
    )
    while sender.send_due().tried:
        pass
