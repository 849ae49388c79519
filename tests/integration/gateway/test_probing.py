"""A letter that was in hand when the program died is read by a process of its own first."""

import sys

import pytest

from gateway import probing
from gateway.probing import KillsItsReader, probe

DIES = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
ENDLESS = (sys.executable, "-c", "while True: pass")


def test_an_ordinary_letter_is_let_through() -> None:
    probe(b"From: olga@romashka.example\nSubject: x\n\nHello\n")


def test_a_letter_that_is_no_letter_is_the_runners_business() -> None:
    probe(b"")


def test_a_letter_that_kills_its_reader_is_known() -> None:
    with pytest.raises(KillsItsReader, match="signal 11"):
        probe(b"", DIES)


def test_a_letter_that_is_read_for_ever_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_SECONDS", 1)
    with pytest.raises(KillsItsReader, match="no end"):
        probe(b"", ENDLESS)
