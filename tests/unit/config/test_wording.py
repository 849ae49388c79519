"""Money, time and dates as people read them."""

from datetime import UTC, date, datetime

import pytest

from config import wording

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("kopecks", "expected"),
    [
        (400_000, "4000 руб."),
        (400_050, "4000,50 руб."),
        (7_662_500, f"76{NBSP}625 руб."),
        (1_000_000, f"10{NBSP}000 руб."),
        (-24_304_000, f"−243{NBSP}040 руб."),
        (0, "0 руб."),
        (5, "0,05 руб."),
    ],
)
def test_rubles_in_russian(kopecks: int, expected: str) -> None:
    assert wording.rubles(kopecks) == expected


def test_rubles_in_english() -> None:
    assert wording.rubles(400_050, "en") == "4000.50 RUB"


def test_documents_show_kopecks_and_thousands() -> None:
    assert wording.amount(400_000, exact=True) == f"4{NBSP}000,00"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (5, "5 минут"),
        (60, "1 час"),
        (160, "2 часа 40 минут"),
        (61, "1 час 1 минута"),
        (0, "0 минут"),
        (-10, "−10 минут"),
        (3065, "51 час 5 минут"),
        (11 * 60 + 22, "11 часов 22 минуты"),
    ],
)
def test_time_spent_in_russian(minutes: int, expected: str) -> None:
    assert wording.spent(minutes) == expected


def test_time_spent_in_english() -> None:
    assert wording.spent(160, "en") == "2 hours 40 minutes"
    assert wording.spent(61, "en") == "1 hour 1 minute"


@pytest.mark.parametrize(("number", "form"), [(1, "день"), (2, "дня"), (5, "дней"), (11, "дней"), (21, "день"), (112, "дней"), (0, "дней")])
def test_russian_plurals(number: int, form: str) -> None:
    assert wording.plural(number, "день", "дня", "дней") == form


def test_days_in_both_languages() -> None:
    assert wording.day(date(2026, 10, 31)) == "31 октября 2026 г."
    assert wording.day(date(2026, 10, 1), "en") == "1 October 2026"


def test_a_moment_is_told_on_the_clock_of_its_zone() -> None:
    at = datetime(2026, 10, 31, 22, 5, tzinfo=UTC)
    assert wording.moment(at, "Europe/Moscow") == "01.11.2026 01:05"
    assert wording.moment(at, UTC, "en") == "31 Oct 2026, 22:05"
