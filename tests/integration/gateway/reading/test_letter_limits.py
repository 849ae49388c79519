"""Letters made to exhaust us: each is kept, named unreadable where it is too much, and read within moments."""

import base64
import time
from pathlib import Path
from typing import Any

import pytest

from config.keys import SECTIONS
from config.settings import Limits
from gateway.reading import parsing

HEAD = b"From: Eve <eve@evil.example>\nTo: support@studio.example\nMIME-Version: 1.0\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"


def nested(depth: int) -> bytes:
    return (
        HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(depth)) + b"\nhi\n"
    )


TOO_MUCH = {
    "header block": HEAD + b"X: y\n" * 40_000 + b"\nhi",
    "subject": HEAD + b"Subject: " + b"=?utf-8?Q?a?= " * 2000 + b"\n\nhi",
    "addresses": HEAD + b"Cc: " + b"a@b.example, " * 300 + b"\n\nhi",
    "parameters": HEAD + b"Content-Type: text/plain; " + b"a=b; " * 200 + b"\n\nhi",
    "depth": nested(1000),
    "parts": MIXED + b"--b\n\nx\n" * 5000,
    "one line": HEAD + b"\nhi\n" + b"x" * 70_000,
    "one line of a page": HEAD + b"Content-Type: text/html\n\nhi\n" + b"x" * 70_000,
    "one line of a text part": MIXED + b"--b\n\nhi\n" + b"x" * 70_000 + b"\n--b--\n",
    "one line of a part's header": MIXED + b"--b\nX-Long: " + b"x" * 70_000 + b"\n\nhi\n--b--\n",
    "segments": HEAD + b"Content-Type: text/plain; " + b"".join(b"name*%d=a; " % number for number in range(120)) + b"\n\nhi",
}
HARMLESS = {
    "blank lines": HEAD + b"\n" + b"\n" * 100_000,
    "openings": HEAD + b"\n" + b"On Mon\n" * 20_000,
    "one opening": HEAD + b"\n" + b"On " * 20_000,
    "dashes": HEAD + b"\n" + (b"-" * 60_000 + b"\n") * 4,
    "quote marks": HEAD + b"\n" + b"> x\n" * 20_000,
    "header lines": HEAD + b"\n" + b"From: a@b.example\n" * 10_000,
    "brackets": HEAD.replace(b"Eve", b"(" * 10_000) + b"\nhi",
    "quotes": HEAD.replace(b"Eve", b'"' * 10_000) + b"\nhi",
    "nested html": HEAD + b"Content-Type: text/html\n\n" + b"<div>\n" * 100_000 + b"/done",
    "styled html": HEAD + b"Content-Type: text/html\n\n" + b'<div style="border-top:solid">\n' * 10_000 + b"From: x",
    "attached letters": HEAD + b"Content-Type: message/rfc822\n\n" * 3000 + b"\nhi",
    "bytes": bytes(range(256)) * 1000,
    "lines of two dashes": MIXED + b"--\n" * 1_100_000,
    "a boundary's beginnings": MIXED + b"--b\n\n" + b"--bb\n" * 1_100_000,
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_a_letter_over_a_limit_is_unreadable_and_keeps_its_sender(kind: str) -> None:
    found = parsing.parse(TOO_MUCH[kind])
    assert found.unreadable
    assert found.sender is not None
    assert found.sender.email == "eve@evil.example"


@pytest.mark.parametrize("kind", HARMLESS)
def test_odd_letters_are_read_within_moments(kind: str) -> None:
    started = time.process_time()
    assert not parsing.parse(HARMLESS[kind]).unreadable
    assert time.process_time() - started < 3


def test_html_nested_beyond_reason_commands_nothing() -> None:
    assert parsing.parse(HARMLESS["nested html"]).command_lines == ()


FILES = {
    "a file in one line": b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
    + base64.b64encode(b"x" * 90_000),
    "a table in one line": b"Content-Type: text/csv; name=a.csv\nContent-Disposition: attachment\n\n" + b"x;" * 50_000,
    "a file of dashes": b"Content-Type: application/sql; name=a.sql\n\n" + b"-- x\n" * 210_000,
}


@pytest.mark.parametrize("kind", FILES)
def test_what_lines_a_file_has_keeps_no_letter_from_being_read(kind: str) -> None:
    found = parsing.parse(MIXED + b"--b\nContent-Type: text/plain\n\nHi\n--b\n" + FILES[kind] + b"\n--b--\n")
    assert (found.unreadable, found.text, len(found.attachments)) == ("", "Hi", 1)


def in_levels(number: int) -> bytes:
    return (
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d.\n\n--b%d.\n" % (level, level) for level in range(number)) + b"\nhi\n"
    )


def in_parameters(number: int, name: bytes) -> bytes:
    listed = b"; ".join(name % place for place in range(number))
    return HEAD + b"Content-Type: multipart/mixed; " + listed + b"; boundary=b\n\n--b\n\nhi\n--b--\n"


def in_addresses(number: int) -> bytes:
    return HEAD.replace(b"support@studio.example", b", ".join(b"u%d@b.example" % place for place in range(number))) + b"\nhi"


HIGHEST = {
    "header_block": HEAD + b"X: %s\n" % (b"y" * 900) * 1100 + b"\nhi",
    "header": HEAD + b"Subject: " + b"x " * 32_000 + b"\n\nhi",
    "header_fields": HEAD + b"X: y\n" * 9000 + b"\nhi",
    "levels": in_levels(100),
    "parts": MIXED + b"--b\n\nhi\n" * 10_000 + b"--b--\n",
    "boundary": HEAD + b"Content-Type: multipart/mixed; boundary=%s\n\n--%s\n\nhi\n" % (b"b" * 1000, b"b" * 1000),
    "addresses": in_addresses(1000),
    "encoded_words": HEAD + b"Subject: " + b" ".join(b"=?utf-8?q?a%d?=" % place for place in range(1000)) + b"\n\nhi",
    "parameters": in_parameters(199, b"p%d=1"),
    "segments": in_parameters(500, b"name*%d=a"),
    "line": HEAD + b"\nhi" + b"x" * 1_000_000,
    "text": HEAD + b"\n" + b"hi\n" * 200_000,
    "html": HEAD + b"Content-Type: text/html\n\n" + b"hi<br>\n" * 100_000,
}


SIZES = {"header_block": "1MB", "header": "64KB", "line": "1MB", "text": "16MB", "html": "16MB"}
COUNTS = {"header_fields": 10_000, "levels": 100, "parts": 10_000, "boundary": 1000, "addresses": 1000}
COUNTS |= {"encoded_words": 1000, "parameters": 200, "segments": 500}


def setting(name: str, value: object) -> Any:
    """What a value in the configuration makes of a limit."""
    return SECTIONS["limits"][name].read(value, Path())


@pytest.mark.parametrize("name", HIGHEST)
def test_the_highest_limits_that_may_be_set_hold(name: str) -> None:
    found = parsing.parse(HIGHEST[name], Limits(**{key: setting(key, value) for key, value in (SIZES | COUNTS).items()}))
    assert found.unreadable == ""
    assert found.text.startswith("hi")
    assert len(found.to) == (1000 if name == "addresses" else 1)
    assert name != "encoded_words" or found.subject.endswith("a998a999")
    assert name != "header" or len(found.subject) > 60_000


@pytest.mark.parametrize("name", COUNTS)
def test_no_limit_may_be_set_higher_than_it_holds(name: str) -> None:
    with pytest.raises(ValueError, match=f"a whole number from 1 to {COUNTS[name]}"):
        setting(name, COUNTS[name] + 1)


@pytest.mark.parametrize("name", SIZES)
def test_no_size_may_be_set_larger_than_it_holds(name: str) -> None:
    with pytest.raises(ValueError, match=f"a size from 1KB to {SIZES[name]}"):
        setting(name, "1GB")


def test_the_memory_of_the_reader_is_some_but_no_more_than_there_is() -> None:
    assert setting("reader_memory", "256MB") == 256 * 1024**2
    for size in ("10MB", "65GB"):
        with pytest.raises(ValueError, match="a size from 256MB to 64GB"):
            setting("reader_memory", size)
