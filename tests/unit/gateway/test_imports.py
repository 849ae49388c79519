"""Letters come out of files as they are, one after the other."""

import mailbox
from pathlib import Path

import pytest

from gateway.envelopes import read as read_envelope
from gateway.imports import Unreadable, read

FIRST = b"From: a@b.example\nSubject: one\n\nFrom here on.\n>From there.\n\nFrom us with love 10:00 2026\nend\n"
SECOND = b"From: c@d.example\nSubject: two\n\n\nx\n\n\n"


def test_an_eml_is_one_letter_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "x.eml"
    file.write_bytes(b"From a@b Mon Nov  2 10:00:00 2026\n" + FIRST + b"\x00\xff\r\r\n")
    assert list(read(file)) == [file.read_bytes()]


def test_an_mbox_as_the_standard_library_writes_it_gives_back_its_letters(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    for raw in (FIRST, SECOND):
        box.add(raw)
    box.close()
    assert [letter for letter in read(tmp_path / "box") if isinstance(letter, bytes)] == [FIRST.replace(b"\n>From", b"\nFrom"), SECOND]


def test_crlf_and_a_missing_last_line_end_do_not_matter(tmp_path: Path) -> None:
    line = b"From MAILER-DAEMON Mon Nov  2 10:00:00 2026\r\n"
    (tmp_path / "box").write_bytes(line + b"Subject: 1\r\n\r\nx\r\n\r\n" + line + b"Subject: 2\r\n\r\ny")
    assert list(read(tmp_path / "box")) == [b"Subject: 1\r\n\r\nx\r\n", b"Subject: 2\r\n\r\ny"]


def test_a_maildir_gives_new_and_seen_letters(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "Maildir")
    for raw in (FIRST, SECOND):
        box.add(raw)
    (tmp_path / "Maildir" / "tmp" / "half").write_bytes(b"half")
    assert sorted(letter for letter in read(tmp_path / "Maildir") if isinstance(letter, bytes)) == sorted([FIRST, SECOND])


def test_a_folder_gives_everything_in_it_that_may_be_a_letter(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.eml", "deep/a.txt", "c", ".hidden", "answers.json"):
        (tmp_path / name).write_bytes(name.encode())
    assert list(read(tmp_path)) == [b"b.eml", b"c", b"deep/a.txt"]


def test_a_bare_body_and_an_empty_file_are_letters_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "b").write_bytes(b"From time to time")
    assert list(read(tmp_path)) == [b"", b"From time to time"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    Path(tmp_path / "x.eml").symlink_to("nowhere")
    (found,) = read(tmp_path)
    assert isinstance(found, Unreadable)
    assert (found.path, found.reason) == (tmp_path / "x.eml", "No such file or directory")


@pytest.mark.parametrize("raw", [b"", b"\xff" * 100, b"Return-Path: <>\r\n\r\n"])
def test_a_letter_without_traces_has_an_empty_envelope(raw: bytes) -> None:
    assert read_envelope(raw) == ("", ())


def test_the_last_servers_traces_are_the_envelope() -> None:
    raw = b"Return-Path: <Ivan@client.example>\nDelivered-To: support+7.x@studio.example\nX-Original-To: support@studio.example\n\nx"
    assert read_envelope(raw) == ("ivan@client.example", ("support+7.x@studio.example", "support@studio.example"))
