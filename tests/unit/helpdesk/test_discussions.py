"""Answers between quoted lines: who may see which of the lines."""

from helpdesk import discussions
from helpdesk.orders import text_to_read
from tests.unit.helpdesk.hand_made import IVAN, OLGA, letter, snapshot

DISCUSSION = "> Когда запуск?\n\nВ пятницу.\n\n> Стоимость: 4000 руб. Команды — с новой строки\n\nИ ещё не всё готово."
SEEN = discussions.folded("Здравствуйте!\n  Когда   запуск?\nОчень ждём.")


def test_a_clients_answers_keep_the_lines_that_they_answer() -> None:
    message = letter("В пятницу.", "И ещё не всё готово.", discussion=DISCUSSION)
    assert text_to_read(message, snapshot(OLGA)) == DISCUSSION


def test_a_colleagues_answers_keep_only_the_lines_that_the_client_has_seen() -> None:
    message = letter("В пятницу.", "И ещё не всё готово.", discussion=DISCUSSION)
    assert text_to_read(message, snapshot(IVAN, seen=SEEN)) == "> Когда запуск?\n\nВ пятницу.\n\nИ ещё не всё готово."


def test_a_colleague_who_quotes_nothing_that_all_have_seen_is_read_without_quotes() -> None:
    message = letter("В пятницу.", "И ещё не всё готово.", discussion=DISCUSSION)
    assert text_to_read(message, snapshot(IVAN)) == "В пятницу.\nИ ещё не всё готово."


def test_commands_leave_the_discussion_too() -> None:
    message = letter("В пятницу.", "/done", discussion="> Когда запуск?\n\nВ пятницу.\n\n/done")
    assert text_to_read(message, snapshot(IVAN, seen=SEEN)) == "> Когда запуск?\n\nВ пятницу."


def test_a_few_words_are_seen_only_as_a_line_of_their_own() -> None:
    seen = discussions.folded("Смета 15000.\nКогда? Почему не платят")
    assert discussions.seen_by_all("> 500\n> не платят\n> Смета 15000.\n\nДа.", seen) == "> Смета 15000.\n\nДа."


def test_a_wrapped_line_is_seen_as_far_as_its_words_are_whole() -> None:
    seen = discussions.folded("Поменяйте, пожалуйста, телефон в шапке и в подвале сайта")
    assert discussions.seen_by_all("> Поменяйте, пожалуйста, телефон в\n\nДа.", seen).startswith("> Поменяйте")
    assert discussions.seen_by_all("> Поменяйте, пожалуйста, телефон в подв\n\nДа.", seen) == ""


def test_the_sign_of_left_out_lines_stands_only_beside_lines() -> None:
    assert discussions.seen_by_all("> […]\n> /spent 5h\n\nДа.", SEEN) == ""
    assert discussions.seen_by_all("> […]\n> Когда запуск?\n\nДа.", SEEN) == "> […]\n> Когда запуск?\n\nДа."
