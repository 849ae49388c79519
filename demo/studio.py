"""The demo's studio: made and asked with the same commands that an admin types, its server a process of its own."""

import json
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from config.console import Refused
from demo.mailboxes import free_port

SUPPORT = "support@desk.studio.example"
_START_SECONDS = 60.0
_END_SECONDS = 30.0


class CommandFailed(Refused):
    """A command of the demo did not do what it should."""


@dataclass(frozen=True, slots=True)
class Studio:
    """A studio in a folder; `port` is its SMTP door's, `relay_port` where its mail leaves."""

    folder: Path
    port: int
    relay_port: int

    @property
    def environment(self) -> dict[str, str]:
        """What the commands run in."""
        own = {
            "DESKPOST_CONFIG": str(self.folder / "deskpost.toml"),
            "DESKPOST_SMTP__LISTEN": f"127.0.0.1:{self.port}",
            "DESKPOST_OUTGOING__HOST": "127.0.0.1",
            "DESKPOST_OUTGOING__PORT": str(self.relay_port),
            "DESKPOST_WEB__LISTEN": "",
        }
        return {**os.environ, **own}

    def run(self, *words: str) -> Any:  # noqa: ANN401 - whatever JSON document the command prints
        """Run `deskpost …  --json`; its document."""
        command = [sys.executable, "-m", "cli", *words, "--json"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        if done.returncode:
            message = f"deskpost {' '.join(words)}: {done.stderr.strip()}"
            raise CommandFailed(message)
        return json.loads(done.stdout)

    def post(self, letter: EmailMessage) -> None:
        """Send a letter to the studio over SMTP, as its sender's mail server would."""
        sender = letter["From"].addresses[0].addr_spec
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as connection:
            connection.send_message(letter, from_addr=sender)


def found(folder: Path, relay_port: int) -> Studio:
    """Make the studio, its people, a client and the papers that billing needs."""
    studio = Studio(folder, free_port(), relay_port)
    studio.run("init", str(folder), "--name", "Студия «Лад»", "--support", SUPPORT, "--director", "anna@studio.example", "--yes")
    for words in SET_UP:
        studio.run(*words)
    return studio


@contextmanager
def serving(studio: Studio) -> Iterator[None]:
    """The real server, for as long as the block lasts."""
    log = (studio.folder / "serve.log").open("wb")
    command = [sys.executable, "-m", "cli", "serve", "--only", "smtp,worker,outbox"]
    with log, subprocess.Popen(command, env=studio.environment, stdout=log, stderr=log) as server:  # noqa: S603 - our own words
        try:
            _await_door(studio, server)
            yield
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=_END_SECONDS)
            server.kill()


def _await_door(studio: Studio, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            smtplib.SMTP("127.0.0.1", studio.port, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"the server did not start: {(studio.folder / 'serve.log').read_text(encoding='utf-8', errors='replace')[-2000:]}"
    raise CommandFailed(message)


SET_UP: tuple[tuple[str, ...], ...] = (
    ("staff", "add", "ivan@studio.example", "--name", "Иван Петров", "--role", "programmer", "--pay-rate", "700"),
    ("client", "add", "Ромашка", "--rate", "1500"),
    ("contact", "add", "Ромашка", "olga@romashka.example", "--name", "Ольга Смирнова", "--role", "owner"),
    ("contact", "add", "Ромашка", "buh@romashka.example", "--name", "Нина Котова", "--role", "accountant"),
    ("project", "add", "Ромашка", "romashka.example"),
)
