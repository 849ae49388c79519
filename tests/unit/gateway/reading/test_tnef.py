"""winmail.dat: the files a person attached, and the words Exchange packed with them."""

import base64
import struct

from gateway.reading import parsing, tnef
from gateway.reading.packed_rtf import Room

HEAD = struct.pack("<IH", 0x223E9F78, 1)
BODY, CODE_PAGE, PROPERTIES, NEXT, TITLE, DATA, OF_FILE = 0x2800C, 0x69007, 0x69003, 0x69002, 0x18010, 0x6800F, 0x69005
TEXT, WIDE, BYTES, OBJECT = 0x1E, 0x1F, 0x102, 0xD


def piece(kind: int, data: bytes) -> bytes:
    return struct.pack("<BII", 2, kind, len(data)) + data + b"\0\0"


def held(kind: int, number: int, data: bytes, name: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, number) + name + struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)


def listed(*properties: bytes) -> bytes:
    return struct.pack("<I", len(properties)) + b"".join(properties)


def file(title: bytes, content: bytes, *properties: bytes) -> bytes:
    return piece(NEXT, bytes(14)) + piece(TITLE, title + b"\0") + piece(DATA, content) + piece(OF_FILE, listed(*properties))


def letter(stream: bytes) -> bytes:
    head = b"From: a@b.example\nSubject: x\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
    return head + base64.encodebytes(stream)


def test_files_come_out_under_their_long_names_and_types() -> None:
    named = bytes(16) + struct.pack("<II", 1, 6) + "abc".encode("utf-16-le") + b"\0\0"
    properties = (
        held(TEXT, 0x8001, b"passed over", named),
        held(WIDE, 0x3707, "Акт за май.pdf\0".encode("utf-16-le")),
        held(TEXT, 0x370E, b"application/pdf\0"),
    )
    found = parsing.parse(letter(HEAD + file(b"AKT~1.PDF", b"%PDF", *properties)))
    assert [(one.name, one.content_type, one.content) for one in found.attachments] == [("Акт за май.pdf", "application/pdf", b"%PDF")]


def test_russian_of_an_old_page_is_read() -> None:
    stream = HEAD + piece(CODE_PAGE, struct.pack("<II", 1251, 0)) + piece(BODY, "Смотрите файл\0".encode("cp1251"))
    found = parsing.parse(letter(stream + file("Счёт.txt".encode("cp1251"), b"x")))
    assert (found.text, [one.name for one in found.attachments]) == ("Смотрите файл", ["Счёт.txt"])


def test_pictures_that_the_text_shows_are_inline() -> None:
    html = piece(PROPERTIES, listed(held(BYTES, 0x1013, b'<p>Hi <img src="cid:logo@x"></p>')))
    stream = HEAD + html + file(b"a.png", b"x", held(TEXT, 0x3712, b"logo@x\0")) + file(b"b.png", b"x", held(TEXT, 0x3712, b"other@x\0"))
    found = parsing.parse(letter(stream))
    assert (found.text, [(one.name, one.inline) for one in found.attachments]) == ("Hi", [("a.png", True), ("b.png", False)])


def test_a_letter_in_the_letter_gives_its_files_and_words() -> None:
    rtf = b"{\\rtf1 Hello}"
    packed = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    inner = HEAD + piece(PROPERTIES, listed(held(BYTES, 0x1009, packed))) + file(b"inner.txt", b"x")
    held_letter = (held(TEXT, 0x3001, b"Question\0"), held(OBJECT, 0x3701, bytes(16) + inner))
    found = tnef.unpack(HEAD + file(b"Untitled", b"", *held_letter), Room()) or ()
    assert [(one.name, one.content) for one in found] == [("inner.txt", b"x"), ("Question.rtf", rtf)]


def test_text_packed_as_rtf_is_read_where_there_is_no_other() -> None:
    rtf = b"{\\rtf1\\ansi\\ansicpg1251 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2}"
    packed = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    assert parsing.parse(letter(HEAD + piece(PROPERTIES, listed(held(BYTES, 0x1009, packed))))).text == "Привет"


def test_the_words_of_winmail_dat_are_read_beside_empty_bodies() -> None:
    stream = base64.encodebytes(HEAD + piece(BODY, b"Words\0")).decode()
    empty = "--c\nContent-Type: text/plain\n\n\n--c\nContent-Type: text/html\n\n<p></p>\n--c--\n"
    raw = (
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: multipart/alternative; boundary=c\n\n{empty}"
        f"--b\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n{stream}--b--\n"
    )
    assert parsing.parse(raw.encode()).text == "Words"


def test_what_is_no_stream_stays_a_file() -> None:
    assert [one.name for one in parsing.parse(letter(b"nothing of the kind")).attachments] == ["winmail.dat"]
