"""What people write behind a command: durations, days, money, percentages, in English and Russian. Pure.

Every parser takes text and gives a value or None; `take_*` parsers read the head of a text and give back the rest.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Generic, TypeVar

from helpdesk.pricing import divide_half_up

LONGEST_ENTRY = 100 * 60
_HOURS = r"(?:hours|hour|hrs|hr|h|часов|часа|час|ч)\.?"
_MINUTES = r"(?:minutes|minute|mins|min|m|минуты|минута|минуту|минут|мин|м)\.?"
_END = r"(?=$|[\s,;@])"
_DURATIONS = tuple(
    re.compile(rf"(?P<sign>-?) ?{form}{_END}", re.IGNORECASE)
    for form in (
        rf"(?P<hours>\d{{1,4}}) ?{_HOURS} ?(?P<minutes>\d{{1,4}}) ?{_MINUTES}",
        rf"(?P<hours>\d{{1,4}}) ?{_HOURS}(?P<minutes>\d{{1,4}})",
        rf"(?P<hours>\d{{1,4}}) ?{_HOURS} (?P<minutes>\d{{1,4}})(?= ?(?:$|@))",
        rf"(?P<hours>\d{{1,4}}(?:[.,]\d{{1,2}})?) ?{_HOURS}",
        rf"(?P<minutes>\d{{1,5}}) ?{_MINUTES}",
        r"(?P<hours>\d{1,4}):(?P<minutes>[0-5]\d)",
        r"(?P<minutes>\d{1,5})",
    )
)
_MONEY = re.compile(
    r"(?P<whole>\d{1,3}(?: \d{3})+|\d{1,9})(?:[.,](?P<kopecks>\d{1,2}))? ?(?P<thousand>k|к|тыс\.?)? ?(?:руб(?:лей|ля|ль)?\.?|р\.?|₽|rub)?",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(\d{1,3}) ?(?:%|процент(?:а|ов)?|percent)", re.IGNORECASE)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_RUSSIAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?")
_DAY_WORDS = {"today": 0, "сегодня": 0, "yesterday": 1, "вчера": 1, "позавчера": 2}
_CENTURY = 2000
_TWO_DIGITS = 100

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Taken(Generic[Value]):
    """A value read from the head of a text, and the rest of the text."""

    value: Value
    rest: str


def take_minutes(text: str) -> Taken[int] | None:
    """Minutes at the head of a text: 40m, 1h20m, 1:20, 1.5h, 90, -10m; 40 мин, 1ч20м, 1,5 ч. A bare fraction («1,6») is ambiguous: None."""
    for form in _DURATIONS:
        found = form.match(text)
        if found:
            rest = text[found.end() :].lstrip(" ,;")
            return Taken(_minutes(found.groupdict()), rest) if not _is_fraction(text, found.end()) else None
    return None


def _is_fraction(text: str, end: int) -> bool:
    return re.match(r"[.,]\d", text[end:]) is not None


def _minutes(parts: dict[str, str | None]) -> int:
    hours = Fraction((parts.get("hours") or "0").replace(",", "."))
    exact = hours * 60 + int(parts.get("minutes") or 0)
    total = divide_half_up(exact.numerator, exact.denominator)
    return -total if parts["sign"] else total


def take_day(text: str, today: date) -> Taken[date | None] | None:
    """A day at the head of a text: «@2026-11-20», «@20.11», «@вчера». Taken(None) where no @ stands there, None where it is no day."""
    if not text.startswith("@"):
        return Taken(None, text)
    word, _, rest = text[1:].lstrip().partition(" ")
    day = parse_day(word.rstrip(",;"), today)
    return None if day is None else Taken(day, rest.strip())


def parse_day(word: str, today: date) -> date | None:
    """A day: ISO, «20.11» (the nearest one that is not in the future), «20.11.2026», «вчера», «yesterday»."""
    back = _DAY_WORDS.get(word.casefold())
    if back is not None:
        return today - timedelta(days=back)
    if iso := _ISO_DAY.fullmatch(word):
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    if russian := _RUSSIAN_DAY.fullmatch(word):
        return _russian_day(russian, today)
    return None


def _russian_day(found: re.Match[str], today: date) -> date | None:
    day, month = int(found[1]), int(found[2])
    if found[3]:
        year = int(found[3])
        return _day(year if year >= _TWO_DIGITS else _CENTURY + year, month, day)
    this_year = _day(today.year, month, day)
    if this_year is not None and this_year > today:
        return _day(today.year - 1, month, day)
    return this_year


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_money(text: str) -> int | None:
    """Kopecks: 6000, 6 000 руб, 4000.50, 6k, 6 тыс."""
    found = _MONEY.fullmatch(text.strip())
    if not found:
        return None
    kopecks = int(found["whole"].replace(" ", "")) * 100 + int((found["kopecks"] or "0").ljust(2, "0"))
    return kopecks * 1000 if found["thousand"] else kopecks


def parse_percent(text: str) -> int | None:
    """Whole percent up to 100: «10%», «10 процентов»."""
    found = _PERCENT.fullmatch(text.strip())
    return int(found[1]) if found and int(found[1]) <= 100 else None  # noqa: PLR2004 - per cent


def parse_number(text: str) -> int | None:
    """A ticket's number: 14883, #14883, №14883."""
    digits = text.strip().lstrip("#№ ")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None  # noqa: PLR2004 - a number that fits
