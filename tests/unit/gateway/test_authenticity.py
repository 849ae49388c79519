"""Who is believed, and on what proof."""

from dataclasses import replace
from email.message import EmailMessage

import dkim
import pytest

from gateway.authentication_results import parse, proves, topmost
from gateway.authenticity import Evidence, Keys, judge, organisation
from helpdesk.messages import Authenticity
from tests.unit.gateway.keys import dns_record, private_pem

BOSS = "petr@my-studio.ru"
NONE, LOCAL = Keys("none", (), lambda _name, _left: b""), Keys("local", (), lambda _name, _left: dns_record())
UPSTREAM = Keys("upstream", ("mx.my-studio.ru",), lambda _name, _left: b"")
FAILED, UNVERIFIED, SIGNED, VERIFIED = Authenticity.FAILED, Authenticity.UNVERIFIED, Authenticity.SIGNED_ADDRESS, Authenticity.VERIFIED


def raw(sender: str = f"Пётр <{BOSS}>", top: str = "") -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "support@studio.example"
    message["Subject"] = "Re: [#1] x"
    message["Message-ID"] = "<1@my-studio.ru>"
    message["Date"] = "Sun, 22 Nov 2026 10:00:00 +0000"
    message.set_content("/spent 40m\n")
    return top.encode() + message.as_bytes().replace(b"\n", b"\r\n")


def signed(domain: str = "my-studio.ru", *, length: bool = False, content: bytes | None = None) -> bytes:
    letter = content or raw()
    signature: bytes = dkim.sign(letter, b"s1", domain.encode(), private_pem(), length=length)
    return signature + letter


def evidence(letter: bytes, sender: str = BOSS, *, claimed_by: str = "", known: bool = True, trusted: bool = True) -> Evidence:
    return Evidence(letter, sender, claimed_by, from_trusted_relay=trusted, is_known=lambda _email: known)


def test_in_a_closed_network_from_suffices() -> None:
    assert judge(evidence(raw()), NONE) is VERIFIED


@pytest.mark.parametrize(
    "sender",
    [f"{BOSS} <evil@evil.example>", f"evil@evil.example, {BOSS}", f"Пётр <{BOSS}>\r\nFrom: evil@evil.example"],
)
def test_a_from_that_says_two_things_is_believed_under_no_rule(sender: str) -> None:
    letter = f"From: {sender}\r\nSubject: x\r\n\r\n/spent 4h\r\n".encode()
    for keys in (NONE, LOCAL, UPSTREAM):
        assert judge(evidence(letter, claimed_by=BOSS), keys) is FAILED


def test_a_letter_without_from_is_unproven_and_no_forgery() -> None:
    assert judge(evidence(b"Subject: x\r\n\r\nx", ""), NONE) is UNVERIFIED


def test_raw_eight_bit_names_are_no_reason_to_doubt() -> None:
    letter = "From: Пётр <petr@my-studio.ru>\r\nSubject: x\r\n\r\nx".encode("cp1251")
    assert judge(evidence(letter), NONE) is VERIFIED


def test_a_signed_reply_address_counts_for_its_recipient_only() -> None:
    assert judge(evidence(raw(), claimed_by=BOSS), LOCAL) is SIGNED
    assert judge(evidence(raw(), claimed_by="other@my-studio.ru"), LOCAL) is UNVERIFIED


def test_a_dkim_signature_of_the_senders_domain_proves_him() -> None:
    assert judge(evidence(signed()), LOCAL) is VERIFIED
    assert judge(evidence(signed(), claimed_by=BOSS), LOCAL) is VERIFIED


def test_a_signature_below_anothers_counts_as_well() -> None:
    assert judge(evidence(signed("esp.example.com", content=signed())), LOCAL) is VERIFIED


@pytest.mark.parametrize(
    "letter",
    [
        signed("evil.example.com"),
        signed(length=True),
        signed().replace(b"/spent 40m", b"/spent 90m"),
        b"Subject: other\r\n" + signed(),
        signed().replace(b"b=", b"b=A", 1),
        b"DKIM-Signature: v=1; a=rsa-sha256; d=my-studio.ru; h=from\r\n" + raw(),
        b"DKIM-Signature: \xff;;;=\r\n" + raw(),
        b"\xff\xfe nonsense\r\n" + signed(),
    ],
    ids=["foreign", "l=", "changed", "second subject", "torn", "bare", "garbage", "broken header"],
)  # fmt: skip
def test_no_other_signature_proves_anything(letter: bytes) -> None:
    assert judge(evidence(letter), LOCAL) is UNVERIFIED


@pytest.mark.parametrize("record", [b"", b"v=DKIM1; p=", b"garbage", b"v=DKIM1; k=rsa; p=AAAA"])
def test_a_key_that_cannot_be_had_proves_nothing(record: bytes) -> None:
    assert judge(evidence(signed()), replace(LOCAL, txt=lambda _name, _left: record)) is UNVERIFIED


def test_dns_is_asked_about_known_senders_only() -> None:
    asked: list[str] = []

    def txt(name: str, _left: float) -> bytes:
        asked.append(name)
        return dns_record()

    assert judge(evidence(signed(), known=False), replace(LOCAL, txt=txt)) is UNVERIFIED
    assert asked == []


def test_at_most_five_signatures_are_looked_up() -> None:
    asked: list[str] = []

    def txt(name: str, _left: float) -> bytes:
        asked.append(name)
        return b""

    letter = signed()
    field = letter[: letter.index(b"From:")]
    judge(evidence(field * 50 + raw()), replace(LOCAL, txt=txt))
    assert len(asked) <= 5


RESULTS = "Authentication-Results: mx.my-studio.ru (mail (x)); spf=pass smtp.mailfrom=x; dmarc=pass (p=none) header.from=my-studio.ru\r\n"


def test_the_studios_own_mail_server_is_believed() -> None:
    assert judge(evidence(raw(top=RESULTS)), UPSTREAM) is VERIFIED


def test_nobody_may_speak_for_the_studios_mail_server() -> None:
    assert judge(evidence(raw(top=RESULTS), trusted=False), UPSTREAM) is UNVERIFIED


@pytest.mark.parametrize(
    "field",
    [
        "mx.evil.example; dmarc=pass header.from=my-studio.ru",
        "mx.my-studio.ru; dmarc=fail header.from=my-studio.ru",
        "mx.my-studio.ru; dmarc=pass header.from=evil.example",
        "mx.my-studio.ru; dmarc=pass",
        "mx.my-studio.ru; dmarc=fail header.from=my-studio.ru; dmarc=pass header.from=my-studio.ru",
        "mx.my-studio.ru; spf=fail (dmarc=pass header.from=my-studio.ru)",
        'mx.my-studio.ru; dkim=fail reason="; dmarc=pass header.from=my-studio.ru"',
        "mx.my-studio.ru; none",
        "",
        ";;;",
    ],
)
def test_other_results_prove_nothing(field: str) -> None:
    assert not proves(parse(field), "my-studio.ru") or parse(field).authserv_id != "mx.my-studio.ru"
    assert judge(evidence(raw(top=f"Authentication-Results: {field}\r\n")), UPSTREAM) is UNVERIFIED


def test_a_forged_field_below_the_true_one_is_not_read() -> None:
    true, forged = "mx.my-studio.ru; dmarc=fail header.from=my-studio.ru", "mx.my-studio.ru; dmarc=pass header.from=my-studio.ru"
    found = topmost([true, forged], ["MX.my-studio.ru"])
    assert found is not None
    assert not proves(found, "my-studio.ru")


@pytest.mark.parametrize(("domain", "owner"), [("mail.my-corp.com", "my-corp.com"), ("a.b.co.uk", "b.co.uk"), ("studio.рф", "studio.рф")])
def test_a_domains_owner_is_known(domain: str, owner: str) -> None:
    assert organisation(domain) == owner
