"""Letters are read by a child process: what they do to their reader ends there."""

import os
import pickle
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import Limits
from gateway.faults import is_the_machines
from gateway.reader import NotStarted, Reader
from gateway.reading import parsing
from helpdesk.messages import Letter

HELLO = b"From: olga@romashka.example\nSubject: Hello\n\nPlease change the banner.\n"
LETTERS = sorted((Path(__file__).parents[2] / "letters").glob("*.eml"))
# Children that behave, but for letters with a certain word, as a broken parser would.
TROUBLE = """
import os, signal, sys
from gateway import reader_process
from gateway.reading import parsing
from helpdesk.messages import Letter
honest = parsing.parse
def parse(raw, limits):
    if b"dies" in raw: os.kill(os.getpid(), signal.SIGSEGV)
    if b"leaves" in raw: os._exit(7)
    while b"ponders" in raw: pass
    if b"devours" in raw: return [bytes(1 << 20) for _ in range(1 << 20)]
    if b"prints" in raw: print("words of a library")
    if b"deceives" in raw: return os.system
    return honest(raw, limits)
parsing.parse = parse
reader_process.main()
"""


@pytest.fixture
def reader() -> Iterator[Reader]:
    reading = Reader(Limits())
    yield reading
    reading.close()


@pytest.fixture
def troubled() -> Iterator[Reader]:
    reading = Reader(Limits(reader_seconds=1), (sys.executable, "-c", TROUBLE))
    yield reading
    reading.close()


def test_the_child_reads_what_the_parent_would(reader: Reader) -> None:
    raws = [path.read_bytes() for path in LETTERS]
    assert reader.read_all(raws) == [parsing.parse(raw) for raw in raws]


def test_one_child_reads_letter_after_letter(reader: Reader) -> None:
    reader.read(HELLO)
    first = _child(reader)
    assert [reader.read(HELLO).subject for _ in range(5)] == ["Hello"] * 5
    assert _child(reader) == first


def test_bytes_that_are_no_letter_are_unreadable(reader: Reader) -> None:
    assert [letter.unreadable for letter in reader.read_all([b"", HELLO])] == ["no bytes to read", ""]


def test_limits_reach_the_child() -> None:
    reading = Reader(Limits(header=10))
    assert reading.read(HELLO).unreadable == "from over 10 bytes"
    reading.close()


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("dies", "its reader died by signal 11"),
        ("leaves", "its reader ended with status 7"),
        ("ponders", "reading time over 1 s"),
        ("devours", "memory over 512 MB"),
        ("deceives", "its reader gave no letter"),
    ],
)
def test_a_letter_that_ends_its_reader_is_unreadable_and_takes_no_other_along(troubled: Reader, word: str, reason: str) -> None:
    found = troubled.read_all([HELLO, HELLO + word.encode(), HELLO])
    assert [letter.unreadable for letter in found] == ["", reason, ""]
    assert [(letter.subject, letter.sender and letter.sender.email) for letter in found] == [("Hello", "olga@romashka.example")] * 3


@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, "-c", "raise SystemExit(3)"),
        (sys.executable, "-c", "pass"),
        ("/no/such/program",),
    ],
)
def test_a_reader_that_cannot_start_is_the_machines_fault_and_no_letters(command: tuple[str, ...]) -> None:
    with pytest.raises(NotStarted, match="no reader of letters can be started") as raised:
        Reader(Limits(), command).read(HELLO)
    assert is_the_machines(raised.value)


def test_a_stopped_reader_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.reader._PATIENCE", 1)
    reading = Reader(Limits(reader_seconds=1))
    reading.read(HELLO)
    os.kill(reading.child, signal.SIGSTOP)
    found = reading.read(HELLO + b"x" * 200_000)
    reading.close()
    assert (found.subject, found.unreadable) == ("Hello", "reading time over 1 s")


def test_whatever_goes_wrong_the_next_letter_gets_its_own_answer(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.read(HELLO)
    with monkeypatch.context() as patch:
        patch.setattr("gateway.reader._letters", _no_memory)
        with pytest.raises(MemoryError):
            reader.read(HELLO)
    assert reader.read(HELLO.replace(b"Hello", b"Other")).subject == "Other"


def _no_memory(_pickled: bytes, _count: int) -> None:
    raise MemoryError


def test_files_in_the_current_folder_are_no_modules_of_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "quopri.py").write_text("raise SystemExit('somebody else')")
    monkeypatch.chdir(tmp_path)
    reading = Reader(Limits())
    assert reading.read(HELLO).subject == "Hello"
    reading.close()


def test_a_limit_of_the_system_stays_in_force() -> None:
    narrow = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20)); "
    reading = Reader(Limits(), (sys.executable, "-P", "-c", narrow + "from gateway import reader_process; reader_process.main()"))
    assert reading.read(HELLO).subject == "Hello"
    reading.close()


def test_what_a_library_prints_spoils_no_answer(troubled: Reader) -> None:
    assert troubled.read(HELLO + b"prints").text == "Please change the banner.\nprints"


def test_who_kills_the_child_kills_no_letter(reader: Reader) -> None:
    reader.read(HELLO)
    os.kill(_child(reader), 9)
    assert reader.read(HELLO) == parsing.parse(HELLO)


def test_a_child_that_read_many_letters_is_followed_by_a_new_one(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.reader._LETTERS_OF_ONE_CHILD", 2)
    reader.read_all([HELLO, HELLO])
    first = _child(reader)
    assert reader.read(HELLO).subject == "Hello"
    assert _child(reader) != first


def test_large_letters_come_back_whole(reader: Reader) -> None:
    head = b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n"
    raws = [head + b"QUFB" * 15_000 + b"\n" + b"QUFB" * 1_000_000 * number for number in range(3)]
    raws = [raw[: len(head)] + _wrapped(raw[len(head) :]) for raw in raws]
    assert [len(letter.attachments[0].content) for letter in reader.read_all(raws)] == [45_000, 3_045_000, 6_045_000]


def test_the_child_can_name_nothing_but_letters() -> None:
    from gateway.reader import _letters  # noqa: PLC0415  what it refuses is the promise

    torn = pickle.dumps([Letter(sender=None)])[:-3]
    for hostile in (*(pickle.dumps([named]) for named in (os.system, Reader, replace)), b"", torn):
        with pytest.raises(Exception, match="no letter"):
            _letters(hostile, 1)


def _wrapped(line: bytes) -> bytes:
    line = line.replace(b"\n", b"")
    return b"\n".join(line[start : start + 76] for start in range(0, len(line), 76))


def _child(reader: Reader) -> int:
    assert reader.child
    return reader.child
