"""Cryptographic messages (RFC 5652) as S/MIME carries them: what they are, and the letter inside a signed one.

Pure. Walks the few BER values on the way to the content; checks no signature and opens nothing sealed.
"""

from dataclasses import dataclass

_DATA = bytes.fromhex("2a864886f70d010701")
_SIGNED = bytes.fromhex("2a864886f70d010702")
_SEALED = frozenset({bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d010706"), bytes.fromhex("2a864886f70d0109100117")})
_OBJECT, _OCTETS, _CONSTRUCTED_OCTETS, _SEQUENCE, _EXPLICIT = 0x06, 0x04, 0x24, 0x30, 0xA0
_CONSTRUCTED, _LONG_TAG, _LONG_LENGTH, _UNTIL_END = 0x20, 0x1F, 0x80, 0x80
_LENGTH_BYTES = 4
_DEEPEST = 8
_PIECES = 100_000


class _NotRead(Exception):
    """The bytes are no BER that we know."""


@dataclass(frozen=True, slots=True)
class _Value:
    """One value: its tag, where its content stands, and whether an end mark closes it instead of a length."""

    tag: int
    start: int
    end: int
    open: bool = False


def is_sealed(data: bytes) -> bool:
    """Whether the message is encrypted."""
    try:
        return _kind(data)[0] in _SEALED
    except _NotRead:
        return False


def signed_content(data: bytes) -> bytes | None:
    """What is signed by a message that carries it within; None where there is no such thing, or it cannot be read."""
    try:
        kind, at = _kind(data)
        return _content(data, at) if kind == _SIGNED else None
    except _NotRead:
        return None


def _kind(data: bytes) -> tuple[bytes, int]:
    """The type of the message, and where its body starts (RFC 5652 §3)."""
    outer = _expected(data, 0, _SEQUENCE)
    kind = _expected(data, outer.start, _OBJECT)
    return data[kind.start : kind.end], kind.end


def _content(data: bytes, at: int) -> bytes | None:
    """SignedData: version, digests, then the content with its type (RFC 5652 §5.1, §5.2)."""
    body = _expected(data, _expected(data, at, _EXPLICIT).start, _SEQUENCE)
    version = _value(data, body.start)
    digests = _value(data, _after(data, version))
    held = _expected(data, _after(data, digests), _SEQUENCE)
    kind = _expected(data, held.start, _OBJECT)
    if data[kind.start : kind.end] != _DATA or kind.end >= held.end:
        return None
    return _octets(data, _value(data, _expected(data, kind.end, _EXPLICIT).start))


def _octets(data: bytes, value: _Value) -> bytes:
    """A string of bytes, in one piece or in many."""
    if value.tag == _OCTETS:
        return data[value.start : value.end]
    if value.tag != _CONSTRUCTED_OCTETS:
        raise _NotRead
    pieces: list[bytes] = []
    at = value.start
    while at < value.end and not (value.open and data.startswith(b"\0\0", at)):
        piece = _expected(data, at, _OCTETS)
        pieces.append(data[piece.start : piece.end])
        at = piece.end
        if len(pieces) > _PIECES:
            raise _NotRead
    return b"".join(pieces)


def _expected(data: bytes, at: int, tag: int) -> _Value:
    value = _value(data, at)
    if value.tag != tag:
        raise _NotRead
    return value


def _value(data: bytes, at: int) -> _Value:
    """The value that starts at `at` (X.690 §8.1)."""
    if at + 2 > len(data) or data[at] & _LONG_TAG == _LONG_TAG:
        raise _NotRead
    tag, length, start = data[at], data[at + 1], at + 2
    if length == _UNTIL_END:
        return _Value(tag, start, len(data), open=True)
    if length & _LONG_LENGTH:
        count = length - _LONG_LENGTH
        if count > _LENGTH_BYTES:
            raise _NotRead
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
    # What a server cut off is missing from the end; the beginning is words all the same.
    return _Value(tag, start, min(start + length, len(data)))


def _after(data: bytes, value: _Value, depth: int = 0) -> int:
    """Where the next value starts."""
    if not value.open:
        return value.end
    at = value.start
    while at < len(data) and not data.startswith(b"\0\0", at):
        if depth > _DEEPEST:
            raise _NotRead
        at = _after(data, _value(data, at), depth + 1)
    return at + 2
