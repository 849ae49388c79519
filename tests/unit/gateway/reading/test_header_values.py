"""Addresses, names and parameters as mail programs and deceivers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import senders
from gateway.reading import clean, encoded_words, headers, mailboxes
from helpdesk.messages import Address

WRITTEN = {
    "Anna <anna@Shop.Example>": Address("anna@shop.example", "Anna"),
    '"Li, Anna" <anna@shop.example>': Address("anna@shop.example", "Li, Anna"),
    "anna@shop.example (Anna Li)": Address("anna@shop.example", "Anna Li"),
    "boss@corp.example <eve@evil.example>": Address("eve@evil.example", "boss@corp.example"),
    '"boss@corp.example" <eve@evil.example>': Address("eve@evil.example", "boss@corp.example"),
    "Анна <a@почта.example>": Address("a@xn--80a1acny.example", "Анна"),
    "Staff: anna@shop.example;": Address("anna@shop.example"),
    "Pete(A nice \\) chap) <pete(his account)@silly.example>": Address("pete@silly.example", "Pete (A nice ) chap)"),
    "Li, Anna <anna@shop.example>": Address("anna@shop.example", "Li, Anna"),
    "Anna <<anna@shop.example>>": Address("anna@shop.example", "Anna"),
    "Anna <SMTP:anna@shop.example>": Address("anna@shop.example", "Anna"),
    "anna@shop.example <anna@shop.example>": Address("anna@shop.example"),
    "=?utf-8?B?0JDQvdC90LAgPGFubmFAc2hvcC5leGFtcGxlPg==?=": Address("anna@shop.example", "Анна"),
    "=?utf-8?Q?Anna_=3Canna=40shop.example=3E?= <eve@evil.example>": Address("eve@evil.example", "Anna <anna@shop.example>"),
}


@pytest.mark.parametrize("value", WRITTEN)
def test_the_last_angle_bracket_holds_the_address(value: str) -> None:
    assert mailboxes.parse(value)[0] == WRITTEN[value]


@pytest.mark.parametrize(
    ("value", "email"),
    [
        ("Anna <anna@shop.example>", "anna@shop.example"),
        ('"boss@corp.example" <eve@evil.example>', "eve@evil.example"),
        ("a@b.example, c@d.example", None),
        ("boss@corp.example <eve@evil.example>", None),
        ("nobody", None),
        ("", None),
    ],
)
def test_the_second_reader_gives_one_address_or_none(value: str, email: str | None) -> None:
    assert senders.read(value) == email


def test_words_cut_inside_a_character_are_joined() -> None:
    assert encoded_words.decode("=?utf-8?B?0JDQvdC90LA=?= =?utf-8?B?INCb0A==?= =?utf-8?B?uA==?=") == "Анна Ли"


def test_what_was_encoded_twice_is_decoded_twice() -> None:
    assert encoded_words.decode("=?utf-8?Q?=3D=3Futf-8=3FB=3F0JDQvdC90LA=3D=3F=3D?=") == "Анна"


def test_a_file_name_escaped_like_a_web_address_is_read() -> None:
    assert headers.parameters('attachment; filename="%D0%90%D0%BA%D1%82.pdf"')["filename"] == "Акт.pdf"
    assert headers.parameters('attachment; filename="100%25.pdf"')["filename"] == "100%25.pdf"


def test_what_servers_add_below_base64_is_no_part_of_it() -> None:
    assert encoded_words.armoured(b"0JDQvdC90LA=\r\n-- \r\nChecked by a scanner\r\n") == "Анна".encode()
    assert encoded_words.armoured(b"0JDQvdC9\n0LA=\n\n_____________\nlist mailing list\n") == "Анна".encode()


def test_prose_is_no_base64_whatever_is_said_of_it() -> None:
    assert encoded_words.armoured(b"This is plain text!\n") is None


def test_a_name_in_pieces_is_put_together() -> None:
    found = headers.parameters("attachment; filename*0*=utf-8''%D0%90%D0; filename*1*=%BD%D0%BD%D0%B0; filename*2=.pdf")
    assert found["filename"] == "Анна.pdf"


@pytest.mark.parametrize("value", ["Fri, 99 Foo", "", "Mon, 20 Nov 2026 10:00:00 +9999999", "x" * 5000])
def test_a_date_that_is_none_is_none(value: str) -> None:
    assert headers.date(value) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\Users\\a\\passwd", "\u200b..passwd", "pass\u202ewd", "passwd\x00"])
def test_file_names_lose_paths_and_what_nobody_sees(name: str) -> None:
    assert clean.file_name(name) == "passwd"


@given(st.text())
def test_cleaning_a_file_name_twice_changes_nothing(name: str) -> None:
    once = clean.file_name(name)
    assert clean.file_name(once) == once
    assert "/" not in once
    assert not once.startswith(".")


def test_a_forgotten_semicolon_costs_no_parameter() -> None:
    assert headers.parameters('multipart/mixed boundary="edge"') == {"boundary": "edge"}
    assert headers.parameters("attachment filename=act.pdf; size=3") == {"filename": "act.pdf", "size": "3"}
    assert headers.parameters("text/plain; charset=utf-8") == {"charset": "utf-8"}
