"""How much of a letter we are ready to read: one linear scan of the bytes before any parser sees them.

Pure. Sizes are bytes. A letter over a limit is kept and shown as unreadable with the reason; nothing is refused here.
"""

import re
from dataclasses import dataclass, field

from gateway import headers

LETTER = 64 * 1024 * 1024
HEADER_BLOCK = 128 * 1024
HEADER = 16 * 1024
HEADER_COUNT = 500
DEPTH = 20
PARTS = 500
BOUNDARY = 200
ADDRESSES = 200
# Two encoded words for each of the addresses above.
ENCODED_WORDS = 400
PARAMETERS = 100
LARGE_LEAF = 64 * 1024
TEXT = 256 * 1024
TEXT_LINES = 20_000
LETTER_LINES = 1_000_000
HTML = 1024 * 1024
_READ = frozenset(
    [
        "from",
        "to",
        "cc",
        "subject",
        "reply-to",
        "sender",
        "references",
        "in-reply-to",
        "message-id",
        "date",
        "content-type",
        "content-disposition",
    ],
)


def header_problem(fields: tuple[tuple[str, str], ...], block: int) -> str:
    """What makes a header block too much to read, or an empty string."""
    if block > HEADER_BLOCK:
        return f"header block over {HEADER_BLOCK} bytes"
    if len(fields) > HEADER_COUNT:
        return f"more than {HEADER_COUNT} header fields"
    for name, value in fields:
        if name.lower() in _READ and (problem := _value_problem(name, value)):
            return problem
    return ""


def _value_problem(name: str, value: str) -> str:
    if len(value) > HEADER:
        return f"{name} over {HEADER} bytes"
    if value.count("=?") > ENCODED_WORDS:
        return f"more than {ENCODED_WORDS} encoded words in {name}"
    if name.lower() in {"from", "to", "cc", "reply-to"} and value.count("@") > ADDRESSES:
        return f"more than {ADDRESSES} addresses in {name}"
    if name.lower().startswith("content-") and value.count(";") > PARAMETERS:
        return f"more than {PARAMETERS} parameters in {name}"
    return ""


@dataclass(slots=True)
class _Scan:
    """Open boundaries, the number of parts seen so far, and where the content of the last one begins if it is a leaf."""

    open: list[bytes] = field(default_factory=list)
    parts: int = 0
    problem: str = ""
    leaf: int = -1
    large: list[tuple[int, int]] = field(default_factory=list)


def structure_problem(content_type: str, body: bytes) -> str:
    """What makes the MIME structure of a body too much to parse, or an empty string."""
    if len(body) > LETTER:
        return f"letter over {LETTER} bytes"
    if max(body.count(b"\n"), body.count(b"\r")) > LETTER_LINES:
        return f"more than {LETTER_LINES} lines"
    return _scanned(content_type, body).problem


def large_leaves(content_type: str, body: bytes) -> tuple[tuple[int, int], ...]:
    """Where the contents of leaves stand that are large enough to be kept away from a parser that reads lines."""
    if not headers.main_value(content_type).startswith("multipart/"):
        return ((0, len(body)),) if len(body) >= LARGE_LEAF else ()
    return tuple(_scanned(content_type, body).large)


def _scanned(content_type: str, body: bytes) -> _Scan:
    scan = _Scan()
    _enter(scan, content_type)
    # A lone CR ends a line too, but a search that begins with one certain byte runs much faster.
    ends = rb"[\r\n]" if body.count(b"\r") > body.count(b"\r\n") else rb"\n"
    at = 0
    while scan.open and not scan.problem:
        delimiter = _delimiter(scan.open)
        found = (re.match(delimiter, body) if not at else None) or re.compile(ends + delimiter).search(body, at)
        _close_leaf(scan, body, found.start(1) - len("--") if found else len(body))
        if found is None:
            break
        at = _after_delimiter(scan, body, found)
    return scan


def _close_leaf(scan: _Scan, body: bytes, end: int) -> None:
    """Note a large leaf; the line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1)."""
    if scan.leaf >= 0 and end - scan.leaf >= LARGE_LEAF:
        line_end = 2 if body.endswith(b"\r\n", 0, end) else 1 if body.endswith((b"\n", b"\r"), 0, end) else 0
        scan.large.append((scan.leaf, end - line_end))
    scan.leaf = -1


def _delimiter(boundaries: list[bytes]) -> bytes:
    """The rest of a line that may open or close one of the parts; longest first, as one boundary may begin like another."""
    names = sorted(set(boundaries), key=len, reverse=True)
    return rb"--(" + b"|".join(map(re.escape, names)) + rb")(--)?[ \t]*(?=[\r\n]|\Z)"


def _after_delimiter(scan: _Scan, body: bytes, found: re.Match[bytes]) -> int:
    boundary = found.group(1)
    del scan.open[len(scan.open) - scan.open[::-1].index(boundary) :]
    if found.group(2):
        scan.open.pop()
        return found.end()
    scan.parts += 1
    if scan.parts > PARTS:
        scan.problem = f"more than {PARTS} parts"
        return len(body)
    return _part_headers(scan, body, found.end())


def _part_headers(scan: _Scan, body: bytes, at: int) -> int:
    """Read the header block of a part; a multipart inside opens one more boundary."""
    end = _BLANK_LINE.search(body, at, at + HEADER_BLOCK)
    if end is None:
        return at
    block = body[at : end.start()]
    scan.leaf = end.end() + (2 if body.startswith(b"\r\n", end.end()) else 1)
    found = _CONTENT_TYPE.search(block)
    if found is not None:
        scan.problem = _value_problem("content-type", found.group(1).decode("ascii", "replace"))
        if not scan.problem:
            kind = headers.unfolded(found.group(1).decode("ascii", "replace"))
            scan.leaf = -1 if headers.main_value(kind).startswith("multipart/") else scan.leaf
            _enter(scan, kind)
    # The blank line may be followed at once by the next delimiter, which begins with its line end.
    return end.start()


def _enter(scan: _Scan, content_type: str) -> None:
    if not headers.main_value(content_type).startswith("multipart/"):
        return
    boundary = headers.parameters(content_type).get("boundary", "").rstrip()
    if len(boundary) > BOUNDARY:
        scan.problem = f"boundary over {BOUNDARY} bytes"
    elif len(scan.open) >= DEPTH:
        scan.problem = f"more than {DEPTH} levels of parts"
    elif boundary:
        scan.open.append(boundary.encode("utf-8", "surrogateescape"))


_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?=[\r\n])")
_CONTENT_TYPE = re.compile(rb"(?im)^content-type[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")
