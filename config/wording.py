"""Money, time spent and dates in words, in Russian and in English. Pure."""

from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

NBSP = "\u00a0"
MINUS = "\u2212"
_KOPECKS = 100
_GROUPED_FROM = 10_000
_MINUTES = 60

_MONTHS_RU = ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"]
_MONTHS_EN = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_HOURS_RU = ("час", "часа", "часов")
_MINUTES_RU = ("минута", "минуты", "минут")
_TEENS = range(11, 15)
_FEW = range(2, 5)


def plural(number: int, one: str, few: str, many: str) -> str:
    """The Russian form that goes with a number: 1 час, 2 часа, 5 часов."""
    number = abs(number)
    if number % 100 in _TEENS:
        return many
    if number % 10 == 1:
        return one
    return few if number % 10 in _FEW else many


def amount(kopecks: int, *, exact: bool = False, separator: str = ",") -> str:
    """Rubles as people write them: 4000, 76 625, 4000,50; thousands apart from 10 000 on, kopecks where there are some.

    `exact` always shows kopecks and sets thousands apart, as documents do: 4 000,00.
    """
    whole, rest = divmod(abs(kopecks), _KOPECKS)
    digits = f"{whole:,}".replace(",", NBSP) if exact or whole >= _GROUPED_FROM else str(whole)
    fraction = f"{separator}{rest:02}" if exact or rest else ""
    return f"{MINUS if kopecks < 0 else ''}{digits}{fraction}"


def rubles(kopecks: int, language: str = "ru") -> str:
    """An amount with its currency: 4000 руб., 4000.50 RUB."""
    if language == "ru":
        return f"{amount(kopecks)} руб."
    return f"{amount(kopecks, separator='.')} RUB"


def spent(minutes: int, language: str = "ru") -> str:
    """Time spent in words: 2 часа 40 минут, 2 hours 40 minutes; what is taken back has a minus before it."""
    hours, rest = divmod(abs(minutes), _MINUTES)
    counted = ((hours, _HOURS_RU, "hour"), (rest, _MINUTES_RU, "minute"))
    parts = [_counted(number, forms, word, language) for number, forms, word in counted if number or (word == "minute" and not hours)]
    return (MINUS if minutes < 0 else "") + " ".join(parts)


def _counted(number: int, forms: tuple[str, str, str], word: str, language: str) -> str:
    if language == "ru":
        return f"{number} {plural(number, *forms)}"
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def day(value: date, language: str = "ru") -> str:
    """A date in words: 31 октября 2026 г., 31 October 2026."""
    if language == "ru":
        return f"{value.day} {_MONTHS_RU[value.month - 1]} {value.year} г."
    return f"{value.day} {_MONTHS_EN[value.month - 1]} {value.year}"


def moment(value: datetime, zone: tzinfo | str, language: str = "ru") -> str:
    """A moment on the clock of a zone: 31.10.2026 14:05, 31 Oct 2026, 14:05."""
    local = value.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    if language == "ru":
        return f"{local:%d.%m.%Y %H:%M}"
    return f"{local.day} {_MONTHS_EN[local.month - 1][:3]} {local.year}, {local:%H:%M}"
