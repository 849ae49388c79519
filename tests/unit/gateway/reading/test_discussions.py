"""Answers between the lines they answer, as one readable exchange."""

import pytest

from gateway.reading import html_text, parsing, quoting
from gateway.reading.lines import of_plain

LETTER = """Добрый день, ответы ниже.

20.11.2026 12:10, Анна пишет:
> Здравствуйте!
>
> Первый вопрос?
Да.

> Второй?
>> старое
>

Нет.
/spent 1h

> С уважением,
> Анна

-- 
Пётр
"""  # noqa: W291  the signature's delimiter
EXCHANGE = """Добрый день, ответы ниже.

> Здравствуйте!
>
> Первый вопрос?

Да.

> Второй?
> > старое

Нет.
/spent 1h"""


def discussion(text: str) -> str:
    return quoting.split(of_plain(text)).discussion


def test_interleaved_answers_keep_the_lines_they_answer() -> None:
    found = quoting.split(of_plain(LETTER))
    assert found.discussion == EXCHANGE
    assert found.text == "Добрый день, ответы ниже.\n\nДа.\n\nНет.\n/spent 1h"


def test_html_quotes_are_told_by_their_depth() -> None:
    html = '<blockquote type="cite">Первый?</blockquote><p>Да.</p><blockquote type="cite">Второй?</blockquote><p>Нет.</p>'
    assert quoting.split(html_text.lines(html)).discussion == "> Первый?\n\nДа.\n\n> Второй?\n\nНет."


def test_one_answer_between_two_quotes_is_an_exchange() -> None:
    assert discussion("> Первый?\nДа.\n> Второй?") == "> Первый?\n\nДа."


@pytest.mark.parametrize(
    "text",
    [
        "Просто письмо.",
        "Ответ сверху.\n\n20.11.2026 12:10, Анна пишет:\n> Вопрос?",
        "20.11.2026 12:10, Анна пишет:\n> Вопрос?\n\nОтвет снизу.",
        "> Вопрос?\n\nОтвет.\n\n-- \nПётр",
        "> Только цитата.\n> И больше ничего.",
    ],
)
def test_letters_that_answer_all_at_once_have_none(text: str) -> None:
    assert discussion(text) == ""


def test_of_a_long_quote_the_lines_nearest_to_the_answer_stay() -> None:
    quote = "".join(f"> строка {number}\n" for number in range(1, 31))
    found = discussion(f"{quote}Да.\n> Ещё?\nНет.").split("\n")
    assert found[:2] == ["> […]", "> строка 19"]
    assert found[12:15] == ["> строка 30", "", "Да."]


def test_attributions_inside_the_marks_are_left_out() -> None:
    found = discussion("> On 20 Nov 2026, at 12:10, Anna <anna@shop.example> wrote:\n>\n> Which?\n\nThe first.\n> When?\nNow.")
    assert found == "> Which?\n\nThe first.\n\n> When?\n\nNow."


def test_the_letter_carries_its_exchange() -> None:
    raw = b"From: a@shop.example\nContent-Type: text/plain; charset=utf-8\n\n> One?\nYes.\n> Two?\nNo.\n"
    assert parsing.parse(raw).discussion == "> One?\n\nYes.\n\n> Two?\n\nNo."


def test_own_lines_that_begin_like_a_quote_are_told_from_one() -> None:
    answered = '<blockquote type="cite">Какая скидка?</blockquote><p>&gt; 50% для постоянных</p>'
    html = f'{answered}<blockquote type="cite">Когда?</blockquote><p>Завтра</p>'
    assert quoting.split(html_text.lines(html)).discussion == "> Какая скидка?\n\n > 50% для постоянных\n\n> Когда?\n\nЗавтра"
