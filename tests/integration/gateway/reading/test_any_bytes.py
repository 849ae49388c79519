"""Whatever bytes come, a letter is read: nothing is raised, nothing is lost, and reading it again finds the same."""

import re
import struct
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reading import parsing
from helpdesk.messages import Letter
from tests.fuzz import mutations, promises

LETTERS = sorted((Path(__file__).parents[3] / "letters").glob("*.eml"))
HEAD = b"From: Eve <eve@evil.example>\nTo: support@studio.example\nMIME-Version: 1.0\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\n\n"
# New letters each time; what to write into a test to see a failure again is printed.
often = settings(max_examples=150, deadline=None, print_blob=True)

noise = st.binary(max_size=30)
words = st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace"))


def soup(*pieces: bytes, between: bytes = b"") -> st.SearchStrategy[bytes]:
    """Pieces in any order and number, with anything among them."""
    return st.lists(st.one_of(st.sampled_from(pieces), st.sampled_from(pieces), words, noise), max_size=25).map(between.join)


fields = soup(*mutations.FIELDS, b" folded", b"\t; x=y", between=b"\n")
lines = soup(*(line.encode() for line in mutations.LINES), b"", b"", between=b"\n")
encoded = soup(*b'=?utf-8?B?|=?utf-8?Q?|=?utf-7?Q?|=?koi8-r?b?|?=|=D0|=|0JA=|_|?|+2AA-|, |<a@b.example>|"|(|)|\\|:|;'.split(b"|"))
parameters = soup(
    *b";|name=|name*=|name*0*=|name*1=|filename=|utf-8''|%D0%90|\"|=?utf-8?Q?a?=| |\\|../|C:\\|charset=|boundary=b".split(b"|")
)
markup = soup(
    *b"<div>|</div>|<p>|<br>|<blockquote>|</blockquote>|<blockquote type=cite>|<div class=gmail_quote>|<div class=gmail_signature>".split(
        b"|"
    ),
    *b"<div id=divRplyFwdMsg>|<div style='border-top:solid'>|<div style='display:none'>|<table>|<tr>|<td>|</table>|<pre>|<li>".split(b"|"),
    *b"<style>.a{display:none}</style>|<p class=a>|<!--|-->|<![if x]>|<![CDATA[|&nbsp;|&#0;|&#xd800;|<b|<a href='|<a href=https://a.example/&#10;b>x</a>|>|'|<title>".split(
        b"|"
    ),
    *(line.encode() for line in mutations.LINES),
)
statuses = soup(
    *b"Final-Recipient: rfc822; a@b.example|Original-Recipient: x|Action: failed|Action: delivered|Status: 5.1.1|Status: 4.0.0".split(b"|"),
    *b"Diagnostic-Code: smtp; 550|Disposition: automatic-action/x; deleted|Original-Message-ID: <>|Message-ID: <a@b>| folded||".split(b"|"),
    between=b"\n",
)
calendar = soup(
    *b"BEGIN:VCALENDAR|BEGIN:VEVENT|END:VEVENT|BEGIN:VALARM|SUMMARY;LANGUAGE=ru:x|DTSTART:20260101T100000Z".split(b"|"),
    *b"DTSTART:99991231T000000|DURATION:P1D|DURATION:P9999W|DTSTART:00010101|DTEND:00010101T000000".split(b"|"),
    *b"DTSTART;TZID=Europe/Moscow:20260101T990000|DTEND:2026|LOCATION:a\\, b|DESCRIPTION:\\n| folded".split(b"|"),
    *b'SUMMARY;X="a:b|ORGANIZER;CN=A:mailto:a@b.example|RRULE:FREQ=DAILY'.split(b"|"),
    between=b"\n",
)
rich = soup(
    *rb"{\rtf1 |{|}|\u1055?|\u-1|\'cf|\par|\bin9 |\ansicpg1251|\fonttbl|\f0|\fcharset204|\*|\\|\uc8|<bold>|<excerpt>|<param>|<<".split(b"|")
)
objects = st.lists(
    st.builds(
        lambda level, kind, data, lie: struct.pack("<BII", level, kind, max(0, len(data) + lie)) + data + b"\0\0",
        st.sampled_from([1, 2]),
        st.sampled_from([0x69003, 0x69004, 0x69002, 0x69005, 0x18010, 0x6800F, 0x2800C, 0x69007, 0x38005, 0x78008]),
        st.one_of(st.binary(max_size=60), st.binary(max_size=40).map(lambda data: struct.pack("<IHH", 3, 0x1E, 0x1000) + data)),
        st.sampled_from([0, 0, 0, 1, -1, 1000]),
    ),
    max_size=8,
).map(lambda pieces: struct.pack("<IH", 0x223E9F78, 1) + b"".join(pieces))


def typed(kind: bytes, content: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A part: its fields and content."""
    encodings = st.sampled_from([b"", b"", b"", b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n"])
    return st.builds(lambda encoding, body: b"Content-Type: " + kind + b"\n" + encoding + b"\n" + body, encodings, content)


PARTS = {
    "plain text": typed(b"text/plain; charset=utf-8", lines),
    "flowed text": typed(b"text/plain; format=flowed; delsp=yes; charset=utf-7", lines),
    "Japanese text": typed(b"text/plain; charset=iso-2022-jp", soup(b"\x1b$B", b"\x1b(B", b"-!", b"\x1b$@", b"\n", b"\x1b")),
    "pages": typed(b"text/html; charset=utf-8", markup),
    "rich text": typed(b"application/rtf", rich),
    "enriched text": typed(b"text/enriched", rich),
    "statuses": typed(b"message/delivery-status", statuses),
    "receipts": typed(b"message/disposition-notification", statuses),
    "calendars": typed(b"text/calendar; charset=utf-8", calendar),
    "winmail.dat": typed(b"application/ms-tnef", objects),
    "letters": typed(b"message/rfc822", st.builds(lambda head, body: head + b"\n\n" + body, fields, lines)),
    "signed data": typed(b"application/pkcs7-mime; smime-type=signed-data", st.binary(max_size=80)),
    "files": st.builds(
        lambda first, second: b"Content-Type: x/y; " + first + b"\nContent-Disposition: " + second + b"\n\nx", parameters, parameters
    ),
}
KINDS = (b"mixed", b"alternative", b"related", b"report", b"signed", b"digest", b"encrypted")


def together(kind: bytes, boundary: bytes, children: list[bytes], end: bytes) -> bytes:
    """A multipart of parts; boundaries may meet those of others."""
    opening = b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\n\n"
    return opening + b"".join(b"--" + boundary + b"\n" + child + b"\n" for child in children) + end


def nested(children: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    boundaries, ends = st.sampled_from([b"b", b"c", b"b--", b"d:"]), st.sampled_from([b"", b"--b--\n", b"--c--\nx"])
    return st.builds(together, st.sampled_from(KINDS), boundaries, st.lists(children, max_size=4), ends)


trees = st.recursive(st.one_of(*PARTS.values()), nested, max_leaves=12)


@pytest.mark.parametrize("kind", PARTS)
def test_whatever_a_part_holds_it_is_read(kind: str) -> None:
    @settings(often, max_examples=60)
    @given(PARTS[kind])
    def is_read(part: bytes) -> None:
        promises.read(HEAD + part)

    is_read()


@often
@given(fields, lines)
def test_whatever_fields_stand_over_a_letter_it_is_read(head: bytes, body: bytes) -> None:
    promises.read(head + b"\n\n" + body)


@often
@given(st.sampled_from([b"From", b"To", b"Subject", b"Message-ID", b"References", b"Date", b"X-Failed-Recipients"]), encoded)
def test_whatever_a_field_holds_it_is_read(name: bytes, value: bytes) -> None:
    promises.read(name + b": " + value + b"\nX-More: x\n\nx")


@often
@given(trees)
def test_however_parts_stand_in_parts_they_are_read(tree: bytes) -> None:
    promises.read(HEAD + tree)


@often
@given(st.binary(max_size=300))
def test_bytes_that_are_no_letter_are_read(raw: bytes) -> None:
    promises.read(raw)


@often
@given(st.sampled_from(LETTERS), st.integers(0, 2**32), st.integers(1, 8))
def test_a_letter_that_was_damaged_on_its_way_is_read(path: Path, seed: int, times: int) -> None:
    promises.read(mutations.mutated(path.read_bytes(), Random(seed), times))  # noqa: S311  nothing is secret here


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_a_letter_may_break_off_anywhere(path: Path) -> None:
    raw = path.read_bytes()
    for end in range(len(raw)):
        promises.read(raw[:end])


@often
@given(trees)
def test_reading_again_finds_the_same(tree: bytes) -> None:
    assert parsing.parse(HEAD + tree) == parsing.parse(HEAD + tree)


# Blocks that are taken out of a text and kept as files are no words of it.
PROSE = tuple(line for line in mutations.LINES if "PGP" not in line and not line.startswith(("begin ", "{\\rtf")))
WORD = re.compile(r"\w+")


@st.composite
def prose(draw: st.DrawFn) -> str:
    """Lines of mail programs and of people, each of whose words is known again."""
    found: list[str] = []
    for number in range(draw(st.integers(1, 12))):
        mark = draw(st.sampled_from(["", "", "", "> ", ">> ", ">"]))
        found.append(mark + draw(st.sampled_from([f"слово{number}", f"слово{number} и ещё word{number}.", "", *PROSE])))
    return "\n".join(found)


def all_of(letter: Letter) -> str:
    forwarded = letter.forwarded
    inside = (forwarded.text, forwarded.subject, forwarded.date, forwarded.sender.name, forwarded.sender.email) if forwarded else ()
    return "\n".join((letter.text, letter.quoted, letter.signature, *inside))


@often
@given(prose())
def test_no_word_of_a_letter_is_lost(body: str) -> None:
    found = set(WORD.findall(all_of(parsing.parse(PLAIN + body.encode()))))
    assert {word for word in WORD.findall(body) if word.startswith(("слово", "word"))} <= found


@often
@given(prose().filter(lambda body: any(map(str.isalnum, body))))
def test_a_letter_never_becomes_empty_by_cutting(body: str) -> None:
    found = parsing.parse(PLAIN + body.encode())
    assert found.text or found.forwarded or body.lstrip("> \n").startswith("##-")
