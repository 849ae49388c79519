"""The director's day."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdesk.digests import DayFigures, Debt, Digest, MoneyFigures, Unanswered, Worked, compose_digest, digest_document
from helpdesk.messages import Address
from tests.unit.helpdesk.hand_made import ANNA, IVAN, NOW, POLICY, TODAY, ticket

LATE = Unanswered(ticket(3, subject="Ждут <давно> & молча"), NOW - timedelta(hours=25))
FRESH = Unanswered(ticket(4, assignee=IVAN), NOW - timedelta(hours=24))
FULL = Digest(
    TODAY,
    NOW,
    DayFigures(
        opened=(ticket(1),),
        finished=(ticket(2, client=None),),
        waiting=(ticket(5),),
        unanswered=(LATE, FRESH),
        worked=(Worked("Иван Петров", 160), Worked("Пётр Сидоров", 20)),
        failed_letters=1,
    ),
    MoneyFigures(450_000, 7_662_500, (Debt("Ромашка", 24_304_000),), unprinted=1),
    held=2,
    failed=3,
)
EMPTY = Digest(TODAY, NOW, DayFigures())


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("digest", [FULL, EMPTY], ids=["full", "empty"])
def test_every_digest_can_be_told_in_both_languages(digest: Digest, language: str) -> None:
    made = compose_digest(digest, Address(ANNA.email), replace(POLICY, language=language))
    assert made.text.strip()
    assert made.html.startswith("<!doctype html>")
    assert made.dedupe_key == f"digest:2026-10-05:{ANNA.email}"


def test_the_digest_says_what_the_director_asks() -> None:
    made = compose_digest(FULL, Address(ANNA.email), POLICY)
    text = made.text.replace("\N{NO-BREAK SPACE}", " ")
    assert made.subject == "Студия Лад: 5 октября 2026 г. — 4500 руб. за день"
    for expected in (
        "За день заработано: 4500 руб.",
        "С начала месяца: 76 625 руб.",
        "Ромашка: 243 040 руб.",
        "Иван Петров: 2 часа 40 минут",
        "Всего: 3 часа",
        "НОВЫЕ ЗАЯВКИ: 1\n  № 1 · Каталог · Ромашка",
        "БЕЗ ОТВЕТА: 2",
        "ПРОСРОЧЕНО (без ответа больше суток): 1\n  № 3",
        "Писем, которые ждут решения: 2",
        "Писем, которые не удалось разобрать: 3",
        "Писем, которые не удалось отправить: 1",
        "Выставлено, но ещё не напечатано документов: 1",
    ):
        assert expected in text, expected


def test_an_empty_day_says_so() -> None:
    text = compose_digest(EMPTY, Address(ANNA.email), POLICY).text
    assert "Никто ничего не записал." in text
    assert "Долгов нет." in text
    assert "ТРЕБУЕТ ВНИМАНИЯ" not in text


def test_subjects_are_escaped_in_html_and_not_in_text() -> None:
    made = compose_digest(FULL, Address(ANNA.email), replace(POLICY, studio="Лад & Ко"))
    assert "Ждут &lt;давно&gt; &amp; молча" in made.html
    assert "Ждут <давно> & молча" in made.text
    assert made.subject.startswith("Лад & Ко: ")


def test_a_day_is_over_after_twenty_four_hours_exactly() -> None:
    assert FULL.desk.overdue(NOW) == (LATE,)


def test_programs_get_the_same_figures() -> None:
    document = digest_document(FULL)
    assert (document["new"], document["unanswered"], document["overdue"], document["minutes"]) == ([1], [3, 4], [3], 180)
    assert (document["made_today"], document["debts"]) == ("4500.00", [{"client": "Ромашка", "amount": "243040.00"}])
    assert (document["held"], document["failed"]) == (2, 4)
