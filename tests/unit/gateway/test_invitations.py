"""Calendar invites and winmail.dat: what a person would have been shown."""

import struct

import pytest

from gateway import packed_rtf, parsing

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


@pytest.mark.parametrize("line", ["DTSTART:soon", "DTSTART", "SUMMARY;;;", "DTSTART:20261399"])
def test_a_broken_event_breaks_nothing(line: str) -> None:
    raw = f"From: a@b.example\nContent-Type: text/calendar\n\nBEGIN:VEVENT\n{line}\nEND:VEVENT\n"
    assert not parsing.parse(raw.encode()).unreadable


def test_packed_rtf_is_unpacked() -> None:
    # The example of [MS-OXRTFCP] §3.1.1.
    packed = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0")
    assert packed_rtf.unpacked(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_plain_and_broken_rtf_stay() -> None:
    assert packed_rtf.unpacked(struct.pack("<IIII", 16, 4, 0x414C454D, 0) + b"{rt}") == b"{rt}"
    assert packed_rtf.unpacked(b"{\\rtf1}") == b"{\\rtf1}"
