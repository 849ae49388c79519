"""Killed at any moment, the desk keeps every letter that it acknowledged, and none of them twice.

A client log of every 250 is held against the database. Two desks that are broken on purpose show that the test can fail.
"""

import os
import random
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from config.database import open_engine, transaction
from gateway import spool
from gateway.models import SpoolStatus
from helpdesk.models import messages
from tests.integration.gateway.throwaway import CONFIG, letter, make_studio

_PROCESS = Path(__file__).with_name("desk_process.py")
_CONNECTIONS = 8
# `STORM=20 pytest tests/acceptance/test_kill.py` is the long form.
_FACTOR = int(os.environ.get("STORM", "1"))


@dataclass(frozen=True)
class Storm:
    """How many letters, and how often the desk is killed under them."""

    letters: int
    kills: int
    bad: str = ""

    @property
    def names(self) -> list[str]:
        return [f"letter-{number}" for number in range(self.letters * _FACTOR)]

    @property
    def blows(self) -> int:
        return self.kills * _FACTOR


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"SEED={seed}")  # noqa: T201  whoever sees this test fail wants to see it fail again
    return random.Random(seed)  # noqa: S311  chance, no secret


class Desk:
    """A process that is started, killed and started again."""

    def __init__(self, folder: Path, *arguments: str, bad: str = "") -> None:
        self.command = [sys.executable, str(_PROCESS), str(folder), *arguments]
        self.environment = {**os.environ, "BAD": bad}
        self.process = self._started()

    def _started(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(self.command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    def kill(self) -> None:
        self.process.kill()
        self._wait()

    def kill_and_start(self) -> None:
        self.kill()
        self.process = self._started()

    def stop(self) -> None:
        self.process.terminate()
        self._wait()

    def _wait(self) -> None:
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.wait(60)


@contextmanager
def _running(folder: Path, *arguments: str, bad: str = "") -> Iterator[Desk]:
    desk = Desk(folder, *arguments, bad=bad)
    try:
        yield desk
    finally:
        desk.stop()


def _studio(folder: Path) -> int:
    """A studio in the folder; the port its door will have."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    make_studio(folder, 1, CONFIG.replace('"127.0.0.1:0"', f'"127.0.0.1:{port}"')).engine.dispose()
    return port


def _deliver(port: int, names: list[str], acknowledged: list[str], over: threading.Event) -> None:
    """A mail server that gives up no letter before its 250."""
    client: smtplib.SMTP | None = None
    waiting = list(names)
    while waiting and not over.is_set():
        try:
            client = client or smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=40)
            client.send_message(letter(waiting[-1], message_id=waiting[-1]), "ivan@client.example", ["support@studio.example"])
        except (OSError, smtplib.SMTPException):
            if client is not None:
                client.close()
            client = None
            time.sleep(0.02)
        else:
            acknowledged.append(waiting.pop())
    if client is not None:
        client.close()


def _deliver_all(folder: Path, chance: random.Random, storm: Storm) -> list[str]:
    """Many clients, and a killer; the names of the acknowledged letters. Ends with an empty spool."""
    port = _studio(folder)
    names = storm.names
    acknowledged: list[str] = []
    over = threading.Event()
    shares = (names[first::_CONNECTIONS] for first in range(_CONNECTIONS))
    clients = [threading.Thread(target=_deliver, args=(port, share, acknowledged, over)) for share in shares]
    with _running(folder, "serve", bad=storm.bad) as desk:
        for client in clients:
            client.start()
        try:
            for _ in range(storm.blows):
                _wait_for_progress(acknowledged, clients, chance.randrange(5, storm.letters // storm.kills))
                time.sleep(chance.random() * 0.05)
                desk.kill_and_start()
            for client in clients:
                client.join(60 * _FACTOR)
        finally:
            over.set()
        _drain(folder)
    assert len(acknowledged) == len(names)
    return acknowledged


def _wait_for_progress(acknowledged: list[str], clients: list[threading.Thread], more: int) -> None:
    """Let some letters through before the next blow, so that it falls into the middle of the work."""
    wanted = len(acknowledged) + more
    while len(acknowledged) < wanted and any(client.is_alive() for client in clients):
        time.sleep(0.002)


def _drain(folder: Path) -> None:
    engine = open_engine(f"sqlite:///{folder}/deskpost.db")
    deadline = time.monotonic() + 60
    while True:
        with transaction(engine) as connection:
            waiting = spool.listing(connection, SpoolStatus.QUEUED)
        if not waiting:
            break
        assert time.monotonic() < deadline, waiting
        time.sleep(0.1)
    engine.dispose()


def _kept(folder: Path) -> Counter[str]:
    """How many messages there are of each letter."""
    engine = open_engine(f"sqlite:///{folder}/deskpost.db")
    with transaction(engine) as connection:
        found = connection.execute(select(messages.c.message_id)).scalars().all()
        shunted = [entry.reason for entry in spool.listing(connection, SpoolStatus.FAILED)]
    engine.dispose()
    assert shunted == []
    return Counter(name.partition("@")[0] for name in found)


def test_under_smtp_load_no_acknowledged_letter_is_lost_or_doubled(tmp_path: Path, chance: random.Random) -> None:
    acknowledged = _deliver_all(tmp_path, chance, Storm(letters=240, kills=5))
    assert _kept(tmp_path) == Counter(acknowledged)


def test_a_desk_that_acknowledges_before_the_commit_is_caught(tmp_path: Path, chance: random.Random) -> None:
    acknowledged = _deliver_all(tmp_path, chance, Storm(letters=120, kills=2, bad="ack-early"))
    assert Counter(acknowledged) - _kept(tmp_path)


def test_a_killed_import_loses_and_doubles_nothing(tmp_path: Path, chance: random.Random) -> None:
    lost, doubled = _imports(tmp_path, chance, Storm(letters=80, kills=4))
    assert (lost, doubled) == (Counter(), Counter())


def test_a_desk_that_knows_no_copies_is_caught(tmp_path: Path, chance: random.Random) -> None:
    _, doubled = _imports(tmp_path, chance, Storm(letters=30, kills=2, bad="no-dedupe"))
    assert doubled


def _imports(folder: Path, chance: random.Random, storm: Storm) -> tuple[Counter[str], Counter[str]]:
    """Import a folder of letters, killed again and again; what was lost and what was doubled."""
    _studio(folder)
    files = folder / "letters"
    files.mkdir()
    for name in storm.names:
        (files / f"{name}.eml").write_bytes(letter(name, message_id=name).as_bytes())
    for _ in range(storm.blows):
        desk = Desk(folder, "import", str(files), bad=storm.bad)
        time.sleep(chance.random() * 0.8)
        desk.kill()
    last = Desk(folder, "import", str(files), bad=storm.bad)
    assert last.process.wait(120 * _FACTOR) == 0
    last.stop()
    kept = _kept(folder)
    return Counter(storm.names) - kept, kept - Counter(storm.names)
