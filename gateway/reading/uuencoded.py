"""Files written into a text between «begin 644 name» and «end» (uuencode), as mail had them before MIME.

Pure. Looks at every line once; a «begin» that no encoded line follows is prose.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_BEGIN = re.compile(rb"(?m)^begin(?:-base64)? [0-7]{3,4} +(\S[^\r\n]{0,250})\r?\n")
_MARK = b"begin"
_ENDS = frozenset({b"end", b"`", b""})
_FILES = 100
_BEGINNINGS = 1000
_LINE = re.compile(rb"[^\r\n]+")
# More than the largest letter has room for.
_LINES = 1_100_000
# Lines that no blank stands in, as every program but the oldest writes them: most of a file.
_FULL_LINES = re.compile(rb"(?:M[!-`]{60}\r?\n){1,10000}")
_ALPHABET = bytes(range(0x20, 0x61))


@dataclass(frozen=True, slots=True)
class File:
    """A file found in a text."""

    name: bytes
    content: bytes


def split(content: bytes) -> tuple[bytes, tuple[File, ...]]:
    """The text without the files in it, and the files."""
    if _MARK not in content:
        return content, ()
    kept: list[bytes] = []
    files: list[File] = []
    at = kept_to = 0
    for _ in range(_BEGINNINGS):
        found = _BEGIN.search(content, at)
        if found is None or len(files) == _FILES:
            break
        data, at = _data(content, found.end())
        if at > found.end():
            kept.append(content[kept_to : found.start()])
            files.append(File(found.group(1).strip(), data))
            kept_to = at
    return b"".join((*kept, content[kept_to:])), tuple(files)


def _data(content: bytes, at: int) -> tuple[bytes, int]:
    """The bytes of the encoded lines that start at `at`, and where the text goes on; `at` itself where there are none."""
    found: list[bytes] = []
    while at < len(content):
        full = _FULL_LINES.match(content, at)
        if full:
            found += map(binascii.a2b_uu, full.group().split())
            at = full.end()
            continue
        after = content.find(b"\n", at) + 1 or len(content)
        line = content[at:after].rstrip(b"\r\n")
        if line.rstrip() in _ENDS:
            at = after if found else at
            if line.strip() == b"end" or not found:
                break
            continue
        data = of_line(line)
        if data is None:
            break
        found.append(data)
        at = after
    return b"".join(found), at


def of_line(line: bytes) -> bytes | None:
    """The bytes of one encoded line, or None for a line that is none."""
    length = (line[0] - 32) & 63
    needed = 1 + (length + 2) // 3 * 4
    # Blanks at the end of a line get lost on the way; a checksum character may follow.
    if not length or not 0 <= len(line.rstrip()) - 1 <= needed or line.translate(None, delete=_ALPHABET):
        return None
    try:
        return binascii.a2b_uu(line[:needed])
    except binascii.Error:
        return None


def decoded(content: bytes) -> bytes:
    """The first file of a part that is uuencoded as a whole; the content itself where there is none."""
    lines = (found.group() for found in islice(_LINE.finditer(content), _LINES))
    for line in lines:
        if line.startswith(b"begin "):
            return b"".join(_lenient(lines))
    return content


def _lenient(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line.strip() in {b"end", b"`"}:
            return
        yield of_line(line) or b""
