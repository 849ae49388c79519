"""Calendar invites and winmail.dat: what a person would have been shown."""

import struct

import pytest

from gateway.reading import packed_rtf, parsing
from gateway.reading.packed_rtf import Room
from helpdesk.messages import Verdict

EVENT = """BEGIN:VCALENDAR
BEGIN:VTIMEZONE
BEGIN:STANDARD
DTSTART:16010101T000000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY;LANGUAGE=ru:Правки\\, главная
DTSTART;TZID="Europe/Moscow":20261121T100000
DTEND;TZID="Europe/Moscow":20261121T113000
LOCATION:Переговорная
 \x202
DESCRIPTION:Возьмите макет\\n/close
BEGIN:VALARM
DESCRIPTION:Alarm
END:VALARM
END:VEVENT
END:VCALENDAR
"""
SHOWN = "Правки, главная\n21.11.2026 10:00–11:30 (Europe/Moscow)\nПереговорная 2"


def invite(text: str) -> bytes:
    head = "From: anna@shop.example\nSubject: x\nContent-Type: multipart/alternative; boundary=b\n\n"
    parts = f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--b\nContent-Type: text/calendar; charset=utf-8\n\n{EVENT}\n--b--\n"
    return (head + parts).encode()


def test_an_invite_says_what_when_and_where() -> None:
    found = parsing.parse(invite("Жду вас."))
    assert found.text == f"Жду вас.\n\n{SHOWN}"
    assert [file.content_type for file in found.attachments] == ["text/calendar"]


def test_an_invite_without_a_letter_tells_its_own_words_and_commands_nothing() -> None:
    found = parsing.parse(invite(""))
    assert found.text == f"{SHOWN}\nВозьмите макет\n/close"
    assert found.command_lines == ()


def shown(*lines: str, method: str = "REQUEST", head: str = "Content-Type: text/calendar; charset=utf-8\n") -> str:
    event = "\r\n".join(("BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"))
    return parsing.parse(f"From: a@b.example\n{head}\n{event}".encode()).text


def test_an_invite_names_its_organiser() -> None:
    found = shown("SUMMARY:Созвон", "DTSTART:20261121T100000Z", 'ORGANIZER;CN="Анна Ли":MAILTO:Anna@shop.example')
    assert found == "Созвон\n21.11.2026 10:00 (UTC)\nАнна Ли <anna@shop.example>"


@pytest.mark.parametrize(
    ("lines", "time"),
    [
        (("DTSTART;VALUE=DATE:20261121", "DTEND;VALUE=DATE:20261122"), "21.11.2026"),
        (("DTSTART;VALUE=DATE:20261121", "DTEND;VALUE=DATE:20261124"), "21.11.2026–23.11.2026"),
        (("DTSTART;VALUE=DATE:20261121", "DURATION:P1D"), "21.11.2026"),
        (("DTSTART;TZID=Europe/Moscow:20261121T233000", "DURATION:PT1H"), "21.11.2026 23:30–22.11.2026 00:30 (Europe/Moscow)"),
        (("DTSTART;TZID=/registry.example/x/Europe/Moscow:20261121T100000",), "21.11.2026 10:00 (Europe/Moscow)"),
        (("DTSTART:20261121T100000", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5"), "21.11.2026 10:00 WEEKLY MO,WE ×5"),
        (("DTSTART:20261121T100000", "RRULE:FREQ=DAILY;UNTIL=20261231T000000Z"), "21.11.2026 10:00 DAILY –31.12.2026"),
    ],
)
def test_when_it_is_is_told_as_people_tell_it(lines: tuple[str, ...], time: str) -> None:
    assert shown("SUMMARY:Созвон", *lines) == f"Созвон\n{time}"


def test_what_is_cancelled_or_answered_says_so() -> None:
    assert shown("SUMMARY:Созвон", method="CANCEL") == "CANCELLED: Созвон"
    answer = shown("SUMMARY:Созвон", "ATTENDEE;PARTSTAT=DECLINED;CN=Пётр:mailto:petr@shop.example", method="REPLY")
    assert answer == "Созвон\nПётр <petr@shop.example>: DECLINED"


def test_a_calendar_attached_as_any_file_is_read() -> None:
    head = "Content-Type: application/octet-stream; name=meet.ics\n"
    assert shown("SUMMARY:Созвон\\; в 10\\\\15", head=head) == "Созвон; в 10\\15"


def test_lines_folded_inside_a_character_are_joined() -> None:
    folded = "SUMMARY:Созвон".encode().replace("з".encode(), b"\xd0\r\n \xb7")
    raw = b"From: a@b.example\nContent-Type: text/calendar; charset=utf-8\n\nBEGIN:VEVENT\r\n" + folded + b"\r\nEND:VEVENT\r\n"
    assert parsing.parse(raw).text == "Созвон"


def test_a_click_on_accept_is_no_letter_and_words_beside_it_are() -> None:
    head = "From: a@b.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
    part = "\n--b\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VEVENT\nEND:VEVENT\n--b--\n"
    assert parsing.parse((head + part).encode()).verdict is Verdict.AUTO_REPLY
    assert parsing.parse((head + "I shall be late" + part).encode()).verdict is Verdict.PERSON


@pytest.mark.parametrize("line", ["DTSTART:soon", "DTSTART", "SUMMARY;;;", "DTSTART:20261399"])
def test_a_broken_event_breaks_nothing(line: str) -> None:
    raw = f"From: a@b.example\nContent-Type: text/calendar\n\nBEGIN:VEVENT\n{line}\nEND:VEVENT\n"
    assert not parsing.parse(raw.encode()).unreadable


def test_packed_rtf_is_unpacked() -> None:
    # The example of [MS-OXRTFCP] §3.1.1.
    packed = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0")
    assert packed_rtf.unpacked(packed, Room()) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_plain_and_broken_rtf_stay() -> None:
    assert packed_rtf.unpacked(struct.pack("<IIII", 16, 4, 0x414C454D, 0) + b"{rt}", Room()) == b"{rt}"
    assert packed_rtf.unpacked(b"{\\rtf1}", Room()) == b"{\\rtf1}"


def test_texts_of_one_letter_share_the_room_to_be_unpacked_in() -> None:
    text = b"{\\rtf1 hello}"
    packed = struct.pack("<IIII", 0, 15, 0x75465A4C, 0) + b"\0" + text[:8] + b"\0" + text[8:]
    room = Room(left=60)
    assert packed_rtf.unpacked(packed, room) == text
    assert packed_rtf.unpacked(packed, room) == packed


def test_what_is_repeated_may_run_into_itself() -> None:
    packed = struct.pack("<IIII", 0, 9, 0x75465A4C, 0) + b"\x04ab" + struct.pack(">H", (207 << 4) | 5)
    assert packed_rtf.unpacked(packed, Room()) == b"ababababa"


@pytest.mark.parametrize("length", ["P1D", "P9999W", "PT999999S"])
def test_a_calendar_ends_with_the_year_9999(length: str) -> None:
    assert shown("SUMMARY:Навсегда", "DTSTART:99991231T000000", f"DURATION:{length}").startswith("Навсегда\n31.12.9999 00:00")
