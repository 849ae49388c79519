"""What a line of an act says. Plain spaces only: programs read these lines too."""

import unicodedata
from datetime import date

from billing.periods import Period
from billing.words import duration, month_name, short_date
from helpdesk.readmodels import TicketWork

_LONGEST_SUBJECT = 200
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_ENDINGS = {"warranty": ". Гарантия", "included": ". Входит в стоимость заявки", "correction": ". Исправление учтённого времени"}


def ticket_text(work: TicketWork, kind: str, *, since: date, after_earlier: bool = False) -> str:
    """«Заявка № 14883. Не открывается каталог (site.ru), 2 ч 40 мин»; a fixed price says nothing of its hours."""
    site = f" ({work.project})" if work.project else ""
    time = "" if kind == "price" else f", {duration(work.minutes)}"
    earlier = " за вычетом выставленного ранее" if after_earlier else ""
    return f"Заявка № {work.number}. {_subject(work.subject)}{site}{time}{_late(work, since)}{earlier}{_ENDINGS.get(kind, '')}"


def _subject(subject: str) -> str:
    visible = "".join(letter for letter in subject if letter.isspace() or unicodedata.category(letter) not in _INVISIBLE)
    folded = " ".join(visible.split()) or "Без темы"
    return folded if len(folded) <= _LONGEST_SUBJECT else folded[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def _late(work: TicketWork, since: date) -> str:
    """Work of an earlier month that was written down after its close says so, for the act names a period."""
    earliest = min((entry.worked_on for entry in work.entries), default=since)
    return f", работы с {short_date(earliest)}" if earliest < since else ""


def fee_text(period: Period) -> str:
    """«Абонентская плата за октябрь 2026 г.»."""
    return f"Абонентская плата за {month_name(period)}"
