"""What people write behind a command, as people write it."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.commands.arguments import LONGEST_ENTRY, parse_day, parse_number, parse_percent, take_day, take_minutes
from helpdesk.commands.lines import fold
from helpdesk.money import parse_money

TODAY = date(2026, 11, 20)


def minutes(text: str) -> int | None:
    taken = take_minutes(fold(text))
    return taken.value if taken else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40m", 40),
        ("40 m", 40),
        ("40 min", 40),
        ("40 minutes", 40),
        ("1h20m", 80),
        ("1h 20m", 80),
        ("1h20", 80),
        ("1:20", 80),
        ("0:05", 5),
        ("1.5h", 90),
        ("2 hours", 120),
        ("90", 90),
        ("40м", 40),
        ("40 мин", 40),
        ("40 мин.", 40),
        ("5 минут", 5),
        ("1 минута", 1),
        ("2 минуты", 2),
        ("1ч20м", 80),
        ("1ч 20м", 80),
        ("1 ч. 20 мин.", 80),
        ("2 часа 40 минут", 160),
        ("2 часа и 40 минут", 160),
        ("2 hours and 40 minutes", 160),
        ("2ч, 40м", 160),
        ("2ч 30", 150),
        ("1,5 ч", 90),
        ("0,25 часа", 15),
        ("51 час 5 минут", 3065),
        ("1Ч20М", 80),
    ],
)
def test_durations_are_read_in_english_and_russian(text: str, expected: int) -> None:
    assert minutes(text) == expected


@pytest.mark.parametrize("text", ["-10m", "−10м", "–10 мин", "—10m", "--10m", "- 10m"])
def test_a_dash_of_any_length_takes_time_back(text: str) -> None:
    assert minutes(text) == -10


@pytest.mark.parametrize("text", ["1\u00a0ч\u00a020\u00a0м", "1\u202fч 20\u2009м", "1\u2060ч20м", "1ч\t20м"])
def test_odd_blanks_do_not_matter(text: str) -> None:
    assert minutes(text) == 80


@pytest.mark.parametrize("text", ["1,6", "1.6", "0,5"])
def test_a_bare_fraction_is_refused_as_ambiguous(text: str) -> None:
    assert minutes(text) is None


@pytest.mark.parametrize("text", ["1,5ч 20м", "40m 3h", "40 минут и 2 часа", "2ч 30 правки", "1 20", "1 000", "1:20:30"])
def test_a_duration_that_seems_to_go_on_is_refused(text: str) -> None:
    assert minutes(text) is None


@pytest.mark.parametrize("text", ["", "час", "полдня", "m", "40x", "2026-11-20", "1.20.30", "сорок минут", "+", "-"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert minutes(text) is None


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ("40m правки на главной", 40, "правки на главной"),
        ("40м, правки", 40, "правки"),
        ("40м 2 баннера", 40, "2 баннера"),
        ("1h 500 error", 60, "500 error"),
        ("90 правки", 90, "правки"),
        ("40m@вчера", 40, "@вчера"),
        ("2ч 40 @вчера", 160, "@вчера"),
    ],
)
def test_what_stands_behind_a_duration_is_text(text: str, value: int, rest: str) -> None:
    taken = take_minutes(text)
    assert taken is not None
    assert (taken.value, taken.rest) == (value, rest)


@settings(max_examples=50)
@given(st.integers(0, 99), st.integers(0, 59))
def test_every_way_to_write_a_duration_means_the_same(hours: int, rest: int) -> None:
    total = hours * 60 + rest
    ways = [f"{hours}h{rest}m", f"{hours}ч {rest}м", f"{hours}:{rest:02}", f"{hours} часов {rest} минут", f"{total}", f"{total} мин"]
    assert {minutes(way) for way in ways} == {total}


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_any_text_gives_minutes_or_none(text: str) -> None:
    taken = take_minutes(fold(text))
    assert taken is None or isinstance(taken.value, int)


def test_a_day_may_be_written_in_many_ways() -> None:
    days = ["2026-11-20", "20.11.2026", "20.11.26", "20.11", "today", "сегодня", "Сегодня"]
    assert {parse_day(day, TODAY) for day in days} == {TODAY}
    assert parse_day("вчера", TODAY) == parse_day("yesterday", TODAY) == date(2026, 11, 19)
    assert parse_day("позавчера", TODAY) == date(2026, 11, 18)


def test_a_day_without_a_year_is_the_last_one_that_came() -> None:
    assert parse_day("21.11", TODAY) == date(2025, 11, 21)


@pytest.mark.parametrize("word", ["31.02", "2026-13-01", "32.01.2026", "завтра", "20/11", "", "0000-01-01", "29.02"])
def test_what_is_no_day_is_none(word: str) -> None:
    assert parse_day(word, TODAY) is None


@pytest.mark.parametrize(
    ("text", "day", "rest"),
    [
        ("", None, ""),
        ("созвон", None, "созвон"),
        ("@вчера созвон", date(2026, 11, 19), "созвон"),
        ("@ 19.11, созвон", date(2026, 11, 19), "созвон"),
        ("созвон @вчера", date(2026, 11, 19), "созвон"),
        ("созвон @19.11. с Ольгой", date(2026, 11, 19), "созвон с Ольгой"),
        ("письмо для @ivan", None, "письмо для @ivan"),
    ],
)
def test_a_day_stands_before_or_behind_the_text(text: str, day: date | None, rest: str) -> None:
    taken = take_day(text, TODAY)
    assert taken is not None
    assert (taken.value, taken.rest) == (day, rest)


@pytest.mark.parametrize("text", ["@31.02", "@завтра", "@", "@ivan правки"])
def test_an_at_sign_that_starts_no_day_is_refused(text: str) -> None:
    assert take_day(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("4000", 400_000),
        ("4 000", 400_000),
        ("4 000 руб.", 400_000),
        ("4000р", 400_000),
        ("4000 рублей", 400_000),
        ("4000 ₽", 400_000),
        ("4000.5", 400_050),
        ("4000,50", 400_050),
        ("6k", 600_000),
        ("6 тыс. руб", 600_000),
        ("1,5 тыс", 150_000),
        ("76 625", 7_662_500),
        ("0", 0),
    ],
)
def test_money_is_read_as_people_write_it(text: str, kopecks: int) -> None:
    assert parse_money(text) == kopecks


@pytest.mark.parametrize("text", ["", "-500", "4.000", "1 5", "10%", "много", "4000 $", "1 000 000 000 000", "999999999 тыс"])
def test_what_is_no_sum_or_too_big_a_one_is_none(text: str) -> None:
    assert parse_money(text) is None


@settings(max_examples=50)
@given(st.integers(0, 2_000_000_000))
def test_any_sum_is_read_back_to_the_kopeck(kopecks: int) -> None:
    assert parse_money(f"{kopecks // 100},{kopecks % 100:02} руб.") == kopecks


def test_percent_is_whole_and_at_most_a_hundred() -> None:
    assert [parse_percent(text) for text in ("10%", "10 %", "10 процентов", "100%", "0%")] == [10, 10, 10, 100, 0]
    assert [parse_percent(text) for text in ("101%", "12,5%", "10", "%", "-5%")] == [None] * 5


@pytest.mark.parametrize("text", ["14883", "#14883", "№14883", "№ 14883", "No14883", " 14883 ", "N 14883"])
def test_a_ticket_number_may_have_its_sign(text: str) -> None:
    assert parse_number(text) == 14883


@pytest.mark.parametrize("text", ["", "#", "14883a", "1234567890", "١٢٣", "-1", "1.5"])
def test_what_is_no_ticket_number_is_none(text: str) -> None:
    assert parse_number(text) is None


def test_nobody_works_more_than_a_hundred_hours_at_once() -> None:
    assert LONGEST_ENTRY == 6000
