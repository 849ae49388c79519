"""Signed reply addresses name one ticket and one person, and nobody can make them up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.addresses import find_tagged, judge_tagged, parse_tagged, reply_address, reply_token, without_tag

KEY = b"k" * 32
SUPPORT = "support@studio.example"


def test_a_reply_address_comes_back_to_the_ticket_and_its_recipient() -> None:
    address = reply_address(SUPPORT, 14883, "Ivan@Client.example", KEY)
    (tagged,) = find_tagged([address], SUPPORT)
    claim = judge_tagged(tagged, ["other@client.example", "ivan@client.example"], KEY)
    assert claim is not None
    assert (claim.ticket, claim.recipient) == (14883, "ivan@client.example")


def test_mail_programs_may_change_the_case() -> None:
    address = reply_address(SUPPORT, 7, "ivan@client.example", KEY).upper()
    tagged = parse_tagged(address, SUPPORT)
    assert tagged is not None
    assert judge_tagged(tagged, ["ivan@client.example"], KEY)


@given(ticket=st.integers(1, 999_999_999), other=st.integers(1, 999_999_999))
def test_a_token_opens_no_other_ticket(ticket: int, other: int) -> None:
    moved = f"support+{other}.{reply_token(ticket, 'a@b.example', KEY)}@studio.example"
    tagged = parse_tagged(moved, SUPPORT)
    assert tagged is not None
    assert bool(judge_tagged(tagged, ["a@b.example"], KEY)) == (ticket == other)


def test_another_key_signs_nothing_here() -> None:
    tagged = parse_tagged(reply_address(SUPPORT, 7, "a@b.example", b"x" * 32), SUPPORT)
    assert tagged is not None
    assert judge_tagged(tagged, ["a@b.example"], KEY) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "support@studio.example",
        "support+7@studio.example",
        "support+7.short@studio.example",
        "support+7.aaaaaaaaaaaaaaaa@evil.example",
        "billing+7.aaaaaaaaaaaaaaaa@studio.example",
        "support+.aaaaaaaaaaaaaaaa@studio.example",
        "support+7.aaaaaaaaaaaaaaa!@studio.example",
    ],
)
def test_other_addresses_make_no_claim(address: str) -> None:
    assert parse_tagged(address, SUPPORT) is None


def test_the_same_address_twice_is_one_claim() -> None:
    address = reply_address(SUPPORT, 7, "a@b.example", KEY)
    assert len(find_tagged([address, address.upper()], SUPPORT)) == 1


def test_a_local_part_stays_within_its_limit() -> None:
    assert len(reply_address(SUPPORT, 999_999_999, "a@b.example", KEY).partition("@")[0]) <= 64


def test_the_tag_comes_off() -> None:
    assert without_tag("Support+7.x@Studio.example") == SUPPORT
