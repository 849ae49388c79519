"""Letters that lie about how they are built: nothing in one breaks its reader, and no lie gets it past a limit."""

import pytest

from gateway.reading import charsets, parsing
from helpdesk.messages import Letter

HEAD = b"From: Eve <eve@evil.example>\nTo: support@studio.example\nMIME-Version: 1.0\n"
LEVELS = 60


def read(raw: bytes) -> Letter:
    """A letter that no error inside the reader turned into an unreadable one."""
    found = parsing.parse(raw)
    assert not found.unreadable.startswith("could not be read")
    return found


def nested(between: bytes) -> bytes:
    """Multiparts in multiparts; `between` stands after the type of each, before its boundary, and at the end of its header."""
    after, _, end = between.partition(b"|")
    head = b"Content-Type: multipart/mixed;%s boundary=b%d\n%s"
    return HEAD + head % (b"", 0, b"\n") + b"".join(b"--b%d\n" % level + head % (after, level + 1, end) for level in range(LEVELS)) + b"\nx"


WAYS = {
    "blank lines": b"|\n",
    "no line between header and body": b"|",
    "a lone CR before the boundary": b"\r|\n",
    "a line that is no field": b"|no field\n",
    "a field of dashes": b"|--: x\n\n",
    "a header larger than any": b"|" + (b"X-Long: " + b"x" * 60_000 + b"\n") * 3 + b"\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_levels_are_counted_however_their_headers_end(way: str) -> None:
    assert "over" in read(nested(WAYS[way])).unreadable


def test_parts_without_headers_are_counted() -> None:
    mixed = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    assert read(mixed + b"--b\n" * 5000 + b"\nx").unreadable.startswith("parts over")


def test_a_boundary_that_looks_like_a_field_parts_all_the_same() -> None:
    mixed = HEAD + b'Content-Type: multipart/mixed; boundary="b:c"\n\n'
    assert read(mixed + b"--b:c\n" * 5000 + b"\nx").unreadable.startswith("parts over")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_the_header_of_a_part_has_a_limit(end: bytes) -> None:
    mixed = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    raw = mixed + b"--b\nContent-Type: application/pdf\n" + b"X: y\n" * 40_000 + b"\nx\n--b--\n"
    assert read(raw.replace(b"\n", end)).unreadable.startswith("header block over")


@pytest.mark.parametrize("value", ["filename=" + "x" * 20_000, "a=b; " * 300, "=?utf-8?Q?a?= " * 300])
def test_a_field_of_a_part_has_the_limits_of_a_letters(value: str) -> None:
    mixed = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    raw = mixed + f"--b\nContent-Type: application/pdf\nContent-Disposition: attachment; {value}\n\nx\n--b--\n".encode()
    assert "content-disposition" in read(raw).unreadable


@pytest.mark.parametrize("edge", ["", "--b--\n"])
def test_a_large_text_around_the_parts_is_kept_away_from_the_line_reader(edge: str) -> None:
    mixed = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    around = b"\xff around the parts\n" * 20_000
    part = b"--b\n\nHello\n--b--\n"
    assert read(mixed + (part + around if edge else around + part)).text == "Hello"


# Half of a surrogate pair, as only UTF-7 can write one.
HALF = {
    "boundary": b'Content-Type: multipart/mixed; boundary="=?utf-7?Q?+2AA-?="\n\n--x\n',
    "text": b"Content-Type: text/plain; charset=utf-7\n\nx+2AA-\n",
    "page": b"Content-Type: text/html; charset=utf-7\n\nx+2AA-\n",
    "calendar": b"Content-Type: text/calendar; charset=utf-7\n\nBEGIN:VEVENT\nSUMMARY;x=+2AA-:+2AA-\n",
    "report": b"Content-Type: message/delivery-status; charset=utf-7\n\nAction: failed\nFinal-Recipient: x; a@b+2AA-\n\n",
    "file name": b"Content-Type: application/pdf; name*=utf-7''x+2AA-\n\nx",
}


@pytest.mark.parametrize("place", HALF)
def test_half_a_character_breaks_nothing(place: str) -> None:
    found = read(HEAD + HALF[place])
    "\n".join((found.text, found.subject, *(file.name for file in found.attachments))).encode()


def test_half_a_character_is_shown_as_one_that_is_missing() -> None:
    assert charsets.decode(b"+BB8-x+2AA-", "utf-7") == "Пx\ufffd"


def test_an_address_in_raw_bytes_is_text() -> None:
    found = read("From: Günther <g.ünther@shop.example>\nTo: <ü@shop.example>, <a\0b@shop.example>\n\nx".encode("cp1252"))
    assert found.sender is not None
    assert found.sender.email == "g.ünther@shop.example"
    assert "\0" not in "".join(one.email for one in found.to)


def test_a_type_in_raw_bytes_is_text() -> None:
    (file,) = read(HEAD + b"Content-Type: Application/x\0\xff-y\n\nx").attachments
    assert file.content_type == "application/x-y"


def test_a_report_may_name_its_letter_by_nothing() -> None:
    returned = b"Content-Type: message/rfc822\n\nMessage-ID: <>\nSubject: x\n\nx\n"
    found = read(HEAD + b"X-Failed-Recipients: olga@shop.example\n" + returned)
    assert found.report is not None
    assert found.report.original_message_id == ""


def test_a_report_may_name_its_letter_by_what_nobody_sees() -> None:
    found = read(HEAD + b"X-Failed-Recipients: olga@shop.example\n\nMessage-ID: <a\0b@shop.example>\n")
    assert found.report is not None
    assert found.report.original_message_id == "ab@shop.example"


def test_a_name_that_is_made_of_a_type_holds_no_path() -> None:
    (file,) = read(HEAD + b"Content-Type: ..\\..\\x\\y/z\n\nx").attachments
    assert file.name == "y.bin"


def test_a_begin_that_nothing_follows_is_prose_each_time() -> None:
    words = "begin 644 x.txt\nслово\n" * 3000
    assert read(HEAD + b"Content-Type: text/plain; charset=utf-8\n\n" + words.encode()).text == words.strip()
