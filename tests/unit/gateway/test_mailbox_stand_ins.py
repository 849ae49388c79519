"""The letter that tells of one which stayed in its mailbox."""

from email import message_from_bytes
from email.policy import default

import pytest

from config.templating import LANGUAGES
from gateway.mailbox_stand_ins import Missing, compose
from gateway.reading import parsing
from helpdesk.messages import Verdict

_HEADER = (
    b"From: =?utf-8?B?0JjQstCw0L0=?= <ivan@client.example>\r\nSubject: =?utf-8?B?0JTQsNC80L8g0LHQsNC30Ys=?=\r\n"
    b"Message-ID: <1@client.example>\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_was_left_where_and_from_whom(language: str) -> None:
    raw = compose(Missing(_HEADER, 73 * 1024**2, 50 * 1024**2, "INBOX", "support@studio.example"), language)
    text = message_from_bytes(raw, policy=default).get_content()
    for word in ("73.0", "50.0", "INBOX", "support@studio.example", "Иван <ivan@client.example>", "Дамп базы", "1@client.example"):
        assert word in text


def test_it_is_nobodys_word_and_no_machines_answer() -> None:
    letter = parsing.parse(compose(Missing(_HEADER, 73 * 1024**2, 50 * 1024**2, "INBOX", "support"), "ru"))
    assert letter.sender is None
    assert letter.verdict is Verdict.PERSON
    assert letter.subject == "Дамп базы"


def test_of_one_letter_it_is_always_the_same_and_of_two_it_is_not() -> None:
    missing = Missing(_HEADER, 73 * 1024**2, 50 * 1024**2, "INBOX", "support")
    other = Missing(_HEADER.replace(b"<1@", b"<2@"), 73 * 1024**2, 50 * 1024**2, "INBOX", "support")
    assert compose(missing, "ru") == compose(missing, "ru")
    assert parsing.fingerprint(compose(missing, "ru")) != parsing.fingerprint(compose(other, "ru"))


@pytest.mark.parametrize("beginning", [b"", b"\xff\x00 no header \r\n", _HEADER.replace(b"Subject: ", b"Subject: \xd0\r\n " + b"a" * 5000)])
def test_a_broken_header_does_no_harm(beginning: bytes) -> None:
    raw = compose(Missing(beginning, 0, 1, "INBOX", "support", "5 attempts failed"), "en")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert "5 attempts failed" in message_from_bytes(raw, policy=default).get_content()
