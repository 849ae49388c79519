"""Large leaves are kept away from the parser that reads lines, and come back as they were."""

import base64
import time

import pytest

from gateway import fields, limits, mime, parsing

HEAD = b"From: anna@shop.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="edge"\r\n\r\n'
FILE = b"--edge\r\nContent-Type: application/pdf; name=act.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def with_file(content: bytes, line_end: bytes = b"\r\n") -> bytes:
    armoured = base64.encodebytes(content).replace(b"\n", b"\r\n")
    raw = MIXED + b"--edge\r\nContent-Type: text/plain\r\n\r\nHello\r\n" + FILE + armoured + b"\r\n--edge--\r\n"
    return raw.replace(b"\r\n", line_end)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [10, limits.LARGE_LEAF, 5 * limits.LARGE_LEAF])
def test_an_attachment_comes_out_as_it_was_sent(size: int, line_end: bytes) -> None:
    content = bytes(number * 7 % 256 for number in range(size))
    found = parsing.parse(with_file(content, line_end))
    assert found.text == "Hello"
    assert [(file.name, file.content) for file in found.attachments] == [("act.pdf", content)]


def test_a_large_body_without_parts_is_read() -> None:
    found = parsing.parse(HEAD + b"\r\n" + b"a line of it\r\n" * 8000)
    assert found.text.startswith("a line of it\na line of it")


def test_nobody_gets_a_file_twice_by_naming_its_place() -> None:
    content = b"x" * limits.LARGE_LEAF
    forged = b"--edge\r\nContent-Type: text/plain; name=a.txt\r\n\r\nleaf-kept-aside-0-0-leaf-kept-aside-1-0-\r\n"
    raw = MIXED + forged + FILE + base64.encodebytes(content) + b"\r\n--edge--\r\n"
    sizes = [len(file.content) for file in parsing.parse(raw).attachments]
    assert sizes == [len(b"leaf-kept-aside-0-0-leaf-kept-aside-1-0-"), limits.LARGE_LEAF]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_parts_in_parts_are_counted_whatever_ends_a_line(line_end: bytes) -> None:
    levels = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (number, number + 1) for number in range(limits.DEPTH + 1)
    )
    raw = (HEAD + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + levels).replace(b"\r\n", line_end)
    assert "levels of parts" in parsing.parse(raw).unreadable


def test_a_large_file_costs_no_reading_of_its_lines() -> None:
    split = fields.split(with_file(bytes(8_000_000)))
    begun = time.process_time()
    mime.tree(split)
    assert time.process_time() - begun < 1
