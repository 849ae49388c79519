"""A letter's bytes behind DATA, however they are cut; and what stands above them."""

import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import trace
from gateway.content import Content

TRACE = b"Received: here\r\n"
PIECES = st.lists(st.sampled_from([b"\r", b"\n", b".", b"..", b"\r\n", b"\r\n.", b"a", b" ", b"\x00"]), max_size=40).map(b"".join)
END = re.compile(rb"(?:\A|\r\n)\.\r\n")


def fed(stream: bytes, cuts: list[int]) -> tuple[Content, bytes]:
    """The content, and what came behind the packet that ended it."""
    content = Content(TRACE, 10_000)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, end in pairwise(edges):
        if start < end and content.add(stream[start:end]):
            return content, stream[end:]
    message = "it never ended"
    raise AssertionError(message)


@given(PIECES, PIECES, st.lists(st.integers(0, 1000), max_size=8))
def test_a_lone_dot_alone_ends_a_letter_wherever_the_bytes_are_cut(before: bytes, behind: bytes, cuts: list[int]) -> None:
    stream = before + b"\r\n.\r\n" + behind
    found = END.search(stream)
    assert found is not None
    content, later = fed(stream, cuts)
    assert content.rest() + later == stream[found.end() :]
    wanted = stream[: found.end() - len(b".\r\n")]
    unstuffed = (b"\r\n" + wanted).replace(b"\r\n.", b"\r\n")[2:]
    gap = b"\r\n" if wanted[:1] in (b" ", b"\t") and wanted[:1] else b""
    assert content.letter() == TRACE + gap + unstuffed


@pytest.mark.parametrize("size", [98, 99, 100, 101, 5000])
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_letter_that_is_too_big_is_read_to_its_end_and_not_kept(size: int, step: int) -> None:
    content = Content(TRACE, 100)
    stream = b"x" * size + b"\r\n.\r\nNOOP"
    largest = 0
    for at in range(0, len(stream), step):
        ended = content.add(stream[at : at + step])
        largest = max(largest, content.held)
        if ended:
            break
    assert (content.letter() is None) == (size > 98)
    assert step == 10_000 or largest < 100 + len(TRACE) + 2 * step + 10


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"door": "smtp", "extended": False, "tls": False, "utf8": False}, "SMTP"),
        ({"door": "smtp", "extended": True, "tls": True, "utf8": False}, "ESMTPS"),
        ({"door": "smtp", "extended": True, "tls": True, "utf8": True}, "UTF8SMTPS"),
        ({"door": "lmtp", "extended": True, "tls": False, "utf8": False}, "LMTP"),
        ({"door": "lmtp", "extended": True, "tls": False, "utf8": True}, "UTF8LMTP"),
    ],
)
def test_protocols_have_their_registered_names(given: dict[str, bool], named: str) -> None:
    assert trace.protocol(**given) == named  # type: ignore[arg-type]


@given(st.text(max_size=3000), st.text(max_size=3000), st.text(max_size=3000))
def test_a_client_writes_nothing_of_its_own_above_a_letter(helo: str, sender: str, recipient: str) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    lines = trace.of(trace.Handover(helo, "2001:db8::1", "desk.example", "ESMTP", sender, (recipient,), at)).split(b"\r\n")
    assert [line.split(b" ")[0] for line in lines] == [b"Return-Path:", b"Received:", b"\tby", b"\tfor", b"\tSun,", b""]
    assert not any(b"\n" in line or b"\r" in line or b"\x00" in line for line in lines)
    assert max(map(len, lines)) < 2200
