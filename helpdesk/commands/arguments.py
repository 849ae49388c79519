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
_AND = r"(?: ?,| (?:и|and)(?= ))? ?"
_END = r"(?=$|[\s,;@])"
# What may not follow a duration: another one, after hours a number that may be their minutes, after a bare number any.
_ANOTHER = re.compile(rf"(?:(?:и|and) )?\d{{1,4}}(?:[.,]\d+)? ?(?:{_HOURS}|{_MINUTES}){_END}", re.IGNORECASE)
_PERHAPS_MINUTES = re.compile(rf"[0-5]?\d{_END}")
_NUMBER = re.compile(rf"\d+{_END}")
_DURATIONS = tuple(
    re.compile(rf"(?P<sign>-{{0,2}}) ?{form}{_END}", re.IGNORECASE)
    for form in (
        rf"(?P<hours>\d{{1,4}}) ?{_HOURS}{_AND}(?P<minutes>\d{{1,4}}) ?{_MINUTES}",
        rf"(?P<hours>\d{{1,4}}) ?{_HOURS}(?P<minutes>\d{{1,4}})",
        rf"(?P<hours>\d{{1,4}}) ?{_HOURS} (?P<minutes>\d{{1,4}})(?= ?(?:$|@))",
        rf"(?P<hours>\d{{1,4}}(?:[.,]\d{{1,2}})?) ?{_HOURS}",
        rf"(?P<minutes>\d{{1,5}}) ?{_MINUTES}",
        r"(?P<hours>\d{1,4}):(?P<minutes>[0-5]\d)",
        r"(?P<minutes>\d{1,5})",
    )
)
_PERCENT = re.compile(r"(\d{1,3}) ?(?:%|процент(?:а|ов)?|percent)", re.IGNORECASE)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_RUSSIAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?")
_LATER_DAY = re.compile(r" @ ?(\S+)")
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
    """Minutes at the head of a text: 40m, 1h20m, 1:20, 1.5h, 90, -10m; 40 мин, 1ч20м, 1,5 ч.

    None for what is ambiguous: a bare fraction («1,6»), a number or another duration behind the first («2ч 30 правки», «1,5ч 20м»).
    """
    found = next(filter(None, (form.match(text) for form in _DURATIONS)), None)
    if found is None or re.match(r"[.,]\d", text[found.end() :]):
        return None
    rest = text[found.end() :].lstrip(" ,;")
    return None if _goes_on(found, rest) else Taken(_minutes(found.groupdict()), rest)


def _goes_on(found: re.Match[str], rest: str) -> bool:
    """Whether what stands behind a duration may be a part of it."""
    parts = found.groupdict()
    if not parts.get("minutes"):
        return bool(_ANOTHER.match(rest) or _PERHAPS_MINUTES.match(rest))
    is_bare = found[0].strip("- ").isdigit()
    return bool(_ANOTHER.match(rest) or (is_bare and _NUMBER.match(rest)))


def _minutes(parts: dict[str, str | None]) -> int:
    hours = Fraction((parts.get("hours") or "0").replace(",", "."))
    exact = hours * 60 + int(parts.get("minutes") or 0)
    total = divide_half_up(exact.numerator, exact.denominator)
    return -total if parts["sign"] else total


def take_day(text: str, today: date) -> Taken[date | None] | None:
    """A day in a text: «@2026-11-20», «@20.11», «@вчера», at its head or as a word of it; the rest is the text without it.

    Taken(None) where there is none; None where the head begins with @ and is no day.
    """
    if text.startswith("@"):
        word, _, rest = text[1:].lstrip().partition(" ")
        day = parse_day(word.rstrip(".,;"), today)
        return None if day is None else Taken(day, rest.strip())
    for found in _LATER_DAY.finditer(text):
        day = parse_day(found[1].rstrip(".,;"), today)
        if day is not None:
            return Taken(day, f"{text[: found.start()]} {text[found.end() :].lstrip()}".strip())
    return Taken(None, text)


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


def parse_percent(text: str) -> int | None:
    """Whole percent up to 100: «10%», «10 процентов»."""
    found = _PERCENT.fullmatch(text.strip())
    return int(found[1]) if found and int(found[1]) <= 100 else None  # noqa: PLR2004 - per cent


def parse_number(text: str) -> int | None:
    """A ticket's number: 14883, #14883, №14883 (which folding turns into No14883); nine digits at most."""
    found = re.fullmatch(r"(?:#|№|no?\.?)? ?([0-9]{1,9})", text.strip(), re.IGNORECASE)
    return int(found[1]) if found else None
