import pytest

from billing.periods import Period
from billing.words import duration, initials, month_name, sum_in_words


@pytest.mark.parametrize(
    ("kopecks", "text"),
    [
        (6_000_000, "Шестьдесят тысяч рублей 00 копеек"),
        (100, "Один рубль 00 копеек"),
        (200, "Два рубля 00 копеек"),
        (1_100, "Одиннадцать рублей 00 копеек"),
        (2_100_191, "Двадцать одна тысяча один рубль 91 копейка"),
        (200_002, "Две тысячи рублей 02 копейки"),
        (24_304_000, "Двести сорок три тысячи сорок рублей 00 копеек"),
        (100_000_000, "Один миллион рублей 00 копеек"),
        (1, "Ноль рублей 01 копейка"),
        (7_662_500, "Семьдесят шесть тысяч шестьсот двадцать пять рублей 00 копеек"),
        (-100, "Минус один рубль 00 копеек"),
    ],
)
def test_sums_are_written_in_words(kopecks: int, text: str) -> None:
    assert sum_in_words(kopecks) == text


def test_time_is_written_short() -> None:
    assert [duration(minutes) for minutes in (160, 60, 20, 0, -10, 3065)] == [
        "2 ч 40 мин",
        "1 ч",
        "20 мин",
        "0 мин",
        "-10 мин",
        "51 ч 5 мин",
    ]


def test_names_become_surname_and_initials() -> None:
    assert initials("Иванов Иван Иванович") == "Иванов\u00a0И.\u00a0И."
    assert initials("Петров И. И.") == "Петров И. И."
    assert initials("Мадонна") == "Мадонна"


def test_no_text_holds_a_narrow_space_that_accounting_programs_cannot_read() -> None:
    assert "\u202f" not in month_name(Period(2026, 10)) + sum_in_words(123_456_789)
    assert month_name(Period(2026, 10)) == "октябрь 2026 г."
