"""A notice becomes a letter."""

from dataclasses import replace

import pytest

from helpdesk.commands.context import Said
from helpdesk.effects import Notice
from helpdesk.letters import anchor, phrase, render, tidy
from helpdesk.messages import Address, OutgoingMessage, StoredFile
from tests.unit.helpdesk.hand_made import IVAN, OLGA, POLICY, ticket

ABOUT = ticket(14883, first_message_id="first@romashka.example", last_message_id="last@romashka.example")
REPLY = {"text": "Починили.", "minutes": 0, "status": None, "signature": "Иван Петров"}


def reply(recipient: str = OLGA.email, in_reply_to: str = "last@romashka.example", prefix: str = "") -> OutgoingMessage:
    notice = Notice("reply", Address(recipient), "ru", ABOUT, REPLY, in_reply_to=in_reply_to)
    return render(notice, (), policy=replace(POLICY, token_prefix=prefix))


def test_an_answer_carries_the_token_and_is_a_reply_in_the_clients_thread() -> None:
    made = reply()
    assert made.subject == "Re: [#14883] Каталог"
    assert made.in_reply_to == "last@romashka.example"
    assert made.references == ("first@romashka.example", "ticket-14883@studio.example", "last@romashka.example")
    assert (made.reply_ticket, made.reply_to) == (14883, "")


def test_a_first_letter_refers_to_the_tickets_anchor() -> None:
    made = reply(in_reply_to="")
    assert (made.subject, made.in_reply_to) == ("[#14883] Каталог", anchor(ABOUT, POLICY))


def test_the_clients_own_message_id_is_told_to_nobody_else() -> None:
    assert reply("design@agency.example", "").references == ("ticket-14883@studio.example",)


def test_the_studios_prefix_stands_in_the_token() -> None:
    assert reply(prefix="minisol").subject == "Re: [minisol #14883] Каталог"


def test_a_letter_about_no_ticket_has_a_subject_of_its_own_and_plain_reply_address() -> None:
    values = {"subject": "Каталог", "letter": 7}
    made = render(Notice("unproven", Address(IVAN.email), "ru", values=values), (), policy=POLICY)
    assert made.subject == "Письмо задержано: не удалось проверить отправителя"
    assert (made.reply_ticket, made.reply_to, made.references) == (None, POLICY.support_address, ())


def test_files_travel_only_where_the_notice_says_so() -> None:
    file = StoredFile("снимок.png", "image/png", "d" * 64, 3)
    notice = Notice("reply", Address(OLGA.email), "ru", ABOUT, REPLY, with_files=True)
    assert render(notice, (file,), policy=POLICY).attachments == (file,)
    assert render(replace(notice, with_files=False), (file,), policy=POLICY).attachments == ()


def test_a_template_that_is_told_too_little_fails_rather_than_guesses() -> None:
    with pytest.raises(Exception, match="'minutes' is undefined"):
        render(Notice("reply", Address(OLGA.email), "ru", ABOUT, {"text": "", "status": None}), (), policy=POLICY)


def test_what_people_write_is_not_escaped_in_letters() -> None:
    answer = phrase(Said("nobody", {"text": 'ООО "R&D" <x>', "names": "Иван"}), language="ru", timezone="UTC")
    assert 'ООО "R&D" <x>' in answer
    made = render(Notice("reply", Address(OLGA.email), "ru", ABOUT, {**REPLY, "text": "a < b && c {{ d }}"}), (), policy=POLICY)
    assert "a < b && c {{ d }}" in made.text


@pytest.mark.parametrize(
    ("rough", "smooth"),
    [
        ("\n\na\n\n\n\nb  \n\n", "a\n\nb\n"),
        ("a\n-- \nb", "a\n-- \nb\n"),
        ("", "\n"),
        ("a", "a\n"),
    ],
)
def test_letters_have_no_gaps_and_keep_the_signature_mark(rough: str, smooth: str) -> None:
    assert tidy(rough) == smooth


def test_tidying_twice_changes_nothing() -> None:
    text = tidy("a\n\n\n \n\nb\n-- \n\nc\n")
    assert tidy(text) == text
