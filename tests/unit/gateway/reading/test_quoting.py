"""New text, quotes and signatures, by the ways in which mail programs mark them."""

import pytest

from gateway.reading import forwards, html_text, quoting
from gateway.reading.lines import of_plain
from helpdesk.messages import Address, Forwarded

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
    "Zoho": "---- Вкл Пт, 20 ноя 2026 12:10:40 +0300 Анна Ли <anna@shop.example> написал(а) ----",
    "Claws": "Fri, 20 Nov 2026 12:10:40 +0300\nАнна Ли <anna@shop.example> пишет:",
    "KMail": "В письме от пятница, 20 ноября 2026 г. 12:10:40 MSK пользователь Анна Ли написал:",
    "Tutanota": "20 нояб. 2026, 12:10 от anna@shop.example:",
    "Polymail": "On Fri, Nov 20, 2026 at 12:10 PM Anna Li\n\n<\nmailto:anna@shop.example <anna@shop.example>\n> wrote:",
    "GroupWise": ">>> Анна Ли <anna@shop.example> 20.11.2026 12:10 >>>",
    "Gmail, without an address": "2026-11-20 12:10 GMT+03:00 Anna Li",
    "Polish": "W dniu 20.11.2026 o 12:10, Anna Li pisze:",
    "German": "Am 20.11.2026 um 12:10 schrieb Anna Li <anna@shop.example>:",
}
HEADS = {
    "Outlook": "От: Анна Ли [mailto:anna@shop.example]\nОтправлено: 20 ноября 2026 г. 12:10\nКому: Студия\nТема: Баннер",
    "Outlook, plain": "-----Исходное сообщение-----\nFrom: Анна\nSent: Friday",
    "Outlook, web": "________________________________\nFrom: Anna <anna@shop.example>\nSent: Friday\nTo: Studio\nSubject: Banner",
    "Yandex": "----------------\nКому: anna@shop.example (anna@shop.example);\nТема: Баннер;\n20.11.2026, 12:10, Студия <a@b.example>:",
    "under an unknown title": "---------- Исходящее сообщение ----------\nОт: Анна <anna@shop.example>\nТема: Баннер\nКому: Студия",
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


def test_a_dateless_attribution_needs_a_quote_below() -> None:
    assert quoting.split(of_plain("Готово.\n\nАнна Ли пишет:\n> старое")).text == "Готово."
    assert quoting.split(of_plain("Готово.\n\nQuoting Anna Li:\n> old")).text == "Готово."
    assert quoting.split(of_plain("Как Анна пишет:\nкнопка зелёная.")).quoted == ""


@pytest.mark.parametrize(
    "line",
    [
        "В 2026 году мы писали: всё хорошо",
        "От: кого было письмо?",
        "On this day I wrote something",
        "20 ноября 2026 года в 12:10 сайт упал. В журнале сервер пишет:",
        "20.11.2026 в 12:10 сервер пишет:",
        "Клиент anna@shop.example пишет:",
        "Напишите на anna@shop.example до 20.11.2026 вот это:",
        "От: — имя отправителя\nКому: — наш адрес\nТема: — выпадающий список",
    ],
)
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
        '<div>Да</div><div name="messageSignatureSection">Анна</div><div name="messageReplySection">старое</div>',
        '<p>Да</p><hr id="zwchr"><div>старое</div>',
        '<p>Да</p><p class="airmail_on">20 нояб. 2026, Анна:</p><blockquote class="clean_bq" type="cite">старое</blockquote>',
        'Да<span id="OLK_SRC_BODY_SECTION">старое</span>',
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


def test_a_header_block_over_all_of_a_letter_is_a_forward_unless_the_letter_answers() -> None:
    block = f"{HEADS['Outlook']}\n\nстарое письмо"
    assert quoting.split(of_plain(block)).forward
    answer = quoting.split(of_plain(block), answers=True)
    assert (answer.text, answer.forward) == ("", ())
    assert "старое письмо" in answer.quoted
    assert quoting.split(of_plain(block), answers=True, forwards=True).forward


def test_a_header_block_on_one_line_begins_the_old_letter() -> None:
    found = quoting.split(
        of_plain("Reply\nFrom: anna@shop.example Date: Thu, 24 Mar 2016 08:07:12 -0700 To: support@studio.example\nOld words")
    )
    assert (found.text, "Old words" in found.quoted) == ("Reply", True)
    assert quoting.split(of_plain("From: the shop at 10:00, to: anna@shop.example: write")).text.startswith("From: the shop")


def test_an_opening_over_unmarked_words_hides_neither_them_nor_the_next_attribution() -> None:
    found = quoting.split(
        of_plain("On 8 May 2017 17:34, Anna <a@b.example> wrote:\n\nTwo.\n\nOn 7 May 2017, Petr <p@b.example> wrote:\n> How many?")
    )
    assert (found.text, found.own) == ("Two.", ())


def test_an_answer_below_a_quoted_reply_marker_is_read_and_commands_nothing() -> None:
    body = "Вот:\n/done\n\n20.11.2026 12:10, Студия пишет:\n> ##- Пишите ответ выше -##\n> Когда?\n\nЗавтра.\n/spent 5m"
    found = quoting.split(of_plain(body), answers=True)
    assert found.text == "Вот:\n/done\n\nЗавтра.\n/spent 5m"
    assert found.own == ("Вот:", "/done", "")
    assert found.unheard == ("", "Завтра.", "/spent 5m")


def test_the_end_of_a_quoted_link_is_no_answer() -> None:
    found = quoting.split(of_plain("Вижу.\n\n20.11.2026 12:10, Анна пишет:\n> Заявка (http://shop.example/a\n_b=3dd518)\n>"))
    assert found.text == "Вижу."


def test_a_forward_ends_where_its_program_says_and_what_follows_never_commands() -> None:
    body = (
        "Возьмите.\n\n-------- Пересылаемое сообщение --------\n20.11.2026, 12:10, Анна Ли (anna@shop.example):\nТема: Поиск;\n"
        "Не ищет.\n-------- Конец пересылаемого сообщения --------\n-- \nПётр\n/spent 9h"
    )
    found = quoting.split(of_plain(body), sender_name="Пётр")
    assert (found.text, found.own) == ("Возьмите.", ("Возьмите.", ""))
    assert found.signature.startswith("Пётр")
    forwarded = forwards.read(found.forward, "Fwd: x")
    assert forwarded == Forwarded(Address("anna@shop.example", "Анна Ли"), "Поиск", "", "Не ищет.")


def test_the_bat_forwards_between_scissors() -> None:
    body = (
        "Примите.\n\nЭто пересланное сообщение\nОт кого: Анна <anna@shop.example>\nКому: p@b.example\nТема: Поиск\n\n"
        "===8<==============Исходный текст сообщения==============\nНе ищет.\n===8<===========Конец исходного текста сообщения===========\n"
    )
    found = quoting.split(of_plain(body))
    forwarded = forwards.read(found.forward, "x")
    assert found.text == "Примите."
    assert forwarded is not None
    assert (forwarded.sender.email, forwarded.text) == ("anna@shop.example", "Не ищет.")


@pytest.mark.parametrize(
    "marker",
    ["> ##- Пишите ответ выше\n> этой строки -##", "> ##- Пишите\n> ответ выше\n> этой строки -##", "> ##- Пишите выше\nстроки -##"],
)
def test_a_reply_marker_that_a_narrow_quote_wraps_is_one(marker: str) -> None:
    found = quoting.split(of_plain(f"Ок.\n\n01.10.2026 10:00, Студия пишет:\n{marker}\n>\n> Ольга: пожалуйста\n/close\n"))
    assert (found.own, found.unheard) == (("Ок.", ""), ("/close", ""))
    assert "строки" not in found.text


def test_a_wrapped_marker_cuts_what_stands_below_it() -> None:
    assert quoting.split(of_plain("Ок.\n##- Пишите ответ выше\nэтой строки -##\n/close\n")).text == "Ок."


def test_a_line_that_begins_like_a_marker_is_prose() -> None:
    assert quoting.split(of_plain("##- пункт\nдальше\n/close")).own == ("##- пункт", "дальше", "/close")


def test_a_letter_of_attributions_alone_is_shown_as_it_is() -> None:
    words = "On Mon, Apr 4, 2016 at 10:00 AM, Anna <anna@shop.example> wrote:"
    assert quoting.split(of_plain(words)).text == words
