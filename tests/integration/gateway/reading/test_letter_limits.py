"""Letters made to exhaust us: each is kept, named unreadable where it is too much, and read within moments."""

import time

import pytest

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
    "lines": MIXED + b"--\n" * 1_100_000,
    "one line": HEAD + b"\nhi\n" + b"x" * 70_000,
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
