"""Large letters: files come out as they were sent, texts are read as far as the limits go."""

import base64

import pytest

from config.settings import Limits
from gateway.reading import limits, parsing

HEAD = b"From: anna@shop.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="edge"\r\n\r\n'
FILE = b"--edge\r\nContent-Type: application/pdf; name=act.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def with_file(content: bytes, line_end: bytes = b"\r\n") -> bytes:
    armoured = base64.encodebytes(content).replace(b"\n", b"\r\n")
    raw = MIXED + b"--edge\r\nContent-Type: text/plain\r\n\r\nHello\r\n" + FILE + armoured + b"\r\n--edge--\r\n"
    return raw.replace(b"\r\n", line_end)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [10, 70_000, 350_000])
def test_an_attachment_comes_out_as_it_was_sent(size: int, line_end: bytes) -> None:
    content = bytes(number * 7 % 256 for number in range(size))
    found = parsing.parse(with_file(content, line_end))
    assert found.text == "Hello"
    assert [(file.name, file.content) for file in found.attachments] == [("act.pdf", content)]


def test_a_large_body_without_parts_is_read() -> None:
    found = parsing.parse(HEAD + b"\r\n" + b"a line of it\r\n" * 8000)
    assert found.text.startswith("a line of it\na line of it")


@pytest.mark.parametrize(("kind", "name"), [("plain", "text.txt"), ("html", "text.html")])
def test_a_text_too_long_to_be_read_to_its_end_lies_among_the_files(kind: str, name: str) -> None:
    text = ("Строка длинного текста\r\n" * 60_000).encode()
    found = parsing.parse(HEAD + b"Content-Type: text/%s; charset=utf-8\r\n\r\n" % kind.encode() + text)
    assert not found.unreadable
    assert found.text.startswith("Строка длинного текста")
    assert "\ufffd" not in found.text
    assert [(file.name, file.content) for file in found.attachments] == [(name, text)]


def test_a_long_text_is_cut_between_its_characters() -> None:
    head = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    found = parsing.parse(head + ("Я" * 40_000).encode(), Limits(text=50_001, line=100_000))
    assert (set(found.text), len(found.text)) == ({"Я"}, 25_000)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_parts_in_parts_are_counted_whatever_ends_a_line(line_end: bytes) -> None:
    levels = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (number, number + 1)
        for number in range(limits.DEFAULT.levels + 1)
    )
    raw = (HEAD + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + levels).replace(b"\r\n", line_end)
    assert "levels of parts" in parsing.parse(raw).unreadable


@pytest.mark.parametrize(("kind", "line"), [("plain", b"%d\r\n"), ("html", b"<br>%d\r\n")])
def test_a_text_of_more_lines_than_are_read_lies_among_the_files(kind: str, line: bytes) -> None:
    text = b"".join(line % number for number in range(limits.TEXT_LINES + 2000))
    assert len(text) < limits.DEFAULT.text
    found = parsing.parse(HEAD + b"Content-Type: text/%s\r\n\r\n" % kind.encode() + text)
    assert [file.content for file in found.attachments] == [text]
    assert f"{limits.TEXT_LINES + 1}" in found.quoted


def test_a_text_after_as_many_as_are_read_is_a_file() -> None:
    part = b"--edge\r\nContent-Type: text/plain\r\n\r\n"
    found = parsing.parse(MIXED + part + b"x\r\n" * 10 + part + b"last words\r\n--edge--\r\n", Limits(html=1024, text=20))
    assert found.text.endswith("last words")
    found = parsing.parse(MIXED + part + b"xx\r\n" * 500 + part + b"last words\r\n--edge--\r\n", Limits(html=1024, text=20))
    assert b"last words" in found.attachments[-1].content
