"""From SMTP hand-over to ticket: a real `deskpost serve`, letters on several connections, and two bare servers beside it.

The yardsticks are aiosmtpd alone, which stores nothing, and aiosmtpd that syncs a file a letter, in processes of their own
like the desk. Only the ratio within one run counts: machines differ, and so does one machine from minute to minute.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from bench.letters import SUPPORT, compose_letters
from config.database import open_engine, reading
from gateway import spool

CONNECTIONS = (1, 10, 50)
LONGEST = 900.0
_COMMAND = Path(sys.executable).with_name("deskpost")
_ROOT = Path(__file__).resolve().parents[1]
_SAMPLE_SECONDS = 0.2
# A desk loads what it reads and answers with at its first letters.
_WARMING = 64


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its port, and the process that was started."""

    port: int
    process: int


def measure_handing_over(raws: Sequence[bytes], found: Callable[[Path], None]) -> Iterator[tuple[str, float, str]]:
    """Letters a second acknowledged and dealt with, and the memory of all processes; `found` makes a studio in a folder."""
    letters = [wire_form(raw) for raw in raws]
    for connections in CONNECTIONS:
        for name, command in (("aiosmtpd that stores nothing", "nothing"), ("aiosmtpd that syncs a file a letter", "files")):
            with yardstick(command) as server:
                rate = len(letters) / blast(server.port, letters, connections)
            yield f"{name}, {connections} connections", round(rate, 1), "letters/s"
        with tempfile.TemporaryDirectory(prefix="deskpost-bench-") as folder:
            found(Path(folder))
            yield from _measure_desk(Path(folder), letters, connections)


def _measure_desk(folder: Path, letters: Sequence[bytes], connections: int) -> Iterator[tuple[str, float, str]]:
    with desk(folder) as server:
        memory = Memory(server.process)
        # Its own letters, not the measured ones: copies would be known as such.
        blast(server.port, [wire_form(raw) for raw in compose_letters(_WARMING, seed=2)], connections)
        _wait_for_the_last(folder)
        begun = time.perf_counter()
        taken = blast(server.port, letters, connections)
        _wait_for_the_last(folder)
        dealt_with = time.perf_counter() - begun
        peak = memory.stop()
    yield f"accepted, {connections} connections", round(len(letters) / taken, 1), "letters/s"
    yield f"SMTP hand-over to ticket, {connections} connections", round(len(letters) / dealt_with, 1), "letters/s"
    yield f"memory of all processes, {connections} connections", round(peak / 2**20), "MB"


def wire_form(raw: bytes) -> bytes:
    """A letter as SMTP carries it: CRLF, dots doubled, the lone dot at its end."""
    text = re.sub(rb"(?m)^\.", b"..", raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return text.removesuffix(b"\r\n") + b"\r\n.\r\n"


def blast(port: int, letters: Sequence[bytes], connections: int) -> float:
    """Seconds until every letter is acknowledged; MAIL, RCPT and DATA go together (RFC 2920)."""
    waiting = iter(letters)
    turn = threading.Lock()
    refused: list[bytes] = []

    def work() -> None:
        with closing(socket.create_connection(("127.0.0.1", port))) as line, line.makefile("rb") as replies:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _reply(replies.readline)
            line.sendall(b"EHLO bench.example\r\n")
            _reply(replies.readline)
            while (letter := _next(waiting, turn)) is not None:
                line.sendall(b"MAIL FROM:<client1@clients.example>\r\nRCPT TO:<%s>\r\nDATA\r\n" % SUPPORT.encode())
                answers = [_reply(replies.readline) for _ in range(3)]
                line.sendall(letter)
                answers.append(_reply(replies.readline))
                if not answers[-1].startswith(b"250"):
                    refused.extend(answers)
                    return

    threads = [threading.Thread(target=work) for _ in range(connections)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused or next(waiting, None) is not None:
        sys.exit(f"a letter was not taken: {refused[:4]}")
    return time.perf_counter() - begun


def _next(waiting: Iterator[bytes], turn: threading.Lock) -> bytes | None:
    with turn:
        return next(waiting, None)


def _reply(line: Callable[[], bytes]) -> bytes:
    """The last line of a reply; empty where the server has hung up."""
    while (said := line())[3:4] == b"-":
        pass
    return said


def _wait_for_the_last(folder: Path) -> None:
    (file,) = folder.rglob("deskpost.db")
    engine = open_engine(f"sqlite:///{file}")
    deadline = time.monotonic() + LONGEST
    while waiting := _waiting(engine):
        if time.monotonic() > deadline:
            sys.exit(f"{waiting} letters were not dealt with in {LONGEST:.0f} s")
        time.sleep(0.05)
    engine.dispose()


def _waiting(engine: Engine) -> int:
    with reading(engine) as connection:
        return spool.count_waiting(connection)


@contextmanager
def desk(folder: Path) -> Iterator[Server]:
    """`deskpost serve` in a studio, without its outbox: the relay would be measured too."""
    port = _free_port()
    file = folder / "deskpost.toml"
    text = re.sub(r'(?m)^(# *)?listen = "[^"]*"', f'listen = "127.0.0.1:{port}"', file.read_text(encoding="utf-8"), count=1)
    file.write_text(text, encoding="utf-8")
    with _running([str(_COMMAND), "serve", "--only", "smtp,worker"], port, folder) as server:
        yield server


@contextmanager
def yardstick(keeps: str) -> Iterator[Server]:
    """A bare server that keeps «nothing», or «files»."""
    port = _free_port()
    with (
        tempfile.TemporaryDirectory(prefix="deskpost-bench-") as folder,
        _running([sys.executable, "-m", "bench.yardsticks", keeps, str(port), folder], port, _ROOT) as server,
    ):
        yield server


@contextmanager
def _running(command: Sequence[str], port: int, folder: Path) -> Iterator[Server]:
    environment = {**os.environ, "DESKPOST_LOG": "warning"}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        _wait_for_the_door(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(60)


def _wait_for_the_door(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    sys.exit(f"{process.args!r} does not listen")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Memory:
    """Watches the resident memory of a process and all its children; the greatest sum there was."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The peak in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, sum(map(_resident, _family(self._process))))


def _family(process: int) -> list[int]:
    """A process and what descends from it."""
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            children += map(int, (task / "children").read_text(encoding="ascii").split())
    return [process, *(one for child in children for one in _family(child))]


def _resident(process: int) -> int:
    with suppress(OSError, IndexError):
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
