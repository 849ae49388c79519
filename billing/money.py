"""Kopecks as people type them and programs read them. Rounding is not here: `helpdesk.pricing.divide_half_up` is the only one;
sums in figures for people are `config.wording.amount`.
"""

import re

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_CURRENCY = re.compile(r"\s*(?:₽|р\.?|руб\.?|рублей|рубля|рубль|rub)$", re.IGNORECASE)
_AMOUNT = re.compile(r"(\d{1,13}|\d{1,3}(?: \d{3}){1,4})(?:[.,](\d{1,2}))?", re.ASCII)


class NotMoney(ValueError):
    """The text is no sum of rubles."""


def parse_rubles(text: str) -> int:
    """Kopecks of «4000», «4 000,50» or «4000.5 руб.»; a negative or unclear sum raises NotMoney."""
    match = _AMOUNT.fullmatch(_CURRENCY.sub("", _SPACES.sub(" ", text.strip())))
    if match is None:
        message = f"«{text}» is not a sum: write 4000, 4000.50 or «4 000,50»"
        raise NotMoney(message)
    rubles, kopecks = match[1].replace(" ", ""), match[2] or ""
    return int(rubles) * 100 + int(kopecks.ljust(2, "0"))


def plain(kopecks: int) -> str:
    """For programs: 400000 → «4000.00»."""
    rubles, rest = divmod(abs(kopecks), 100)
    return f"{'-' if kopecks < 0 else ''}{rubles}.{rest:02}"
