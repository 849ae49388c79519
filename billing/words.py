"""Russian words of documents: sums in words, months, durations, initials. Documents are in Russian by law (402-ФЗ).

No U+202F anywhere: accounting programs cannot read it. Plurals, long dates and sums in figures are `config.wording`'s.
"""

from datetime import date

from billing.periods import Period
from config.wording import NBSP, plural

_MONTHS = ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь")
_UNITS = ("", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
_TEENS = (
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
)
_TENS = ("", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто")
_HUNDREDS = ("", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот")
_FEMININE = {"один": "одна", "два": "две"}
_THOUSANDS = (
    ("тысяча", "тысячи", "тысяч"),
    ("миллион", "миллиона", "миллионов"),
    ("миллиард", "миллиарда", "миллиардов"),
    ("триллион", "триллиона", "триллионов"),
)
_RUBLES = ("рубль", "рубля", "рублей")
_KOPECKS = ("копейка", "копейки", "копеек")
_MINUTES_PER_HOUR = 60


def sum_in_words(kopecks: int) -> str:
    """«Шестьдесят тысяч рублей 00 копеек»."""
    rubles, rest = divmod(abs(kopecks), 100)
    words = [*(["минус"] if kopecks < 0 else []), *(_number(rubles) or ["ноль"])]
    text = f"{' '.join(words)} {plural(rubles, *_RUBLES)} {rest:02} {plural(rest, *_KOPECKS)}"
    return text[0].upper() + text[1:]


def _number(number: int) -> list[str]:
    groups = [_under_thousand(number % 1000)]
    for power, forms in enumerate(_THOUSANDS, start=1):
        group = number // 1000**power % 1000
        if group:
            words = _under_thousand(group)
            groups.insert(0, [*(_feminine(words) if power == 1 else words), plural(group, *forms)])
    return [word for group in groups for word in group]


def _under_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    tens, units = divmod(rest, 10)
    tail = [_TEENS[units]] if tens == 1 else [_TENS[tens], _UNITS[units]]
    return [word for word in (_HUNDREDS[hundreds], *tail) if word]


def _feminine(words: list[str]) -> list[str]:
    return [*words[:-1], _FEMININE.get(words[-1], words[-1])]


def short_date(day: date) -> str:
    """«31.10.2026»."""
    return f"{day:%d.%m.%Y}"


def month_name(period: Period) -> str:
    """«октябрь 2026 г.»."""
    return f"{_MONTHS[period.month - 1]} {period.year} г."


def duration(minutes: int) -> str:
    """«2 ч 40 мин»; a correction has a minus."""
    hours, rest = divmod(abs(minutes), _MINUTES_PER_HOUR)
    parts = [f"{hours} ч"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} мин")
    return ("-" if minutes < 0 else "") + " ".join(parts)


def initials(full_name: str) -> str:
    """«Иванов И. И.» of «Иванов Иван Иванович»; a name that is short already stays as it is."""
    surname, *names = full_name.split()
    if not names or any("." in name for name in names):
        return full_name
    return NBSP.join([surname, *(f"{name[0].upper()}." for name in names)])
