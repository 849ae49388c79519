"""Four times the letter takes about four times as long, whatever it is made of: nothing in it makes a reader look at it again."""

import base64
import struct
import time
from collections.abc import Callable

import pytest

from gateway.reading import parsing

HEAD = b"From: Eve <eve@evil.example>\nTo: support@studio.example\nMIME-Version: 1.0\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\n\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
STATUS = HEAD + b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
DAEMON = HEAD.replace(b"Eve <eve@", b"MAILER-DAEMON <mailer-daemon@") + b"\n"
TNEF = HEAD + b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
EVENT = HEAD + b"Content-Type: text/calendar\n\nBEGIN:VEVENT\n"
WIDEST = 50_000
# Of what takes less than this, no growth can be measured.
LEAST = 0.03
LARGEST = 4_000_000
# Linear is 4, quadratic 16.
MOST = 10


def long(unit: bytes) -> Callable[[int], bytes]:
    """A unit again and again, in lines as long as a letter may have them."""
    line = unit if unit.endswith(b"\n") else unit * (WIDEST // len(unit)) + b"\n"
    return lambda size: (line * (size // len(line) + 1))[:size]


def after(head: bytes, unit: bytes | str, end: bytes = b"") -> Callable[[int], bytes]:
    body = long(unit.encode() if isinstance(unit, str) else unit)
    return lambda size: head + body(size) + end


def packed(unit: bytes) -> Callable[[int], bytes]:
    return lambda size: TNEF + base64.encodebytes(struct.pack("<IH", 0x223E9F78, 1) + unit * (size // len(unit)))


def held(kind: int, *properties: tuple[int, int, bytes]) -> bytes:
    """An object of winmail.dat that lists properties."""
    listed = b"".join(struct.pack("<HHII", form, number, 1, len(data)) + data + bytes(-len(data) % 4) for form, number, data in properties)
    data = struct.pack("<I", len(properties)) + listed
    return struct.pack("<BII", 2, kind, len(data)) + data + b"\0\0"


def stream(*objects: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(objects)


def pictures(size: int) -> bytes:
    """A page that names nothing but pictures, and as many files as it may have."""
    page = held(0x69003, (0x102, 0x1013, b"<p>" + b"cid:" * (size // 8)))
    files = (
        struct.pack("<BII", 2, 0x69002, 0) + b"\0\0" + held(0x69005, (0x1E, 0x3712, b"<cid:%d>" % number)) for number in range(size // 100)
    )
    return TNEF + base64.encodebytes(stream(page, *files))


def texts_in_texts(size: int) -> bytes:
    """Attached letters whose formatted text unpacks to eight times its size."""
    packed_text = struct.pack("<IIII", 0, 65_536, 0x75465A4C, 0) + (b"\xff" + struct.pack(">H", (199 << 4) | 15) * 8) * 480
    inner = bytes(16) + stream(held(0x69003, (0x102, 0x1009, packed_text)))
    letter = struct.pack("<BII", 2, 0x69002, 0) + b"\0\0" + held(0x69005, (0xD, 0x3701, inner))
    return TNEF + base64.encodebytes(stream(*[letter] * (size // len(letter))))


FAMILIES = {
    "blank lines": after(PLAIN, b"\n"),
    "lone carriage returns": after(PLAIN, b"\r\n\r\r"),
    "blanks": after(PLAIN, b" ", b"x"),
    "blank lines of blanks": after(PLAIN, b"        \n"),
    "dashes": after(PLAIN, b"-"),
    "rules": after(PLAIN, b"-----\n"),
    "lines of underscores": after(PLAIN, b"____________\n"),
    "signature delimiters": after(PLAIN, b"-- \nx\n"),
    "device lines": after(PLAIN, "Отправлено с iPhone\nx\n"),
    "closings": after(PLAIN, "С уважением,\n\nx\n"),
    "thanks": after(PLAIN, "Спасибо\n"),
    "quote marks": after(PLAIN, b">"),
    "quoted lines": after(PLAIN, b"> x\n"),
    "deep quotes": after(PLAIN, b">" * 80 + b" x\n"),
    "answers in between": after(PLAIN, b"> x\nyes\n"),
    "flowed lines": after(PLAIN.replace(b"utf-8", b"utf-8; format=flowed; delsp=yes"), b"a \n"),
    "slashes": after(PLAIN, b"/spent 1h\n"),
    "brackets": after(PLAIN, b"("),
    "angles": after(PLAIN, b"<"),
    "header blocks": after(PLAIN, b"From: a@b.example\nSent: x\nTo: y\nSubject: z\n"),
    "senders": after(PLAIN, "От: Анна\n"),
    "header blocks on a line": after(PLAIN, b"From: a@b.example Date: Thu, 24 Mar 2016 To: c@d.example " * 30 + b"\n"),
    "header blocks after dashes": after(PLAIN, b"---- x ---- From: a@b.example Sent: 1 To: c@d.example " * 30 + b"\n"),
    "openings": after(PLAIN, b"On "),
    "opening lines": after(PLAIN, b"On Mon\n"),
    "attributions": after(PLAIN, "15 апр. 2025 г., в 12:10, Анна <a@b.example> написал(а):\n"),
    "attributions without an end": after(PLAIN, "15 апр. 2025 г., в 12:10, Анна\n"),
    "shared attributions": after(PLAIN, b"x On 4 Anna wrote: " * 20 + b"\n"),
    "dates": after(PLAIN, b"12:10 2020-01-01 @ "),
    "forward separators": after(PLAIN, b"---------- Forwarded message ----------\n"),
    "uuencoded files": after(PLAIN, b"begin 644 x.txt\n"),
    "signed words": after(PLAIN, b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\nx\n-----BEGIN PGP SIGNATURE-----\n"),
    "nested elements": after(HTML, b"<div>"),
    "nested quotes": after(HTML, b"<blockquote>x"),
    "nested tables": after(HTML, b"<table><tr><td>"),
    "nested fonts": after(HTML, b"<font><p>"),
    "nested code": after(HTML, b"<code><a><nobr>"),
    "list items": after(HTML, b"<li><dd>x"),
    "elements in a row": after(HTML, b"<div class='a b' style='color:red'>x</div>\n"),
    "thin lines": after(HTML, b"<div style='border-top:solid'>From: x</div>\n"),
    "line breaks": after(HTML, b"<br>\n"),
    "a style sheet": after(HTML + b"<style>", b".a,.b{display:none}\n", b"</style>x"),
    "style sheets": after(HTML, b"<style>.a{display:none}</style>\n"),
    "attributes": after(HTML + b"<div ", b"a='b' ", b">x"),
    "an inline style": after(HTML + b"<div style='", b"a:b;", b"'>x"),
    "comments": after(HTML, b"<!--"),
    "conditions": after(HTML, b"<!--[if mso]>"),
    "conditions of Word": after(HTML, b"<![if x "),
    "character data": after(HTML, b"<![CDATA["),
    "entities": after(HTML, b"&amp&#x41;"),
    "less-than signs": after(HTML, b"<"),
    "enriched text": after(HEAD + b"Content-Type: text/enriched\n\n", b"<bold><excerpt>x\n"),
    "rich text": after(HEAD + b"Content-Type: application/rtf\n\n{\\rtf1 ", b"{\\b\\'cf\\u1055?"),
    "broken base64": after(HEAD + b"Content-Transfer-Encoding: base64\n\n", b"!@#QUJD="),
    "soft line breaks": after(HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n", b"=\n"),
    "equals signs": after(HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n", b"="),
    "blanks in quoted-printable": after(HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n", b" =20"),
    "almost boundaries": after(MIXED, b"--bb\n"),
    "dashed lines": after(MIXED, b"--\n"),
    "boundaries": after(MIXED, b"--b\n"),
    "files": after(MIXED, b"--b\nContent-Type: application/x; name=y\n\n" + b"x" * 10_000 + b"\n"),
    "texts around the parts": after(MIXED, b"\xff around\n", b"--b\n\nx\n"),
    "folded fields": after(HEAD + b"X-Long: x\n", b" x\n", b"\nx"),
    "fields": after(HEAD, b"x:\n", b"\nx"),
    "broken fields": after(HEAD, b"no field\nTo: x\n", b"\nx"),
    "received lines": after(HEAD, b"Received: from a by b\n", b"\nx"),
    "delivery statuses": after(STATUS, b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n"),
    "status lines": after(STATUS, b"Action: failed\n"),
    "failures": after(DAEMON, b"<a@b.example>: 550 5.1.1 user unknown\n"),
    "blank lines of a daemon": after(DAEMON, b"\n"),
    "numbers of a daemon": after(DAEMON, b"5.1.1."),
    "addresses of a daemon": after(DAEMON, b"aaaa@"),
    "attached letters": after(HEAD, b"Content-Type: message/rfc822\n\n"),
    "fields of an attached letter": after(MIXED + b"--b\nContent-Type: message/rfc822\n\nSubject: x\n", b"x: y\n", b"\nx"),
    "a subject of an attached letter": after(MIXED + b"--b\nContent-Type: message/rfc822\n\nSubject: x\n", " я\n", b"\nx"),
    "events": after(EVENT, b"BEGIN:VEVENT\n"),
    "folded words of an event": after(EVENT + b"SUMMARY:x\n", b" x\n"),
    "objects of winmail.dat": packed(bytes(11)),
    "files of winmail.dat": packed(struct.pack("<BII", 2, 0x69002, 14) + bytes(16)),
    "pictures of winmail.dat": pictures,
    "packed texts of winmail.dat": texts_in_texts,
    "dashes in a file": after(MIXED + b"--b\nContent-Type: application/sql\n\n", b"-- x\n"),
    "almost boundaries in boundaries": after(MIXED + b"--b\nContent-Type: multipart/mixed; boundary=bc\n\n--bc\n\n", b"--bcd\n"),
    "a file in one line": lambda size: MIXED + b"--b\nContent-Type: application/pdf\n\n" + b"x--b" * (size // 4),
    "a status in one line": lambda size: STATUS + b"Final-Recipient: rfc822; " + b"a@b.example " * (size // 12),
    "a text in one line": lambda size: HEAD + b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(b"a@b <" * (size // 5)),
    "links": after(HTML, b"<a href='https://a.example/x'>here</a>, "),
    "links around blocks": after(HTML, b"<a href='https://a.example/x'><p>here</p></a>\n"),
    "half markers": after(PLAIN, b"> ##- x\n"),
    "armour without an end": after(PLAIN, b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n"),
    "shifts": after(PLAIN.replace(b"utf-8", b"utf-7"), b"+BBA-"),
    "escapes": after(PLAIN.replace(b"utf-8", b"iso-2022-jp"), b"\x1b$B-!\x1b(B"),
    "high bytes": after(PLAIN, b"\xcf\xf0\xe8 "),
}


def seconds(raw: bytes) -> float:
    """What reading takes of the processor."""
    begun = time.process_time()
    found = parsing.parse(raw)
    taken = time.process_time() - begun
    assert not found.unreadable.startswith("could not be read")
    return taken


def growth(letter: Callable[[int], bytes]) -> float:
    """How many times longer four times the letter takes."""
    size, taken = 16_000, 0.0
    while (taken := seconds(letter(size))) < LEAST and size < LARGEST:
        size *= 4
    return seconds(letter(4 * size)) / max(taken, LEAST)


@pytest.mark.parametrize("family", FAMILIES)
def test_four_times_the_letter_takes_about_four_times_as_long(family: str) -> None:
    # The machine may be busy with something else once, not each time.
    assert any(growth(FAMILIES[family]) < MOST for _ in range(3))


def test_a_name_for_a_letter_of_nothing_but_lines_is_found_at_once() -> None:
    begun = time.process_time()
    for head in (HEAD, HEAD + b"Message-ID: <a@b>\n", b"", b"Received: x\n" * 1_000_000):
        parsing.fingerprint(head + b"\n" * 5_000_000 + b"x")
    assert time.process_time() - begun < 2


def test_a_letter_of_very_many_lines_is_one_however_it_came() -> None:
    raw = PLAIN + b"x \n" * 300_000
    assert parsing.fingerprint(raw) == parsing.fingerprint(b"Received: by mx.example\r\n" + raw.replace(b" \n", b"\r\n"))
    assert parsing.fingerprint(raw) != parsing.fingerprint(raw.replace(b"x", b"y"))
