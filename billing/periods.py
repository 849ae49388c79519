"""Billing periods: calendar months of the studio's zone. Which month, where it begins, whether it is over."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

_TEXT = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_DECEMBER = 12


class NotAPeriod(ValueError):
    """The text names no month."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar month."""

    year: int
    month: int

    def __str__(self) -> str:
        """As it is stored and typed: «2026-10»."""
        return f"{self.year}-{self.month:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def following(self) -> "Period":
        """The next month."""
        return Period(self.year + 1, 1) if self.month == _DECEMBER else Period(self.year, self.month + 1)

    @property
    def preceding(self) -> "Period":
        """The month before."""
        return Period(self.year - 1, _DECEMBER) if self.month == 1 else Period(self.year, self.month - 1)


def parse_period(text: str) -> Period:
    """A period of «2026-10»; anything else raises NotAPeriod."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        message = f"«{text}» is not a month: write it as 2026-10"
        raise NotAPeriod(message)
    return Period(int(match[1]), int(match[2]))


def period_of(day: date) -> Period:
    """The month of a day."""
    return Period(day.year, day.month)


def has_ended(period: Period, today: date) -> bool:
    """Whether the month is over on the studio's `today`."""
    return period.last < today


def studio_day(moment: datetime, timezone: ZoneInfo) -> date:
    """The day of the studio's calendar at a moment."""
    return moment.astimezone(timezone).date()


def periods_between(first: Period, last: Period) -> tuple[Period, ...]:
    """Every month from `first` to `last`, both included; none where `last` is earlier."""
    found: list[Period] = []
    while first <= last:
        found.append(first)
        first = first.following
    return tuple(found)
