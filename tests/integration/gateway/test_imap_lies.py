"""A server may say anything: the door's thread lives on, memory is bounded, and an honest connection later loses nothing."""

import random
import resource
from dataclasses import replace
from email.policy import SMTP
from pathlib import Path

import pytest

from config.settings import Imap
from config.surroundings import Surroundings
from gateway import imap, mailbox, mailbox_line
from tests.integration.gateway import throwaway
from tests.integration.gateway.mailboxes import arrived, attending, lay_database, spooled
from tests.integration.gateway.scripted_imap import HANG_UP, SILENCE, Lie, Server, scripted
from tests.integration.gateway.throwaway import letter, make_studio, until

LETTERS = {uid: letter(f"Письмо {uid}").as_bytes(policy=SMTP) for uid in (3, 5, 8)}


@pytest.fixture
def studio(tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    monkeypatch.setattr(imap, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(imap, "_LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(imap, "_PAUSE_AFTER_REFUSAL", 0.05)
    monkeypatch.setattr(imap, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(mailbox_line, "READ_SECONDS", 0.3)
    monkeypatch.setattr(mailbox_line, "CONNECT_SECONDS", 0.3)
    lay_database(tmp_path, empty_database)
    monkeypatch.setattr(throwaway, "upgrade_schema", lambda _engine: None)
    return make_studio(tmp_path, 9)


def mailbox_at(server: Server) -> Imap:
    return Imap("127.0.0.1", server.port, "support", "secret", "none", "INBOX", "", max_message_size=100_000)


def to(command: str, said: bytes) -> Lie:
    """The lie that answers commands with these words."""
    return lambda asked, _truth: said if command.encode() in asked else None


def fetched(change: bytes, into: bytes) -> Lie:
    """The lie that changes what a letter is handed over as."""
    return lambda asked, truth: truth.replace(change, into) if b"BODY" in asked and b"PEEK" in asked else None


LIES = {
    "hangs up at once": to("GREETING", HANG_UP),
    "greets with BYE": to("GREETING", b"* BYE too many connections\r\n" + HANG_UP),
    "greets in HTTP": to("GREETING", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "greets with 2 GB": to("GREETING", b"* OK {2147483647}\r\n"),
    "says nothing": to("GREETING", SILENCE),
    "knows no capabilities": to("CAPABILITY", b"%tag BAD what?\r\n"),
    "refuses the login": to("LOGIN", b"%tag NO [UNAVAILABLE] later\r\n"),
    "lists nonsense": to("LIST", b"* LIST (((( \r\n%tag OK done\r\n"),
    "lists a name with a line end": to("LIST", b'* LIST () "/" {7}\r\nIN\r\nBOX\r\n%tag OK done\r\n'),
    "has no such folder": to("SELECT", b"%tag NO no such mailbox\r\n"),
    "numbers nothing": to("SELECT", b"* 3 EXISTS\r\n%tag OK done\r\n"),
    "numbers with words": to("SELECT", b"* OK [UIDVALIDITY many] ok\r\n%tag OK done\r\n"),
    "finds words": to("SEARCH", b"* SEARCH three five\r\n%tag OK done\r\n"),
    "finds what is not there": to("SEARCH", b"* SEARCH 3 4 5 6 7 8 9 999999\r\n%tag OK done\r\n"),
    "finds below what was asked": to("SEARCH", b"* SEARCH 1 2\r\n%tag OK done\r\n"),
    "finds no end": to("SEARCH", b"* SEARCH " + b"1 " * 600_000 + b"\r\n"),
    "tells no sizes": to("RFC822.SIZE", b"%tag OK done\r\n"),
    "tells sizes in words": lambda asked, truth: truth.replace(b"SIZE ", b"SIZE a") if b"SIZE" in asked else None,
    "withholds one letter": lambda asked, truth: truth.replace(b"UID 5 BODY[]", b"UID 5 X") if b"BODY.PEEK[]" in asked else None,
    "hands over nothing": to("BODY.PEEK[]", b"%tag OK done\r\n"),
    "refuses to fetch": to("BODY.PEEK[]", b"%tag NO internal error\r\n"),
    "hands over NIL": to("BODY.PEEK[]", b"* 1 FETCH (UID 3 BODY[] NIL)\r\n%tag OK done\r\n"),
    "leaves the UID out": fetched(b"UID 5 ", b""),
    "hands over more than announced": fetched(b"BODY[] {", b"BODY[] {1"),
    "hands over less than announced": fetched(b"\r\n\r\n", b"\r\n"),
    "announces 2 GB": fetched(b"BODY[] {", b"BODY[] {2147483"),
    "announces a negative size": fetched(b"BODY[] {", b"BODY[] {-"),
    "nests without end": to("BODY.PEEK[]", b"* 1 FETCH " + b"(" * 200_000 + b"\r\n%tag OK done\r\n"),
    "stops in a letter": to("BODY.PEEK[]", b"* 1 FETCH (UID 3 BODY[] {500}\r\nFrom: " + HANG_UP),
    "falls silent in a letter": to("BODY.PEEK[]", b"* 1 FETCH (UID 3 BODY[] {500}\r\nFrom: " + SILENCE),
    "talks without end": to("BODY.PEEK[]", b"* OK nothing to see\r\n" * 200_000),
    "says what is no UTF-8": to("BODY.PEEK[]", b"* \xff\xfe \x80\r\n%tag \xff\r\n"),
    "will not flag": to("STORE", b"%tag NO read-only\r\n"),
    "says BYE instead of flagging": to("STORE", b"* BYE\r\n" + HANG_UP),
    "answers for somebody else": to("SEARCH", b"XXX1 OK done\r\n"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_costs_a_connection_and_no_letter(studio: Surroundings, lie: Lie) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with scripted(LETTERS, lie) as server, attending(studio, mailbox_at(server)):
        until(lambda: set(LETTERS.values()) <= set(spooled(studio)))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200 * 1024, "kilobytes"
    assert set(spooled(studio)) == set(LETTERS.values()), "what came twice came as it was"


def test_a_letter_that_never_comes_is_told_of_and_the_others_are_taken(studio: Surroundings) -> None:
    def breaks(asked: bytes, _truth: bytes) -> bytes | None:
        wanted = asked.split()[2] if b"BODY.PEEK[]" in asked else b""
        return HANG_UP if wanted in {b"5", b"3,5,8", b"5,8"} else None

    with scripted(LETTERS, *[breaks] * 40) as server, attending(studio, mailbox_at(server)):
        until(lambda: arrived(studio) == len(LETTERS))
    assert {LETTERS[3], LETTERS[8]} <= set(spooled(studio))
    told = next(raw for raw in spooled(studio) if raw not in LETTERS.values()).decode()
    assert f"{mailbox.TRIES} attempts failed" in told
    assert "Письмо 5" in told


def test_not_even_a_letter_without_a_header_keeps_the_others_waiting(studio: Surroundings) -> None:
    def breaks(asked: bytes, _truth: bytes) -> bytes | None:
        return HANG_UP if b"FETCH" in asked and asked.split()[2] in {b"3", b"3,5,8"} else None

    with scripted(LETTERS, *[breaks] * 40) as server, attending(studio, mailbox_at(server)):
        until(lambda: {LETTERS[5], LETTERS[8]} <= set(spooled(studio)))
    assert len(spooled(studio)) == len(LETTERS)


def test_a_size_that_was_understated_is_noticed(studio: Surroundings) -> None:
    large = {1: LETTERS[3] + b"x" * 200_000}

    def understated(asked: bytes, truth: bytes) -> bytes | None:
        return truth.replace(b"SIZE 200", b"SIZE 2") if b"SIZE" in asked else None

    with scripted(large, *[understated] * 9) as server, attending(studio, mailbox_at(server)):
        until(lambda: arrived(studio) == 1)
    assert len(spooled(studio)[0]) < 2000


def test_letters_that_were_not_marked_are_marked_over_the_next_connection(studio: Surroundings) -> None:
    with scripted(LETTERS, to("STORE", HANG_UP)) as server, attending(studio, mailbox_at(server)):
        until(lambda: len([command for command in server.commands if b"STORE" in command]) == 2)
    assert len(spooled(studio)) == len(LETTERS)


def test_a_folder_that_may_only_be_read_is_read(studio: Surroundings) -> None:
    lie = to("SELECT", b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [READ-ONLY] ok\r\n%tag OK [READ-ONLY] done\r\n")

    def examined(asked: bytes, truth: bytes) -> bytes | None:
        return to("EXAMINE", b"* OK [UIDVALIDITY 7] ok\r\n%tag OK [READ-ONLY] done\r\n")(asked, truth) or lie(asked, truth)

    with scripted(LETTERS, *[examined] * 9) as server, attending(studio, mailbox_at(server)):
        until(lambda: arrived(studio) == len(LETTERS))
        assert not any(b"STORE" in command for command in server.commands)


def test_a_mailbox_of_very_many_letters_is_asked_for_in_windows(studio: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_WINDOW", 2)
    with scripted(LETTERS) as server, attending(studio, mailbox_at(server)):
        until(lambda: arrived(studio) == len(LETTERS))
        assert any(b"SEARCH UID 1:2" in command for command in server.commands)


def test_starttls_that_is_not_offered_sends_no_password(studio: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    with scripted(LETTERS) as server, attending(studio, replace(mailbox_at(server), tls="starttls")):
        until(lambda: "the server offers no STARTTLS" in caplog.text)
    assert not any(b"LOGIN" in command for command in server.commands)


def test_what_is_slipped_in_before_tls_is_not_trusted(studio: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    injected = to("STARTTLS", b"%tag OK go on\r\n* CAPABILITY IMAP4rev1\r\n")
    with scripted(LETTERS, *[injected] * 9) as server:
        server.capabilities += b" STARTTLS"
        with attending(studio, replace(mailbox_at(server), tls="starttls")):
            until(lambda: "somebody speaks before TLS" in caplog.text)
    assert not any(b"LOGIN" in command for command in server.commands)


def test_no_line_breaks_out_of_its_command(studio: Surroundings) -> None:
    password = 'a" b\r\nX1 DELETE INBOX'
    with scripted(LETTERS) as server, attending(studio, replace(mailbox_at(server), password=password)):
        until(lambda: any(b"AUTHENTICATE" in command for command in server.commands))
        assert not any(b"DELETE" in command for command in server.commands)


@pytest.mark.parametrize("seed", range(5))
def test_garbage_anywhere_costs_no_letter(studio: Surroundings, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  the same dice every time

    def garbled(_asked: bytes, truth: bytes) -> bytes | None:
        if dice.random() < 0.7:
            return None
        at = dice.randrange(len(truth))
        return truth[:at] + bytes(dice.choices(b'\0\r\n\x80\xff(){}[]"\\*+ax', k=dice.randrange(1, 5))) + truth[at + dice.randrange(3) :]

    def harmless(asked: bytes, truth: bytes) -> bytes | None:
        # What is in a letter is the server's word alone; the rest is syntax.
        return None if b"BODY.PEEK" in asked else garbled(asked, truth)

    with scripted(LETTERS, *[harmless] * 20) as server, attending(studio, mailbox_at(server)):
        until(lambda: set(LETTERS.values()) <= set(spooled(studio)), 30)
