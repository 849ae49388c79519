"""The parts of a letter: the tree of the standard library's parser, with our own reading of every header in it.

Pure. Attached letters stay leaves, so that their bytes come out as they were sent. Owns transfer encodings.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

from gateway import charsets, clean, encoded_words, headers, limits
from gateway.fields import Split
from gateway.headers import Headers

# Words to try for large leaves; that all of them stand in one letter is no accident, and costs its sender the time.
_MARKS = tuple(b"leaf-kept-aside-%d" % number for number in range(8))
_STRUCTURAL = frozenset({"content-type", "content-transfer-encoding", "mime-version"})


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
    def text(self) -> str:
        """The content as text with plain line ends."""
        text = charsets.decode(self.content, self.parameters.get("charset", ""), self.headers.hints)
        return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")


class _Leafy(Message):
    """A part for the library's parser that looks into multiparts and into nothing else."""

    def get_content_maintype(self) -> str:
        """The main type, where `message` would make the parser descend."""
        kind = super().get_content_maintype()
        return "application" if kind == "message" else kind

    def get_content_type(self) -> str:
        """The full type, where `message/delivery-status` would be cut in pieces."""
        kind = headers.main_value(headers.unfolded(_first(self).get("content-type", ""))) or self.get_default_type()
        return "application/octet-stream" if kind.startswith("message/") else kind

    def get_boundary(self, failobj: Any = None) -> Any:  # noqa: ANN401  as the library declares it
        """The boundary of a value that may be folded inside its quotes."""
        boundary = headers.parameters(headers.unfolded(_first(self).get("content-type", ""))).get("boundary", "")
        return boundary.rstrip() or failobj


def _first(part: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in part.raw_items():
        found.setdefault(str(name).strip().lower(), str(value))
    return found


def tree(split: Split) -> Part:
    """The tree of a letter whose size was checked before."""
    kept = [(name, value) for name, value in split.fields if name.lower() in _STRUCTURAL]
    seen: set[str] = set()
    lines: list[str] = []
    for name, value in kept:
        if name.lower() not in seen:
            seen.add(name.lower())
            lines.append(f"{name}: {headers.unfolded(value)}\n")
    body, taken = _without_large_leaves(split.body, _content_type(kept))
    source = "".join(lines).encode("utf-8", "surrogateescape") + b"\n" + body
    parsed = BytesParser(_Leafy, policy=compat32).parsebytes(source)
    root = _part(parsed, taken)
    hints = tuple(dict.fromkeys(filter(None, (charsets.canonical(leaf.parameters.get("charset", "")) for leaf in walk(root)))))
    top = Headers(fields=tuple((name.lower(), value) for name, value in split.fields), hints=hints)
    return replace(_hinted(root, hints), headers=top)


def _content_type(structural: Sequence[tuple[str, str]]) -> str:
    return next((headers.unfolded(value) for name, value in structural if name.lower() == "content-type"), "")


def _without_large_leaves(body: bytes, content_type: str) -> tuple[bytes, dict[bytes, bytes]]:
    """The body with a short word for each large leaf, and what the words stand for.

    The library's parser reads a letter line by line, which costs seconds where an attachment is large. The words occur nowhere
    else in the letter, so that nobody can write one of them and get a leaf twice.
    """
    places = limits.large_leaves(content_type, body) if len(body) >= limits.LARGE_LEAF else ()
    mark = next((mark for mark in _MARKS if mark not in body), b"") if places else b""
    if not mark:
        return body, {}
    pieces: list[bytes] = []
    taken: dict[bytes, bytes] = {}
    at = 0
    for number, (start, end) in enumerate(places):
        word = b"%s-%d-" % (mark, number)
        taken[word] = body[start:end]
        pieces += [body[at:start], word]
        at = end
    return b"".join((*pieces, body[at:])), taken


def _put_back(data: bytes, taken: dict[bytes, bytes]) -> bytes:
    """A leaf's bytes with what was taken out of them."""
    if data in taken:
        return taken[data]
    mark = next((word.rpartition(b"-")[0].rpartition(b"-")[0] for word in taken), b"")
    if not mark or mark not in data:
        return data
    return re.sub(mark + rb"-\d{1,9}-", lambda found: taken.get(found.group(), found.group()), data)


def _hinted(part: Part, hints: tuple[str, ...]) -> Part:
    """The part with the letter's charsets as hints for its own raw bytes."""
    own = Headers(fields=part.headers.fields, hints=hints)
    parameters = headers.parameters(own.raw("content-type"), hints) if not str(own.raw("content-type")).isascii() else part.parameters
    return replace(part, headers=own, parameters=parameters, children=tuple(_hinted(child, hints) for child in part.children))


def _part(message: Message, taken: dict[bytes, bytes]) -> Part:
    own = headers.of(message.raw_items())
    value = own.raw("content-type")
    kind = headers.main_value(value) or str(message.get_default_type())
    children = message.get_payload() if message.is_multipart() else None
    if isinstance(children, list):
        return Part(
            kind, own, headers.parameters(value), children=tuple(_part(child, taken) for child in children if isinstance(child, Message))
        )
    del message["content-transfer-encoding"]
    payload = message.get_payload(decode=True)
    data = _put_back(payload, taken) if isinstance(payload, bytes) else b""
    return Part(
        kind, own, headers.parameters(value), content=_content(data, kind, headers.main_value(own.raw("content-transfer-encoding")))
    )


def _content(data: bytes, kind: str, encoding: str) -> bytes:
    if kind.startswith("message/") and encoding not in {"base64", "quoted-printable"} and data:
        # The parser takes the line end before a boundary away; a letter has always ended with one.
        data += b"" if data.endswith(b"\n") else b"\r\n" if b"\r\n" in data else b"\n"
    return decoded(data, encoding.strip("\"'"))


def decoded(data: bytes, encoding: str) -> bytes:
    """Bytes without their transfer encoding; what cannot be decoded stays as it is."""
    if encoding == "base64":
        return _armoured(data)
    if encoding == "quoted-printable":
        return quopri.decodestring(data)
    if encoding in {"x-uuencode", "uuencode", "uue", "x-uue"}:
        return _uudecoded(data)
    return data


def _armoured(data: bytes) -> bytes:
    # Footers that mailing lists add below the armour are no part of it.
    found = encoded_words.from_base64(data.replace(b"\r", b"").replace(b"\n", b""))
    return data if found is None else found


def _uudecoded(data: bytes) -> bytes:
    lines = iter(data.splitlines())
    for line in lines:
        if line.startswith(b"begin "):
            return b"".join(_uu_lines(lines))
    return data


def _uu_lines(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line.strip() in {b"end", b"`"}:
            return
        try:
            yield binascii.a2b_uu(line)
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            yield _short_line(line[: length + 1])


def _short_line(line: bytes) -> bytes:
    """A line whose end carries more than its length says."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""


def walk(part: Part) -> Iterator[Part]:
    """All parts, containers first, in the order of the letter."""
    waiting = [part]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))
