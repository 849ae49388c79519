"""Kopecks as people type them and programs read them. Pure.

Rounding is not here: `helpdesk.pricing.divide_half_up` is the only one. Sums in figures for people are `config.wording.amount`.
"""

import re

# Twenty million rubles: what is typed above that is a slip, and a database's integers end not far behind it.
MOST_MONEY = 2_000_000_000
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_MONEY = re.compile(
    r"(?P<whole>\d{1,3}(?: \d{3})+|\d{1,10})(?:[.,](?P<kopecks>\d{1,2}))? ?(?P<thousand>k|к|тыс\.?)? ?(?:руб(?:лей|ля|ль)?\.?|р\.?|₽|rub)?",
    re.IGNORECASE | re.ASCII,
)


def parse_money(text: str) -> int | None:
    """Kopecks: 6000, 6 000 руб, 4000.50, 6k, 6 тыс.; None for what is no sum, or one over twenty million rubles."""
    found = _MONEY.fullmatch(_SPACES.sub(" ", text.strip()))
    if not found:
        return None
    kopecks = int(found["whole"].replace(" ", "")) * 100 + int((found["kopecks"] or "0").ljust(2, "0"))
    total = kopecks * 1000 if found["thousand"] else kopecks
    return total if total <= MOST_MONEY else None


def plain(kopecks: int) -> str:
    """For programs: 400000 → «4000.00»."""
    rubles, rest = divmod(abs(kopecks), 100)
    return f"{'-' if kopecks < 0 else ''}{rubles}.{rest:02}"
