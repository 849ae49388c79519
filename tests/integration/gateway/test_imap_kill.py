"""Killed between any two steps, the IMAP door loses no letter and no letter becomes two tickets; all are marked in the end."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from email.policy import SMTP
from pathlib import Path

import pytest

from config.surroundings import Surroundings
from gateway import imap
from tests.integration.gateway.dovecot import Box, Dovecot, dovecot
from tests.integration.gateway.mailbox_process import AT_ONCE, POINTS
from tests.integration.gateway.mailboxes import attending, handled, kept, lay_database, spooled, studio_of
from tests.integration.gateway.throwaway import letter, open_studio, until

_PROCESS = Path(__file__).with_name("mailbox_process.py")
# Every process takes two portions at most.
_LETTERS = AT_ONCE * 2 * len(POINTS) + 1


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


def _studio(folder: Path, user: str, server: Dovecot, empty_database: Path) -> Surroundings:
    lay_database(folder, empty_database)
    studio_of(server.mailbox(user), folder).engine.dispose()
    file = folder / "deskpost.toml"
    file.write_text(file.read_text(encoding="utf-8") + 'processed_folder = "Done"\n', encoding="utf-8")
    return open_studio(folder)


@pytest.fixture
def studio(server: Dovecot, tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    monkeypatch.setattr(imap, "_LOOK_SECONDS", 0.05)
    return _studio(tmp_path, f"u{uuid.uuid4().hex}", server, empty_database)


def _fill(box: Box) -> None:
    with box.client() as client:
        for number in range(_LETTERS):
            client.append("INBOX", letter(f"Письмо {number}").as_bytes(policy=SMTP))


def _kill(studio: Surroundings, *points: str, bad: str = "") -> None:
    command = [sys.executable, str(_PROCESS), str(studio.settings.path.parent), *points]
    assert subprocess.run(command, check=False, timeout=120, env={**os.environ, "BAD": bad}).returncode == 0


def test_killed_anywhere_the_door_loses_and_doubles_nothing(server: Dovecot, studio: Surroundings) -> None:
    box = server.mailbox(studio.settings.imap[0].user)
    _fill(box)
    _kill(studio, *POINTS)
    assert 0 < box.count() < _LETTERS
    with attending(studio):
        until(lambda: box.count() == 0)
    assert box.count(folder="Done") == _LETTERS
    assert handled(studio)["new-ticket"] == kept(studio) == _LETTERS


def test_a_door_that_marks_before_the_commit_is_found_out(server: Dovecot, studio: Surroundings) -> None:
    box = server.mailbox(studio.settings.imap[0].user)
    _fill(box)
    _kill(studio, "in the commit", bad="mark-early")
    with attending(studio):
        until(lambda: box.count() == 0)
    assert len(set(spooled(studio))) < _LETTERS
