"""Header fields that are made to keep a reader busy cost next to nothing at every place that reads them."""

import time

import pytest

from gateway import authenticity, envelopes, senders
from gateway.authenticity import Evidence, Keys
from gateway.reading import mailboxes, parsing
from helpdesk.messages import Authenticity

SENDER = "olga@client.example"
PATTERNS = ('"' + '\\"' * 200_000, "," * 400_000, "<" + "(a)" * 150_000 + "@b.example>", "=?" * 200_000)
FIELDS = ("From", "Return-Path", "Delivered-To", "Authentication-Results")


def evidence(raw: bytes) -> Evidence:
    return Evidence(raw, SENDER, "", from_trusted_relay=True, is_known=lambda _: True)


def test_quotes_that_nothing_closes_are_looked_for_once() -> None:
    begun = time.process_time()
    assert mailboxes.parse('"' + '\\"' * 30_000 + f" <{SENDER}>")[-1].email == SENDER
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern[:4])
@pytest.mark.parametrize("field", FIELDS)
def test_no_header_field_keeps_a_reader_busy(field: str, pattern: str) -> None:
    raw = f"{field}: {pattern}\r\nFrom: {SENDER}\r\nSubject: x\r\n\r\nhello\r\n".encode()
    begun = time.process_time()
    envelopes.read(raw)
    parsing.parse(raw)
    for verify in ("local", "upstream"):
        authenticity.judge(evidence(raw), Keys(verify, ("mx.studio.example",), lambda _name, _seconds: b""))
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "written", ["dÙscourse@bar.example", "Иван <иван@пример.рф>", "a@exam+le", "a@-b.example", f"a@{'b' * 70}.example"]
)
def test_an_address_that_the_second_reader_stumbles_over_is_not_believed(written: str) -> None:
    raw = f"From: {written}\r\nSubject: x\r\n\r\nhello\r\n".encode()
    letter = parsing.parse(raw)
    found = Evidence(raw, letter.sender.email if letter.sender else "", "", from_trusted_relay=True, is_known=lambda _: True)
    assert authenticity.judge(found, Keys("none", (), lambda _name, _seconds: b"")) is not Authenticity.VERIFIED


def test_a_letter_that_the_signatures_library_stumbles_over_is_not_believed() -> None:
    raw = b" continued\r\n" + f"From: {SENDER}\r\nSubject: x\r\n\r\nhello\r\n".encode()
    assert authenticity.judge(evidence(raw), Keys("local", (), lambda _name, _seconds: b"")) is Authenticity.UNVERIFIED


def test_refused_addresses_do_not_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert senders.read("secret: : <person@bar.example>") is None
    assert caplog.records == []


def test_a_sender_behind_more_than_can_be_read_is_not_believed() -> None:
    raw = f"From: {SENDER}{',' * 20_000} boss@studio.example\r\nSubject: x\r\n\r\nhello\r\n".encode()
    assert authenticity.judge(evidence(raw), Keys("none", (), lambda _name, _seconds: b"")) is Authenticity.UNVERIFIED
