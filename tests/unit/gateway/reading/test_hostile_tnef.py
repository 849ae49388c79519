"""winmail.dat made to keep its reader busy: lengths and counts in it are claims."""

import struct
import time

import pytest

from gateway.reading import tnef
from gateway.reading.packed_rtf import Room

HEAD = struct.pack("<IH", 0x223E9F78, 1)
PROPERTIES, RECIPIENTS, OPENING, TITLE, DATA = 0x69003, 0x69004, 0x69002, 0x18010, 0x6800F
ENDLESS = 0xFFFFFFF0
SHORT, SEVERAL, TEXT = 0x2, 0x1000, 0x1E


def piece(level: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def counted(number: int, *properties: bytes) -> bytes:
    return struct.pack("<I", number) + b"".join(properties)


FILE = piece(2, OPENING, bytes(14)) + piece(2, TITLE, b"act.txt\0") + piece(2, DATA, b"words")
CLAIMS = {
    "properties": piece(1, PROPERTIES, counted(ENDLESS)),
    "properties after a good one": piece(1, PROPERTIES, counted(ENDLESS, struct.pack("<HHI", SHORT, 0x3001, 0))),
    "values of a property": piece(1, PROPERTIES, counted(1, struct.pack("<HHI", SHORT | SEVERAL, 0x3001, ENDLESS))),
    "parts of a text": piece(1, PROPERTIES, counted(1, struct.pack("<HHI", TEXT, 0x3001, ENDLESS))),
    "recipients": piece(1, RECIPIENTS, counted(ENDLESS) + bytes(400)),
    "objects": bytes(400_000),
    "files": piece(2, OPENING, bytes(14)) * 20_000,
    "size of an object": struct.pack("<BII", 1, PROPERTIES, ENDLESS),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_stream_that_claims_to_be_endless_comes_to_an_end(claim: str) -> None:
    begun = time.process_time()
    tnef.unpack(HEAD + CLAIMS[claim] + bytes(40), Room())
    tnef.words(HEAD + FILE + CLAIMS[claim] + bytes(40))
    assert time.process_time() - begun < 2


def test_an_ordinary_stream_gives_its_files() -> None:
    (file,) = tnef.unpack(HEAD + FILE, Room()) or ()
    assert (file.name, file.content) == ("act.txt", b"words")
