"""New text, quotes and signatures, by the ways in which mail programs mark them."""

import pytest

from gateway import html_text, quoting
from gateway.lines import of_plain

ATTRIBUTIONS = {
    "Thunderbird": "20.11.2026 12:10, Анна Ли пишет:",
    "Gmail": "пт, 20 нояб. 2026 г. в 12:10, Анна Ли <anna@shop.example>:",
    "Gmail, old": "20 нояб. 2026 г. 12:10 пользователь Анна Ли <anna@shop.example> написал:",
    "iPhone": "20 нояб. 2026 г., в 12:10, Анна Ли <anna@shop.example> написал(а):",
    "Mail.ru": "Пятница, 20 ноября 2026, 12:10 +03:00 от Анна Ли <anna@shop.example>:",
    "Yandex": '20.11.2026, 12:10, "Анна Ли" <anna@shop.example>:',
    "Roundcube": "Анна Ли писал 2026-11-20 12:10:",
    "The Bat!": "Вы писали 20 ноября 2026 г., 12:10:40:",
    "Gmail, English": "On Fri, Nov 20, 2026 at 12:10 PM Anna Li <anna@shop.example> wrote:",
    "over two lines": "On Fri, Nov 20, 2026 at 12:10 PM Anna Li <\nanna@shop.example> wrote:",
    "German": "Am 20.11.2026 um 12:10 schrieb Anna Li <anna@shop.example>:",
}
HEADS = {
    "Outlook": "От: Анна Ли [mailto:anna@shop.example]\nОтправлено: 20 ноября 2026 г. 12:10\nКому: Студия\nТема: Баннер",
    "Outlook, plain": "-----Исходное сообщение-----\nFrom: Анна\nSent: Friday",
    "Outlook, web": "________________________________\nFrom: Anna <anna@shop.example>\nSent: Friday\nTo: Studio\nSubject: Banner",
    "eM Client": "------ Исходное сообщение ------\nОт Анна <anna@shop.example>\nКому Студия\nТема Баннер",
}


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_what_follows_an_attribution_is_quoted(program: str) -> None:
    split = quoting.split(of_plain(f"Готово.\n\n{ATTRIBUTIONS[program]}\n\nстарое письмо\n/spent 3h"))
    assert split.text == "Готово."
    assert split.own == ("Готово.", "")


@pytest.mark.parametrize("program", HEADS)
def test_what_follows_a_header_block_is_quoted(program: str) -> None:
    split = quoting.split(of_plain(f"Готово.\n\n{HEADS[program]}\n\nстарое письмо"))
    assert split.text == "Готово."
    assert "старое письмо" in split.quoted


def test_answers_below_and_between_quotes_are_the_authors() -> None:
    split = quoting.split(of_plain("20.11.2026 12:10, Анна пишет:\n> Первый вопрос?\nДа.\n> Второй?\nНет."))
    assert split.text == "Да.\nНет."


@pytest.mark.parametrize("line", ["В 2026 году мы писали: всё хорошо", "От: кого было письмо?", "On this day I wrote something"])
def test_a_persons_own_words_are_no_quote(line: str) -> None:
    assert quoting.split(of_plain(f"Добрый день.\n{line}\nИ ещё строка.")).quoted == ""


@pytest.mark.parametrize("signature", ["-- \nАнна Ли", "С уважением,\nАнна Ли", "Отправлено с iPhone", "Анна Ли"])
def test_signatures_are_kept_apart(signature: str) -> None:
    split = quoting.split(of_plain(f"Готово, проверьте.\n\n{signature}"), sender_name="Анна Ли")
    assert split.text == "Готово, проверьте."
    assert split.signature


@pytest.mark.parametrize(
    "html",
    [
        '<p>Да</p><div id="appendonsend"></div><p>старое</p>',
        '<p>Да</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>От:</b> Анна</p></div><p>старое</p>',
        '<p>Да</p><blockquote type="cite">старое</blockquote>',
        '<p>Да</p><div class="yahoo_quoted">старое</div>',
        "<p>Да</p><div>##- Пишите ответ выше этой строки -##</div><p>старое</p>",
    ],
)
def test_containers_of_mail_programs_are_quotes(html: str) -> None:
    split = quoting.split(html_text.lines(html))
    assert split.text == "Да"
    assert "старое" in split.quoted


def test_a_letter_never_becomes_empty_by_cutting() -> None:
    only_quote = quoting.split(of_plain("> Only a quote.\n> /close"))
    assert only_quote.text == "> Only a quote.\n> /close"
    assert only_quote.own == ()
    unmarked = quoting.split(of_plain("On 8 May 2017 17:34, Anna <anna@shop.example> wrote:\n\nIt should be two.\n/close"))
    assert unmarked.text == "It should be two.\n/close"
    assert unmarked.own == ()
    assert quoting.split(of_plain("С уважением,\nАнна")).text == "С уважением,\nАнна"


def test_an_answer_without_new_text_stays_empty() -> None:
    found = quoting.split(of_plain("On 8 May 2017 17:34, Anna <anna@shop.example> wrote:\n> Two?"), answers=True)
    assert found.text == ""
    assert "Two?" in found.quoted


def test_a_header_block_on_one_line_begins_the_old_letter() -> None:
    found = quoting.split(
        of_plain("Reply\nFrom: anna@shop.example Date: Thu, 24 Mar 2016 08:07:12 -0700 To: support@studio.example\nOld words")
    )
    assert (found.text, "Old words" in found.quoted) == ("Reply", True)
    assert quoting.split(of_plain("From: the shop at 10:00, to: anna@shop.example: write")).text.startswith("From: the shop")
