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
from pathlib import Path

import pytest
from sqlalchemy import select

from config.database import open_engine, transaction
from gateway import spool
from gateway.models import SpoolStatus
from helpdesk.models import messages
from tests.integration.gateway.throwaway import CONFIG, letter, make_studio

_PROCESS = Path(__file__).with_name("desk_process.py")
_LETTERS, _CONNECTIONS, _KILLS = 400, 8, 6


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"SEED={seed}")  # noqa: T201  whoever sees this test fail wants to see it fail again
    return random.Random(seed)


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


def _storm(folder: Path, chance: random.Random, bad: str = "") -> list[str]:
    """Many clients, and a killer; the names of the acknowledged letters. Ends with an empty spool."""
    port = _studio(folder)
    names = [f"letter-{number}" for number in range(_LETTERS)]
    acknowledged: list[str] = []
    over = threading.Event()
    shares = (names[first::_CONNECTIONS] for first in range(_CONNECTIONS))
    clients = [threading.Thread(target=_deliver, args=(port, share, acknowledged, over)) for share in shares]
    with _running(folder, "serve", bad=bad) as desk:
        for client in clients:
            client.start()
        try:
            for _ in range(_KILLS):
                _wait_for_progress(acknowledged, clients, chance)
                desk.kill_and_start()
            for client in clients:
                client.join(60)
        finally:
            over.set()
        _drain(folder)
    assert len(acknowledged) == _LETTERS
    return acknowledged


def _wait_for_progress(acknowledged: list[str], clients: list[threading.Thread], chance: random.Random) -> None:
    """Let some letters through before the next blow, so that it falls into the middle of the work."""
    wanted = len(acknowledged) + chance.randrange(5, _LETTERS // _KILLS)
    while len(acknowledged) < wanted and any(client.is_alive() for client in clients):
        time.sleep(0.002)
    time.sleep(chance.random() * 0.05)


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
    acknowledged = _storm(tmp_path, chance)
    assert _kept(tmp_path) == Counter(acknowledged)


def test_a_desk_that_acknowledges_before_the_commit_is_caught(tmp_path: Path, chance: random.Random) -> None:
    acknowledged = _storm(tmp_path, chance, bad="ack-early")
    assert Counter(acknowledged) - _kept(tmp_path)


def test_a_killed_import_loses_and_doubles_nothing(tmp_path: Path, chance: random.Random) -> None:
    lost, doubled = _imports(tmp_path, chance)
    assert (lost, doubled) == (Counter(), Counter())


def test_a_desk_that_knows_no_copies_is_caught(tmp_path: Path, chance: random.Random) -> None:
    _, doubled = _imports(tmp_path, chance, bad="no-dedupe")
    assert doubled


def _imports(folder: Path, chance: random.Random, bad: str = "") -> tuple[Counter[str], Counter[str]]:
    """Import a folder of letters, killed again and again; what was lost and what was doubled."""
    _studio(folder)
    names = [f"letter-{number}" for number in range(_LETTERS // 2)]
    files = folder / "letters"
    files.mkdir()
    for name in names:
        (files / f"{name}.eml").write_bytes(letter(name, message_id=name).as_bytes())
    for _ in range(_KILLS):
        desk = Desk(folder, "import", str(files), bad=bad)
        time.sleep(chance.random() * 0.8)
        desk.kill()
    subprocess.run([sys.executable, str(_PROCESS), str(folder), "import", str(files)], check=True, env={**os.environ, "BAD": bad}, timeout=120)
    kept = _kept(folder)
    return Counter(names) - kept, kept - Counter(names)
