"""Compressed RTF, as Exchange packs formatted text into winmail.dat ([MS-OXRTFCP]).

Pure. Linear in the size the header claims, which is held to the room that one letter has for all such texts in it.
"""

import struct
from dataclasses import dataclass

_HEADER = struct.Struct("<IIII")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_IN_WINDOW = 4096 - 1
_BITS = (1, 2, 4, 8, 16, 32, 64, 128)
_FIRST_WORDS = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
    b"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


@dataclass(slots=True)
class Room:
    """How many bytes, packed and unpacked ones, may still be handled for one letter, however many winmail.dat it holds."""

    left: int = 8 * 1024 * 1024


def unpacked(data: bytes, room: Room) -> bytes:
    """The RTF in `data`; what is not packed, packed wrongly, or larger than the room, as it is."""
    kind, size = _head(data)
    if kind != _COMPRESSED:
        return beginning(data, size)
    if len(data) + size > room.left:
        return data
    found = beginning(data, size)
    room.left -= len(data) + len(found)
    return found


def beginning(data: bytes, most: int) -> bytes:
    """The first bytes of the RTF in `data`, at most so many; of what is not packed, or packed wrongly, as it is."""
    kind, size = _head(data)
    size = min(size, most)
    if kind == _PLAIN:
        return data[_HEADER.size : _HEADER.size + size]
    return (_expanded(data, size).rstrip(b"\x00") if kind == _COMPRESSED else b"") or data


def _head(data: bytes) -> tuple[int, int]:
    """How the text is packed, and how long it is said to be."""
    if len(data) < _HEADER.size:
        return 0, 0
    _, size, kind, _ = _HEADER.unpack_from(data)
    return kind, size


def _expanded(data: bytes, size: int) -> bytes:
    """Literal bytes and references into what was written before, eight of them under each control byte."""
    written = bytearray(_FIRST_WORDS)
    wanted = len(_FIRST_WORDS) + size
    at = _HEADER.size
    # All in one function, as it runs for every second byte.
    while at + 1 < len(data) and len(written) < wanted:
        control, at = data[at], at + 1
        for bit in _BITS:
            if not control & bit:
                written += data[at : at + 1]
                at += 1
                continue
            reference = data[at] << 8 | data[at + 1] if at + 1 < len(data) else 0
            at, end, length = at + 2, len(written), (reference & 0xF) + 2
            back = (end - (reference >> 4)) & _IN_WINDOW
            if not 0 < back <= end or at > len(data):
                return bytes(written[len(_FIRST_WORDS) : wanted])
            # What is repeated may run into its own repetition.
            written += written[end - back : end - back + length] if back >= length else (written[end - back :] * length)[:length]
    return bytes(written[len(_FIRST_WORDS) : wanted])
