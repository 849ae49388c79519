"""How a letter's body falls into parts (RFC 2046 §5.1): one linear walk along its delimiter lines, before anything is decoded.

Pure. Knows offsets, not contents. Broken letters fall apart as the standard library's parser would have it: a part lasts until a
delimiter of its multipart or of one around it, what nobody closes ends with the letter, what follows a close is dropped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from config.settings import Limits
from gateway.reading import fields, headers
from gateway.reading.limits import DEFAULT, refuse, refuse_header, refuse_value

# Lines that begin with two dashes in one letter; of delimiters there are far fewer.
_DASHED_LINES = 200_000
_PLAIN, _LETTER = "text/plain", "message/rfc822"


@dataclass(slots=True)
class Node:
    """One part: its header fields as they stand; its content lies from `start` to `end`.

    `kind` is its Content-Type in lower case, without parameters; a multipart's `boundary` is empty where it has none.
    """

    fields: tuple[tuple[str, str], ...]
    kind: str
    boundary: bytes = b""
    start: int = 0
    end: int = 0
    children: list["Node"] = field(default_factory=list)


def read(content_type: str, body: bytes, limits: Limits = DEFAULT) -> Node:
    """The tree of a body whose Content-Type field is given, unfolded. TooMuch where it is over a limit."""
    _refuse_longer_line(body, limits.line)
    root = _node((), content_type, _PLAIN, limits)
    root.end = len(body)
    if root.boundary:
        _Walk(body, limits, root).go()
    return root


def _refuse_longer_line(body: bytes, most: int) -> None:
    """Looks at the last line end of each stretch of that length."""
    start = 0
    while len(body) - start > most:
        end = max(body.rfind(b"\n", start, start + most + 1), body.rfind(b"\r", start, start + most + 1))
        if end < 0:
            refuse("line", most + 1, most, "bytes")
        start = end + 1


def _node(found: tuple[tuple[str, str], ...], content_type: str, default: str, limits: Limits) -> Node:
    refuse_value("content-type", content_type, limits)
    kind = headers.main_value(content_type) or default
    if not kind.startswith("multipart/"):
        return Node(found, kind)
    boundary = headers.parameters(content_type).get("boundary", "").rstrip()
    refuse("boundary", len(boundary), limits.boundary, "bytes")
    return Node(found, kind, boundary.encode("utf-8", "surrogateescape"))


class _Walk:
    """A walk along the delimiter lines: which multiparts are open, and which leaf is."""

    def __init__(self, body: bytes, limits: Limits, root: Node) -> None:
        self._body = body
        self._limits = limits
        self._open = [root]
        self._leaf: Node | None = root
        self._parts = 0
        self._first_line = -1

    def go(self) -> None:
        """Fill the tree."""
        after = 0
        for number, found in enumerate(_dashed_lines(self._body)):
            refuse("lines with two dashes", number, _DASHED_LINES)
            if found.start(1) < after:
                continue
            after = self._pass(found, after)
            if not self._open:
                return
        self._close_leaf(len(self._body))

    def _pass(self, found: re.Match[bytes], after: int) -> int:
        """Go past a line of two dashes and words; before where none is to be looked at."""
        words = found.group(1).rstrip(b" \t\r")
        level = self._level(words)
        if level is not None:
            self._close_leaf(found.start(1) - len("--"))
            del self._open[level + 1 :]
            if found.start(1) - len("--") == self._first_line:
                # The same delimiter twice begins one part.
                self._open[-1].children.pop()
            return self._begin(found.end())
        level = self._level(words[:-2]) if words.endswith(b"--") else None
        if level is not None:
            self._close_leaf(found.start(1) - len("--"))
            del self._open[level:]
        return after

    def _level(self, words: bytes) -> int | None:
        """The innermost open multipart that has these words for a boundary."""
        return next((level for level in range(len(self._open) - 1, -1, -1) if self._open[level].boundary == words), None)

    def _close_leaf(self, end: int) -> None:
        """The line end before a delimiter belongs to the delimiter."""
        if self._leaf is not None:
            line_end = 2 if self._body.endswith(b"\r\n", 0, end) else 1 if self._body.endswith((b"\n", b"\r"), 0, end) else 0
            self._leaf.end = max(self._leaf.start, end - line_end)
            self._leaf = None

    def _begin(self, at: int) -> int:
        """A part begins after its delimiter; where its content does."""
        self._parts += 1
        refuse("parts", self._parts, self._limits.parts)
        found, start = self._header(at)
        refuse_header(found, start - at, self._limits)
        parent = self._open[-1]
        content_type = next((headers.unfolded(value) for name, value in found if name.lower() == "content-type"), "")
        node = _node(found, content_type, _LETTER if parent.kind == "multipart/digest" else _PLAIN, self._limits)
        node.start = node.end = start
        parent.children.append(node)
        if node.boundary:
            self._enter(node)
        self._leaf = node
        return start

    def _enter(self, node: Node) -> None:
        refuse("levels of parts", len(self._open) + 1, self._limits.levels)
        self._open.append(node)

    def _header(self, at: int) -> tuple[tuple[tuple[str, str], ...], int]:
        """The header fields of a part, and where its content begins: after an empty line, or with the first line that is no field."""
        lines: list[bytes] = []
        most = at + self._limits.header_block
        line_end = _LINE_END.match(self._body, at)
        self._first_line = at = line_end.end() if line_end else at
        while at <= most and at < len(self._body):
            end = _LINE.match(self._body, at)
            line = end.group(1) if end else b""
            if not line:
                return fields.of_lines(lines), end.end() if end else at
            if not _FIELD.match(line) or self._is_delimiter(line):
                break
            lines.append(line)
            at = end.end() if end else at
        return fields.of_lines(lines), at

    def _is_delimiter(self, line: bytes) -> bool:
        words = line[2:].rstrip(b" \t\r") if line.startswith(b"--") else b""
        return bool(words) and (self._level(words) is not None or (words.endswith(b"--") and self._level(words[:-2]) is not None))


def _dashed_lines(body: bytes) -> Iterator[re.Match[bytes]]:
    """Lines that begin with two dashes, the first with no line end before it. A lone CR ends a line too."""
    first = _FIRST_DASHES.match(body)
    if first:
        yield first
    yield from (_DASHES_AFTER_CR if body.count(b"\r") > body.count(b"\r\n") else _DASHES).finditer(body)


_FIRST_DASHES = re.compile(rb"--([^\r\n]*)")
_DASHES = re.compile(rb"\n--([^\r\n]*)")
_DASHES_AFTER_CR = re.compile(rb"[\r\n]--([^\r\n]*)")
_LINE_END = re.compile(rb"[ \t]*(?:\r\n|\n|\r)")
_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_FIELD = re.compile(rb"[ \t]|[!-9;-~]*:|From ")
