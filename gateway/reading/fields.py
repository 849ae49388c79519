"""Where the header block of a letter ends, and which fields stand in it, however broken its lines are.

Pure. Works on bytes before any MIME parser sees them; every step looks at a line once.
"""

import re
from dataclasses import dataclass

BLOCK = 1024 * 1024
_LOOKAHEAD = 5
_NAME = re.compile(rb"([!-9;-~]{1,99})[ \t]*:")
_MBOX = (b"From ", b">From ")
KNOWN = frozenset(
    b"from to cc bcc subject date sender reply-to message-id in-reply-to references received return-path mime-version content-type "
    b"content-transfer-encoding content-disposition delivered-to x-mailer dkim-signature x-original-to auto-submitted precedence "
    b"list-id x-autorespond x-failed-recipients x-auto-response-suppress user-agent importance comments keywords".split(),
)


@dataclass(frozen=True, slots=True)
class Split:
    """A letter cut in two: its fields, first to last, and its body bytes. `block` is the size of the header block."""

    fields: tuple[tuple[str, str], ...]
    body: bytes
    block: int


def split(raw: bytes) -> Split:
    """Cut `raw` after its header block. Bytes that begin with no known field are all body."""
    if b"\n" not in raw[:BLOCK] and b"\r" in raw[:BLOCK]:
        raw = raw.replace(b"\r", b"\n")
    start = _first_line(raw)
    lines, end = _block(raw, start)
    fields = of_lines(lines)
    if not any(name.lower().encode("ascii", "ignore") in KNOWN or name.lower().startswith("x-") for name, _ in fields):
        return Split(fields=(), body=raw, block=0)
    return Split(fields=fields, body=raw[end:], block=end - start)


def _first_line(raw: bytes) -> int:
    """Past a byte order mark, empty lines and the envelope line of an mbox."""
    at = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while at < len(raw) and raw[at] in b"\r\n":
        at += 1
    while raw.startswith(_MBOX, at):
        at = _next_line(raw, at)
    return at


def _next_line(raw: bytes, at: int) -> int:
    end = raw.find(b"\n", at)
    return end + 1 if end >= 0 else len(raw)


def _block(raw: bytes, at: int) -> tuple[list[bytes], int]:
    """The lines of the header block and where the body starts. Of a block that is larger than any, no more than the beginning."""
    lines: list[bytes] = []
    start = at
    while at < len(raw) and at - start <= BLOCK:
        after = _next_line(raw, at)
        line = raw[at:after].rstrip(b"\r\n")
        if not line or line == b"\x1a":
            return lines, after
        if not _belongs(line) and not _resumes(raw, after):
            return lines, at
        lines.append(line)
        at = after
    return lines, at


def _belongs(line: bytes) -> bool:
    return line[0] in b" \t" or _name_length(line) > 0


def _name_length(line: bytes) -> int:
    """Length of the field name that starts `line`, 0 where there is none."""
    found = _NAME.match(line)
    return len(found[1]) if found else 0


def _resumes(raw: bytes, at: int) -> bool:
    """Whether known fields go on after a line that is none."""
    for _ in range(_LOOKAHEAD):
        after = _next_line(raw, at)
        line = raw[at:after].rstrip(b"\r\n")
        if not line:
            return False
        if line[: _name_length(line)].lower() in KNOWN:
            return True
        at = after
    return False


def of_lines(lines: list[bytes]) -> tuple[tuple[str, str], ...]:
    """Fields of header lines; a line that is no field continues the one before."""
    found: list[tuple[str, list[bytes]]] = []
    for line in filter(None, lines):
        length = 0 if line[0] in b" \t" else _name_length(line)
        if length:
            name, _, value = line.partition(b":")
            found.append((name.strip().decode("ascii"), [value]))
        elif found:
            found[-1][1].append(line)
    return tuple((name, b"\n".join(value).decode("utf-8", "surrogateescape")) for name, value in found)
