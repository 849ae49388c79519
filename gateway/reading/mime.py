"""The parts of a letter, decoded, with our own reading of every header in them.

Pure. Attached letters stay leaves, so that their bytes come out as they were sent. Owns transfer encodings.
"""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.reading import charsets, clean, encoded_words, headers, uuencoded
from gateway.reading.fields import Split
from gateway.reading.headers import Headers
from gateway.reading.structure import Node

_WIDE = ("utf-16", "utf-32", "utf16", "utf32", "ucs-2", "ucs2", "unicode")
_CONTINUES, _BEGINS, _OF_THREE, _OF_FOUR = 0x80, 0xC0, 0xE0, 0xF0
_STRUCTURAL = frozenset({"content-type", "content-transfer-encoding"})
_UUENCODED = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
_PADDED_BREAK = re.compile(rb"=[ \t]+(?=\r?\n|\Z)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: a leaf with its decoded bytes, or a container with children."""

    content_type: str
    headers: Headers
    parameters: dict[str, str]
    content: bytes = b""
    children: tuple["Part", ...] = ()

    @property
    def disposition(self) -> str:
        """`attachment`, `inline` or nothing."""
        return headers.main_value(self.headers.raw("content-disposition"))

    @property
    def file_name(self) -> str:
        """The name the sender gave to the file, cleaned; empty where there is none."""
        given = headers.parameters(self.headers.raw("content-disposition"), self.headers.hints).get("filename", "")
        return clean.file_name(given or self.parameters.get("name", ""))

    @property
    def content_id(self) -> str:
        """Content-ID without brackets."""
        return next(iter(headers.message_ids(self.headers.raw("content-id"))), "")

    @property
    def is_encoded(self) -> bool:
        """Whether the lines it came in are others than those of its content."""
        return _encoding(self.headers) in {"base64", "quoted-printable", *_UUENCODED}

    @property
    def text(self) -> str:
        """The content as text with plain line ends."""
        return self.beginning(len(self.content))

    def beginning(self, most: int) -> str:
        """The same of the first bytes, at most so many."""
        charset = self.parameters.get("charset", "")
        text = charsets.decode(_whole_characters(self.content, most, charset), charset, self.headers.hints)
        return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")


def _whole_characters(content: bytes, most: int, charset: str) -> bytes:
    """The first bytes, cut between lines, or else between characters: a torn one would make the charset doubtful."""
    if len(content) <= most:
        return content
    if charset.lower().startswith(_WIDE):
        return content[: most - most % 4]
    end = content.rfind(b"\n", 0, most) + 1
    return content[: end or most - _torn(content[most - 3 : most])]


def _torn(tail: bytes) -> int:
    """How many of the last bytes begin a character of UTF-8 that does not end there (RFC 3629 §3)."""
    for length, byte in enumerate(reversed(tail), 1):
        if byte < _CONTINUES:
            return 0
        if byte >= _BEGINS:
            return length if length < 2 + (byte >= _OF_THREE) + (byte >= _OF_FOUR) else 0
    return 0


def tree(split: Split, root: Node) -> Part:
    """The tree of a letter whose structure is known."""
    found = _part(root, split.body, headers.of(_structural(split.fields)))
    hints = tuple(dict.fromkeys(filter(None, (charsets.canonical(leaf.parameters.get("charset", "")) for leaf in walk(found)))))
    top = Headers(fields=headers.lowered(split.fields), hints=hints)
    return replace(_hinted(found, hints), headers=top)


def _structural(found: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """Of a letter's fields those that say how its body is to be read."""
    return ((name, headers.unfolded(value)) for name, value in found if name.lower() in _STRUCTURAL)


def _hinted(part: Part, hints: tuple[str, ...]) -> Part:
    """The part with the letter's charsets as hints for its own raw bytes."""
    own = Headers(fields=part.headers.fields, hints=hints)
    parameters = headers.parameters(own.raw("content-type"), hints) if not str(own.raw("content-type")).isascii() else part.parameters
    return replace(part, headers=own, parameters=parameters, children=tuple(_hinted(child, hints) for child in part.children))


def _part(node: Node, body: bytes, own: Headers) -> Part:
    value = own.raw("content-type")
    if node.children:
        children = tuple(_part(child, body, headers.of(child.fields)) for child in node.children)
        return Part(node.kind, own, headers.parameters(value), children=children)
    return Part(node.kind, own, headers.parameters(value), content=_content(body[node.start : node.end], node.kind, _encoding(own)))


def _encoding(own: Headers) -> str:
    return headers.main_value(own.raw("content-transfer-encoding")).strip("\"'")


def _content(data: bytes, kind: str, encoding: str) -> bytes:
    if kind.startswith("message/") and encoding not in {"base64", "quoted-printable"} and data:
        # The line end before a delimiter is the delimiter's; a letter has always ended with one.
        data += b"" if data.endswith(b"\n") else b"\r\n" if b"\r\n" in data else b"\n"
    return decoded(data, encoding)


def decoded(data: bytes, encoding: str) -> bytes:
    """Bytes without their transfer encoding; what cannot be decoded stays as it is."""
    if encoding == "base64":
        return _armoured(data)
    if encoding == "quoted-printable":
        # Blanks after the sign of a soft line break come from the way (RFC 2045 §6.7).
        return quopri.decodestring(_PADDED_BREAK.sub(b"=", data) if b"= " in data or b"=\t" in data else data)
    if encoding in _UUENCODED:
        return uuencoded.decoded(data)
    return data


def _armoured(data: bytes) -> bytes:
    found = encoded_words.armoured(data)
    return data if found is None else found


def walk(part: Part) -> Iterator[Part]:
    """All parts, containers first, in the order of the letter."""
    waiting = [part]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))
