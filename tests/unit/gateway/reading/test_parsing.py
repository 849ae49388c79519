"""Whole letters: what the desk gets to see of them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.reading import parsing
from helpdesk.messages import REPLY_MARKER, Address, Letter, Verdict

LETTERS = Path(__file__).parents[3] / "letters"


def letter(name: str) -> Letter:
    return parsing.parse((LETTERS / name).read_bytes())


def plain(body: str, *more: str) -> Letter:
    head = ["From: Anna <anna@shop.example>", "To: support@studio.example", "Content-Type: text/plain; charset=utf-8", *more]
    return parsing.parse(("\n".join(head) + "\n\n" + body).encode())


def test_a_reply_is_cut_into_text_signature_and_quote() -> None:
    found = letter("reply_with_command.eml")
    assert found.sender == Address("petr@studio.example", "Пётр Ли")
    assert found.subject == "Re: [#12] Форма заказа"
    assert found.text == "Форму поправили, проверьте."
    assert found.signature.startswith("Пётр Ли")
    assert "Когда исправите" in found.quoted
    assert found.in_reply_to == ("t12@studio.example",)
    assert found.references == ("t10@studio.example", "t12@studio.example")
    assert found.date == datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_commands_are_folded_and_count_below_the_signature_but_never_in_quotes() -> None:
    assert letter("reply_with_command.eml").command_lines == ('/Spent 1h 30m "созвон" --тихо',)


def test_of_an_html_letter_only_what_is_visible_counts() -> None:
    found = letter("html_reply.eml")
    assert found.text == "Баннер согласован."
    assert found.command_lines == ()
    assert "Какой баннер" in found.quoted


def test_raw_windows_letters_under_a_wrong_label_are_read() -> None:
    found = letter("windows_form.eml")
    assert found.sender == Address("olga@shop.example", "Ольга")
    assert (found.subject, found.text) == ("Заявка с сайта", "Не работает корзина.")


def test_a_forward_names_its_first_sender_and_gives_no_commands() -> None:
    found = letter("forward.eml")
    assert found.text == "Что с этим делать?"
    assert found.command_lines == ()
    assert found.forwarded is not None
    assert found.forwarded.sender == Address("noc@registrar.example", "Регистратор")
    assert found.forwarded.subject == "Domain"
    assert found.forwarded.text.startswith("Срок домена")


def test_a_report_tells_whom_and_about_which_letter() -> None:
    found = letter("report.eml")
    assert found.verdict is Verdict.REPORT
    assert found.report is not None
    assert found.report.original_message_id == "out-7@studio.example"
    (recipient,) = found.report.recipients
    assert (recipient.address, recipient.status, recipient.permanent) == ("olga@shop.example", "5.2.2", True)
    assert found.command_lines == ()
    assert found.attachments == ()


def test_attachments_come_out_byte_for_byte_under_safe_names() -> None:
    pdf, text, old = letter("attachments.eml").attachments
    assert (pdf.name, pdf.content) == ("Отчёт за ноябрь.pdf", bytes(range(256)))
    assert text.name == "Счёт.txt"
    assert old.name == "old.eml"
    assert old.content == b"From: a@b.example\r\nSubject: old\r\n\r\n/spent 4h\r\n"


def test_an_automatic_answer_is_known_by_its_subject() -> None:
    assert letter("vacation.eml").verdict is Verdict.AUTO_REPLY


def test_a_letter_that_only_says_it_is_automatic_is_a_persons() -> None:
    found = letter("office_program.eml")
    assert found.verdict is Verdict.PERSON
    assert found.subject == "Акт сверки"


@pytest.mark.parametrize("marker", REPLY_MARKER.values())
def test_nothing_below_the_reply_marker_is_new(marker: str) -> None:
    found = plain(f"Спасибо, всё работает\n/done\n\n{marker}\n/spent 5h\nстарое письмо\n")
    assert found.text == "Спасибо, всё работает\n/done"
    assert found.command_lines == ("/done",)


def is_spent(line: str) -> bool:
    return line.startswith("/spent ")


def test_paths_are_text_and_slashes_inside_lines_are_nothing() -> None:
    found = plain("Сайт лежит в\n/var/www/site\nи там же /done не команда\n")
    assert found.command_lines == ("/var/www/site",)
    assert parsing.as_json("x", found, is_spent)["commands"] == []
    assert "/var/www/site" in parsing.as_json("x", found, is_spent)["text"]


def test_two_deliveries_of_one_letter_have_one_fingerprint() -> None:
    raw = (LETTERS / "forward.eml").read_bytes()
    other = b"Received: by mx.example\r\nDelivered-To: b@c.example\r\n" + raw.replace(b"\n", b"\r\n") + b"\r\n"
    assert parsing.fingerprint(raw) == parsing.fingerprint(other)
    assert parsing.fingerprint(raw) != parsing.fingerprint(raw.replace(b"30.11", b"29.11"))


def test_only_nothing_is_unparseable() -> None:
    with pytest.raises(parsing.Unparseable):
        parsing.parse(b"\r\n\r\n")
    assert parsing.parse(b"just words").text == "just words"


def test_json_has_every_key_that_others_read() -> None:
    expected = (
        "file from to cc reply_to subject date message_id in_reply_to references text quoted signature attachments verdict report forwarded"
    )
    assert set(parsing.as_json("x.eml", letter("report.eml"), is_spent)) == {*expected.split(), "commands", "discussion", "unreadable"}


@pytest.mark.parametrize("subject", ["Automatic reply is broken", "Read: and understood", "Abwesenheit", "Автоответ снова приходит"])
def test_who_writes_about_automatic_answers_is_a_person(subject: str) -> None:
    assert plain("Please check.", f"Subject: {subject}").verdict is Verdict.PERSON


@pytest.mark.parametrize("subject", ["Автоматический ответ: Счёт", "Automatic reply: Invoice", "自動応答：Invoice"])
def test_an_automatic_answer_may_say_so_in_its_subject_alone(subject: str) -> None:
    assert plain("I am away.", f"Subject: {subject}").verdict is Verdict.AUTO_REPLY


@pytest.mark.parametrize("subject", ["Read: Invoice", "Прочитано: Счёт", "Abwesenheit"])
def test_words_that_people_use_too_count_in_an_answer(subject: str) -> None:
    assert plain("", f"Subject: {subject}", "In-Reply-To: <1@studio.example>").verdict is Verdict.AUTO_REPLY


def test_a_wide_colon_announces_a_forward_too() -> None:
    block = "发件人: *Anna* <anna@shop.example>\n发送时间: 2026-11-20\n主题: 门坏了\n\n打不开。"
    found = plain(f"请处理\n\n-----原始邮件-----\n{block}", "Subject: 转发：门坏了").forwarded
    assert found is not None
    assert (found.sender.email, found.sender.name, found.subject) == ("anna@shop.example", "Anna", "门坏了")
