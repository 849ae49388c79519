"""The transport-neutral format of Exchange ([MS-OXTNEF]): the objects of winmail.dat and their properties.

Pure. Every length and count in a stream is a claim: a reader stops where the bytes end, and looks at each byte once a level.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_SIGNATURE = struct.pack("<I", 0x223E9F78)
_HEAD = struct.Struct("<BII")
_KEY, _CHECKSUM = 2, 2
_LONG = struct.Struct("<I")
_TYPE_AND_ID = struct.Struct("<HH")
_OBJECTS, _PROPERTIES, _VALUES = 10_000, 5000, 1000

_BODY, _CODE_PAGE, _PROPERTY_LIST = 0x2800C, 0x69007, 0x69003
_NEXT_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x69002, 0x18010, 0x6800F, 0x69005

_SEVERAL, _NAMED = 0x1000, 0x8000
_SIZES = {1: 4, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_OBJECT, _TEXT, _WIDE_TEXT, _BYTES = 0xD, 0x1E, 0x1F, 0x102
_COUNTED = frozenset({_OBJECT, _TEXT, _WIDE_TEXT, _BYTES})
_GUID = 16

# Properties by their numbers ([MS-OXPROPS]).
TEXT, HTML, RTF = 0x1000, 0x1013, 0x1009
LONG_NAME, NAME, DATA, TYPE, CONTENT_ID = 0x3707, 0x3001, 0x3701, 0x370E, 0x3712


@dataclass(frozen=True, slots=True)
class Value:
    """The first value of a property: its bytes, and how text in it is written."""

    kind: int
    data: bytes

    def words(self, code_page: str) -> str:
        """The value as text."""
        if self.kind == _WIDE_TEXT:
            return self.data.decode("utf-16-le", "replace").rstrip("\0")
        try:
            return self.data.decode(code_page, "replace").rstrip("\0")
        except LookupError:
            return self.data.decode("cp1252", "replace").rstrip("\0")


@dataclass(slots=True)
class File:
    """One file of a stream."""

    title: bytes = b""
    data: bytes = b""
    properties: dict[int, Value] = field(default_factory=dict)

    @property
    def letter(self) -> bytes:
        """A letter attached to the letter, itself a stream; empty where the file is none."""
        held = self.properties.get(DATA)
        content = held.data[_GUID:] if held and held.kind == _OBJECT else b""
        return content if content.startswith(_SIGNATURE) else b""

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        held = self.properties.get(DATA)
        return held.data[_GUID if held.kind == _OBJECT else 0 :] if held else self.data


@dataclass(slots=True)
class Stream:
    """What a stream holds."""

    code_page: str = "cp1252"
    body: bytes = b""
    properties: dict[int, Value] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)


def read(content: bytes) -> Stream | None:
    """The stream in `content`, as far as it goes; None for what is none."""
    if not content.startswith(_SIGNATURE):
        return None
    stream = Stream()
    for kind, data in _objects(content):
        if kind == _CODE_PAGE and len(data) >= _LONG.size:
            stream.code_page = f"cp{_LONG.unpack_from(data)[0]}"
        elif kind == _BODY:
            stream.body = data
        elif kind == _PROPERTY_LIST:
            stream.properties.update(properties(data))
        elif kind == _NEXT_FILE:
            stream.files.append(File())
        elif stream.files:
            _fill(stream.files[-1], kind, data)
    return stream


def _fill(file: File, kind: int, data: bytes) -> None:
    if kind == _TITLE:
        file.title = data
    elif kind == _DATA:
        file.data = data
    elif kind == _FILE_PROPERTIES:
        file.properties.update(properties(data))


def _objects(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(_SIGNATURE) + _KEY
    for _ in range(_OBJECTS):
        if at + _HEAD.size > len(content):
            return
        _, kind, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        yield kind, content[at : at + length]
        at += length + _CHECKSUM


def properties(data: bytes) -> dict[int, Value]:
    """The properties of a list by their numbers; of several values the first, of properties named by others none."""
    found: dict[int, Value] = {}
    if len(data) < _LONG.size:
        return found
    at = _LONG.size
    try:
        for _ in range(min(_LONG.unpack_from(data)[0], _PROPERTIES)):
            kind, number = _TYPE_AND_ID.unpack_from(data, at)
            at = _after_name(data, at + _TYPE_AND_ID.size) if number >= _NAMED else at + _TYPE_AND_ID.size
            value, at = _values(data, at, kind)
            if value is not None and number < _NAMED:
                found.setdefault(number, value)
    except struct.error:
        pass
    return found


def _after_name(data: bytes, at: int) -> int:
    """Where a named property goes on: a GUID, then a number or a text."""
    by_text, length = _LONG.unpack_from(data, at + _GUID)[0], _LONG.unpack_from(data, at + _GUID + _LONG.size)[0]
    at += _GUID + 2 * _LONG.size
    return at + _padded(length) if by_text else at


def _values(data: bytes, at: int, kind: int) -> tuple[Value | None, int]:
    """The first value of a property, and where the next property starts."""
    single = kind & ~_SEVERAL
    size = _SIZES.get(single, 0)
    if not size and single not in _COUNTED:
        raise struct.error
    count = 1
    if single in _COUNTED or kind & _SEVERAL:
        (count,) = _LONG.unpack_from(data, at)
        at += _LONG.size
    if size:
        return (Value(single, data[at : at + size]) if count else None), at + size * count
    first: Value | None = None
    for _ in range(min(count, _VALUES)):
        (length,) = _LONG.unpack_from(data, at)
        at += _LONG.size
        first = first or Value(single, data[at : at + length])
        at += _padded(length)
    return first, at


def _padded(length: int) -> int:
    return length + -length % _LONG.size
