"""Outgoing letters say what their rows say, whatever stands in the rows, and say it the same way each time."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.addresses import judge_tagged, parse_tagged
from gateway.composing import DkimKey, Identity, Uncomposable, compose
from helpdesk.messages import Address, OutgoingMessage, StoredFile
from tests.unit.gateway.keys import dns_record, private_pem

KEY = b"k" * 32
US = Identity("support@studio.example", KEY)
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PLAIN = OutgoingMessage(
    kind="answer",
    recipient=Address("ivan@client.example", "Иван Петрович Водопроводчиков-Заславский"),
    sender=Address("support@studio.example", "Пётр (Студия)"),
    subject="Re: [#14883] Баннер на главной странице не открывается у всех посетителей сайта",
    text="Здравствуйте!\nПочинили.\n",
    message_id="ticket-14883.abc@studio.example",
    in_reply_to="first@client.example",
    references=("first@client.example",),
    reply_ticket=14883,
)


def parsed(message: OutgoingMessage, contents: dict[str, bytes] | None = None, identity: Identity = US) -> EmailMessage:
    raw = compose(message, created_at=AT, contents=contents or {}, identity=identity)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    return message_from_bytes(raw, policy=policy.default)


def test_names_subject_and_text_arrive_as_they_were_written() -> None:
    letter = parsed(PLAIN)
    assert str(letter["Subject"]) == PLAIN.subject
    assert letter["To"].addresses[0].display_name == PLAIN.recipient.name
    assert (letter["From"].addresses[0].display_name, letter["From"].addresses[0].addr_spec) == ("Пётр (Студия)", "support@studio.example")
    assert letter.get_content().splitlines() == PLAIN.text.splitlines()
    assert letter["Date"].datetime == AT


def test_a_letter_carries_its_thread_and_a_reply_address_for_its_recipient() -> None:
    letter = parsed(PLAIN)
    assert letter["Message-ID"] == "<ticket-14883.abc@studio.example>"
    assert letter["In-Reply-To"] == letter["References"] == "<first@client.example>"
    tagged = parse_tagged(str(letter["Reply-To"]), "support@studio.example")
    assert tagged is not None
    claim = judge_tagged(tagged, ["ivan@client.example"], KEY)
    assert claim is not None
    assert claim.ticket == 14883


def test_the_same_row_gives_the_same_bytes() -> None:
    rich = replace(PLAIN, html="<p>x</p>", attachments=(StoredFile("a.txt", "text/plain", "d1"),))
    first, second = (compose(rich, created_at=AT, contents={"d1": b"x"}, identity=US) for _ in range(2))
    assert first == second


def test_automatic_letters_say_so_and_a_persons_do_not() -> None:
    assert parsed(PLAIN)["Auto-Submitted"] == "auto-replied"
    assert parsed(replace(PLAIN, in_reply_to=""))["Auto-Submitted"] == "auto-generated"
    assert parsed(PLAIN)["X-Auto-Response-Suppress"] == "All"
    assert parsed(replace(PLAIN, automatic=False))["Auto-Submitted"] is None


@pytest.mark.parametrize(
    "name", ["снимок экрана (финал) №2.png", "a.txt", 'quo"te\\.txt', "очень длинное имя файла " * 6 + ".docx", "日本.pdf"]
)
def test_files_travel_unchanged_with_their_names(name: str) -> None:
    content = bytes(range(256)) * 300 + b"\r\n\n\r"
    letter = parsed(replace(PLAIN, attachments=(StoredFile(name, "image/png", "d1"),)), {"d1": content})
    (part,) = letter.iter_attachments()
    assert part.get_filename() == name
    assert part.get_content() == content


def test_an_attached_letter_goes_as_a_plain_file_byte_for_byte() -> None:
    raw = b"Subject: x\n\nFrom here on\n.\n" + b"y" * 3000
    letter = parsed(replace(PLAIN, attachments=(StoredFile("letter.eml", "message/rfc822", "d1"),)), {"d1": raw})
    (part,) = letter.iter_attachments()
    assert (part.get_content_type(), part.get_content()) == ("application/octet-stream", raw)


def test_pictures_of_an_html_letter_stay_in_it() -> None:
    picture = StoredFile("logo.png", "image/png", "d1", inline=True, content_id="logo@studio")
    letter = parsed(replace(PLAIN, html='<img src="cid:logo@studio">', attachments=(picture,)), {"d1": b"\x89PNG"})
    kinds = [part.get_content_type() for part in letter.walk()]
    assert kinds == ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]


hostile = st.text(alphabet=st.one_of(st.characters(), st.sampled_from('\r\n\x00<>"=?_@\u202e ')), max_size=300)


@settings(max_examples=60, deadline=None)
@given(subject=hostile, name=hostile, text=hostile, file_name=hostile, reference=hostile)
def test_nothing_in_a_row_adds_a_header(subject: str, name: str, text: str, file_name: str, reference: str) -> None:
    message = replace(
        PLAIN,
        subject=subject,
        recipient=Address("ivan@client.example", name),
        text=text,
        references=(reference,),
        in_reply_to=reference,
        attachments=(StoredFile(file_name, file_name, "d1", content_id=reference),),
    )
    letter = parsed(message, {"d1": b"x"})
    assert set(letter.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Reply-To", "Auto-Submitted",
        "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert len(letter["To"].addresses) == 1


@pytest.mark.parametrize(
    "email",
    ["a b@c.example", "a@b.example\r\nRCPT TO:<x@y>", "", "иван@клиент.example", "a@b@", "<a@b>", "a(b)@c.example", "a,b@c.example"],
)
def test_what_is_no_address_is_never_written_to(email: str) -> None:
    with pytest.raises(Uncomposable):
        compose(replace(PLAIN, recipient=Address(email)), created_at=AT, contents={}, identity=US)


def test_a_thread_of_thousands_keeps_a_sane_header() -> None:
    many = tuple(f"{number}@client.example" for number in range(5000))
    found = str(parsed(replace(PLAIN, references=many, in_reply_to=many[-1]))["References"]).split()
    assert (found[0], found[-1], len(found)) == ("<0@client.example>", "<4999@client.example>", 20)


@pytest.mark.parametrize("text", ["x" * 5000, ("слово " * 3000).strip(), "a\r\nb\rc", ".\n..\n.", "From here\n"])
def test_long_and_odd_lines_arrive(text: str) -> None:
    assert parsed(replace(PLAIN, text=text)).get_content().rstrip("\n").splitlines() == text.splitlines()


@pytest.mark.parametrize("form", [serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8])
def test_letters_are_signed_where_a_key_is_given(form: serialization.PrivateFormat) -> None:
    signing = Identity("support@studio.example", KEY, DkimKey("desk", private_pem(form)))
    raw = compose(replace(PLAIN, html="<b>да</b>"), created_at=AT, contents={}, identity=signing)
    asked: list[bytes] = []

    def txt(name: bytes, **_: object) -> bytes:
        asked.append(name)
        return dns_record()

    assert dkim.verify(raw, dnsfunc=txt)
    assert not dkim.verify(raw.replace(b"Subject:", b"Subject: x"), dnsfunc=txt)
    assert asked[0] == b"desk._domainkey.studio.example."


def test_an_address_with_other_letters_than_latin_ones_stands_as_it_is() -> None:
    for name in ("", "Иван", "Ivan"):
        raw = compose(replace(PLAIN, recipient=Address("иван@client.example", name)), created_at=AT, contents={}, identity=US)
        field = next(line for line in raw.split(b"\r\n") if line.startswith(b"To: "))
        assert "иван@client.example".encode() in field
        assert message_from_bytes(raw, policy=policy.SMTPUTF8)["To"].addresses[0].display_name == name
