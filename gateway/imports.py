"""Letters out of files: `.eml`, mbox, Maildir and folders of such, one after the other, never all in memory.

Knows no spool and no database; what stands between the letters of an mbox is taken off, the letters stay as they are.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# «From ivan@client.example Mon Nov  2 10:00:00 2026»: RFC 4155, as loosely as programs write it.
_SEPARATOR = re.compile(rb"From \S+ .*\d{1,2}:\d{2}(:\d{2})?.* \d{4}|From \S+ .*\d{4}.*\d{1,2}:\d{2}")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:|\r?\n")
_ESCAPED = re.compile(rb">+From ")
# Files that lie beside letters and are none.
_OTHERS = frozenset({".json", ".jsonl", ".md", ".py", ".toml", ".lock", ".db", ".yml", ".yaml"})


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read, and why."""

    path: Path
    reason: str


def read(path: Path) -> Iterator[bytes | Unreadable]:
    """The letters of a file or folder, in the order of their names."""
    if is_maildir(path):
        for file in _files(path / "cur", path / "new"):
            yield from _guarded(file, _whole)
    elif path.is_dir():
        for file in sorted(path.iterdir()):
            if not file.name.startswith(".") and file.suffix.lower() not in _OTHERS:
                yield from read(file)
    else:
        yield from _guarded(path, _mbox if _is_mbox(path) else _whole)


def is_maildir(path: Path) -> bool:
    """Whether a folder is a Maildir."""
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _files(*folders: Path) -> list[Path]:
    found = (file for folder in folders for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    return sorted(found, key=lambda file: file.name)


def _guarded(path: Path, reader: Callable[[Path], Iterator[bytes]]) -> Iterator[bytes | Unreadable]:
    try:
        yield from reader(path)
    except OSError as error:
        yield Unreadable(path, error.strerror or type(error).__name__)


def _whole(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()


def _is_mbox(path: Path) -> bool:
    """Whether a file begins as an mbox does; an `.eml` is one letter, however it begins."""
    if path.suffix.lower() == ".eml":
        return False
    try:
        with path.open("rb") as file:
            return bool(_SEPARATOR.match(file.readline(1000)) and _FIELD.match(file.readline(1000)))
    except OSError:
        return False


def _mbox(path: Path) -> Iterator[bytes]:
    """The letters between separator lines: such a line follows an empty one and stands before a header field."""
    letter: list[bytes] = []
    with path.open("rb") as file:
        held, blank = file.readline(), True
        for line in file:
            if blank and _SEPARATOR.match(held) and _FIELD.match(line):
                if letter:
                    yield b"".join(_without_gap(letter))
                letter = []
            else:
                letter.append(_unescaped(held))
            held, blank = line, not held.strip(b"\r\n")
    letter.append(_unescaped(held))
    yield b"".join(_without_gap(letter))


def _without_gap(letter: list[bytes]) -> list[bytes]:
    """The letter without the empty line that ends it in an mbox."""
    return letter[:-1] if letter and not letter[-1].strip(b"\r\n") else letter


def _unescaped(line: bytes) -> bytes:
    return line[1:] if line.startswith(b">") and _ESCAPED.match(line) else line
