"""How a letter's body falls into parts (RFC 2046 §5.1): one linear walk along its delimiter lines, before anything is decoded.

Pure. Knows offsets, not contents. Broken letters fall apart as the standard library's parser would have it: a part lasts until a
delimiter of its multipart or of one around it, what nobody closes ends with the letter, what follows a close is dropped.
"""

import re
from dataclasses import dataclass, field

from config.settings import Limits
from gateway.reading import fields, headers
from gateway.reading.limits import DEFAULT, refuse, refuse_header, refuse_line, refuse_value

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
    root = _node((), content_type, _PLAIN, limits)
    root.end = len(body)
    if root.boundary:
        _Walk(body, limits, root).go()
    return root


def _node(found: tuple[tuple[str, str], ...], content_type: str, default: str, limits: Limits) -> Node:
    refuse_value("content-type", content_type, limits)
    kind = headers.main_value(content_type) or default
    if not kind.startswith("multipart/"):
        return Node(found, kind)
    boundary = headers.parameters(content_type).get("boundary", "").rstrip()
    refuse("boundary", len(boundary), limits.boundary, "bytes")
    return Node(found, kind, boundary.encode("utf-8", "surrogateescape"))


@dataclass(slots=True)
class _Level:
    """An open multipart, and from where to where its next delimiter goes; `known` is where that begins, or how far there is none."""

    node: Node
    line_ends: bytes
    next: tuple[int, int] | None = None
    known: int = -1

    def look(self, body: bytes, start: int, end: int) -> None:
        """Find the first delimiter that begins between two places."""
        self.next = self._found(body, start, end)
        self.known = self.next[0] if self.next else end

    def _found(self, body: bytes, start: int, end: int) -> tuple[int, int] | None:
        words = b"--" + self.node.boundary
        at = body.find(words, start, end)
        if at < 0:
            return None
        # What begins like a delimiter nearly always is one; a pattern for letters in which it is not takes long to make.
        begins_line = not at or body[at - 1] in self.line_ends
        found = _DELIMITER_END.match(body, at + len(words), end) if begins_line else None
        if found:
            return at, found.end()
        found = self._pattern(re.escape(words)).search(body, at, end)
        return found.span() if found else None

    def _pattern(self, words: bytes) -> re.Pattern[bytes]:
        return re.compile(rb"%b(?<![^%b]%b)%b" % (words, self.line_ends, words, _DELIMITER_END.pattern))


class _Walk:
    """A walk along the delimiter lines: which multiparts are open, and which leaf is."""

    def __init__(self, body: bytes, limits: Limits, root: Node) -> None:
        self._body = body
        self._limits = limits
        # A lone CR ends a line too where most lines end with one.
        self._line_ends = b"\r\n" if body.count(b"\r") > body.count(b"\r\n") else b"\n"
        self._open = [_Level(root, self._line_ends)]
        self._leaf: Node | None = root
        self._parts = 0
        self._first_line = -1

    def go(self) -> None:
        """Fill the tree."""
        after = 0
        while self._open:
            found = self._following(after)
            if found is None:
                self._close_leaf(len(self._body))
                return
            after = self._pass(*found)

    def _following(self, after: int) -> tuple[int, int] | None:
        """The next delimiter of an open multipart. One inside another is looked for no further than to the other's next."""
        found, end = None, len(self._body)
        for level in self._open:
            if level.known < after:
                level.look(self._body, after, end)
            if level.next and level.known < end:
                found, end = level.next, level.known
        return found

    def _pass(self, start: int, end: int) -> int:
        """Go past a delimiter; where to look for the next."""
        self._close_leaf(start)
        words = self._body[start + 2 : end].rstrip(b" \t")
        level = self._level(words)
        if level is None:
            closed = self._level(words[:-2])
            del self._open[0 if closed is None else closed :]
            return end
        del self._open[level + 1 :]
        if start == self._first_line:
            # The same delimiter twice begins one part.
            self._open[-1].node.children.pop()
        return self._begin(end)

    def _level(self, words: bytes) -> int | None:
        """The innermost open multipart that has these words for a boundary."""
        return next((level for level in range(len(self._open) - 1, -1, -1) if self._open[level].node.boundary == words), None)

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
        refuse_line(self._body[at:start], self._limits.line)
        parent = self._open[-1].node
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
        self._open.append(_Level(node, self._line_ends))

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


_DELIMITER_END = re.compile(rb"(?:--)?[ \t]*(?=[\r\n]|\Z)")
_LINE_END = re.compile(rb"[ \t]*(?:\r\n|\n|\r)")
_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_FIELD = re.compile(rb"[ \t]|[!-9;-~]*:|From ")
