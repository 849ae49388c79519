"""Signatures: what takes leave, and what only looks like it."""

import pytest

from gateway.reading import quoting
from gateway.reading.lines import of_plain

TEXT = "Сделайте, пожалуйста.\nСрочно нужно."


def split(ending: str, name: str = "Иван Петров") -> quoting.Split:
    return quoting.split(of_plain(f"{TEXT}\n\n{ending}\n"), sender_name=name)


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nИван",
        "С уваж., Иван",
        "Best,\nIvan",
        "И. Петров",
        "Петров И.И.",
        "Спасибо!\nИван Петров\nдиректор\nООО «Волна»\n+7 900 111 22 33",
        "Иван Петров\nдиректор ООО «Волна»\n+7 (900) 111-22-33\nivan@volna.example",
        "ООО «Волна»\nИван Петров\nтел. 8 900 111-22-33",
        "--------\nИван Петров\n+7 900 111 22 33",
        "***\nС уважением, Иван",
        "Отправлено из мобильного приложения",
        "Отправлено с моего Huawei",
        "Get BlueMail for Android",
        "(Sent from a phone)",
        "Иван\n\nОтправлено с iPhone",
        "Без вирусов. www.scanner.example",
        "С уважением,\nИван\n\nДанное сообщение содержит\nконфиденциальную информацию. " + "И ещё слова. " * 60,
    ],
)
def test_signatures_are_found_by_their_many_signs(signature: str) -> None:
    found = split(signature)
    assert found.text == TEXT
    assert found.signature


@pytest.mark.parametrize(
    "words",
    [
        "Отправлено из Москвы вчера",
        "Отправлено через СДЭК, трек 123",
        "Sent from my desk, which is easier than my phone.",
        "С уважением относимся к вашему мнению, но нет",
        "Cheers for that, it works now fine",
        "Best regards\nis what the footer of the form should say.",
        "Спасибо!\nИрина всё поправила",
        "Thanks,\nAlex",
        "Заранее спасибо!",
        "Кто такой Иван Петров?",
    ],
)
def test_words_that_only_look_like_a_signature_stay(words: str) -> None:
    found = split(words)
    assert found.text == f"{TEXT}\n\n{words}"
    assert found.signature == ""


def test_thanks_before_the_closing_are_text() -> None:
    assert split("Заранее спасибо!\n\nС уважением, Иван").text == f"{TEXT}\n\nЗаранее спасибо!"


def test_a_postscript_below_the_signature_is_text() -> None:
    found = split("С уважением,\nИван\n\nP.S. Пришлите счёт.")
    assert found.text == f"{TEXT}\n\nP.S. Пришлите счёт."
    assert found.signature == "С уважением,\nИван"


def test_closings_count_over_a_quote_that_only_a_footer_follows() -> None:
    found = quoting.split(of_plain("Готово.\n\nС уважением,\nИван\n\n20.11.2026 12:10, Анна пишет:\n> Когда?\n\n-- \nрассылка"))
    assert found.text == "Готово."


def test_the_signature_shows_commands_as_they_are_read() -> None:
    assert split("-- \nИван\n/Spent\u00a01h").signature == "Иван\n/Spent 1h"
