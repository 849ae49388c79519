"""Balances: an act debits the client, a payment credits him, an invoice moves nothing. Pure arithmetic over entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class EntryKind(StrEnum):
    """What moved the balance."""

    ACT = "act"
    PAYMENT = "payment"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Entry:
    """A ledger entry (проводка). Kopecks; one of `debit` and `credit` is zero."""

    day: date
    kind: str
    document: str
    debit: int
    credit: int


@dataclass(frozen=True, slots=True)
class Statement:
    """Entries of a span with the client's balance after each; `opening` is the balance before the first."""

    opening: int
    entries: tuple[tuple[Entry, int], ...]

    @property
    def balance(self) -> int:
        """Kopecks after the last entry; negative is what the client owes."""
        return self.entries[-1][1] if self.entries else self.opening


def balance(entries: Iterable[Entry]) -> int:
    """What the client sees: credits less debits."""
    return sum(entry.credit - entry.debit for entry in entries)


def statement(entries: Iterable[Entry], *, since: date | None = None, until: date | None = None) -> Statement:
    """The entries of a span (both days included) in order of date, each with its running balance."""
    ordered = sorted(entries, key=lambda entry: entry.day)
    running = opening = balance(entry for entry in ordered if since is not None and entry.day < since)
    shown: list[tuple[Entry, int]] = []
    for entry in ordered:
        if (since is None or entry.day >= since) and (until is None or entry.day <= until):
            running += entry.credit - entry.debit
            shown.append((entry, running))
    return Statement(opening, tuple(shown))
