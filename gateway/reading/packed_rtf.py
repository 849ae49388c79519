"""Compressed RTF, as Exchange packs formatted text into winmail.dat ([MS-OXRTFCP]).

Pure. Linear in the size the header claims, which is held to a limit.
"""

import struct

_HEADER = struct.Struct("<IIII")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_LARGEST = 8 * 1024 * 1024
_FIRST_WORDS = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
    b"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def unpacked(data: bytes) -> bytes:
    """The RTF in `data`; what is not packed, or packed wrongly, as it is."""
    if len(data) < _HEADER.size:
        return data
    _, size, kind, _ = _HEADER.unpack_from(data)
    if kind == _PLAIN:
        return data[_HEADER.size : _HEADER.size + size]
    if kind != _COMPRESSED or size > _LARGEST:
        return data
    return _expanded(data[_HEADER.size :], size).rstrip(b"\x00") or data


def _expanded(data: bytes, size: int) -> bytes:
    """Literal bytes and references into what was written before, eight of them under each control byte."""
    written = bytearray(_FIRST_WORDS)
    wanted = len(_FIRST_WORDS) + size
    at = 0
    while at < len(data) and len(written) < wanted:
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                written += data[at : at + 1]
                at += 1
            elif at + 1 < len(data) and _copy(written, data[at] << 8 | data[at + 1]):
                at += 2
            else:
                return bytes(written[len(_FIRST_WORDS) : wanted])
    return bytes(written[len(_FIRST_WORDS) : wanted])


def _copy(written: bytearray, reference: int) -> bool:
    """Repeat what stands at a place of the window; false where the reference marks the end."""
    place, length = reference >> 4, (reference & 0xF) + 2
    back = (len(written) - place) % _WINDOW
    if not back or back > len(written):
        return False
    for _ in range(length):
        written.append(written[-back])
    return True
