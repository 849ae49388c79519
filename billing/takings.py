"""The director's figures: money made today and this month, who owes, what waits for the printer.

Money made is work in progress: the time of a day at the rate of the client's contract, less the ticket's percentage, warranty left out.
Work under a fixed price counts by its hours, and a discount given as a sum does not count; the act decides what is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from billing.models import billed_entries, billed_prices, document_lines, documents, print_outs
from billing.parties import contracts_in_force
from billing.payments import load_balances
from billing.periods import Period, period_of
from billing.registry import load_parties
from helpdesk.pricing import cost
from helpdesk.queries import all_clients, unbilled_work
from helpdesk.readmodels import ClientCard, TicketWork


@dataclass(frozen=True, slots=True)
class Debtor:
    """A client who owes `amount` kopecks."""

    client: str
    amount: int


@dataclass(frozen=True, slots=True)
class Takings:
    """Kopecks made on a day and in its month so far, debtors, the greatest first, and documents that wait for the printer."""

    today: int
    month: int
    debtors: tuple[Debtor, ...]
    unprinted: int


def takings(connection: Connection, *, day: date, timezone: ZoneInfo) -> Takings:
    """The figures of the studio's `day`."""
    made = [made_on for client in all_clients(connection) for made_on in _made(connection, client, day, timezone)]
    return Takings(
        today=sum(amount for worked_on, amount in made if worked_on == day),
        month=sum(amount for _, amount in made),
        debtors=_debtors(connection),
        unprinted=_unprinted(connection),
    )


def _made(connection: Connection, client: ClientCard, day: date, timezone: ZoneInfo) -> Iterator[tuple[date, int]]:
    """The days of the month up to `day` with what each time entry is worth."""
    month = period_of(day)
    contracts = contracts_in_force(load_parties(connection, client.id).contracts, day)
    rate = next((contract.rate for contract in contracts[:1] if contract.rate is not None), client.rate)
    for work in _work_not_billed_before(connection, client, month, day, timezone):
        terms = replace(work.terms, rate=rate, price=None, discount_amount=0)
        yield from ((entry.worked_on, cost(entry.minutes, terms)) for entry in work.entries if entry.worked_on >= month.first)


def _work_not_billed_before(
    connection: Connection, client: ClientCard, month: Period, day: date, timezone: ZoneInfo
) -> tuple[TicketWork, ...]:
    """Work up to `day`, without what acts of earlier months billed: that was worked before the month."""
    joined = billed_entries.join(document_lines, document_lines.c.id == billed_entries.c.line_id)
    joined = joined.join(documents, documents.c.id == document_lines.c.document_id)
    before = select(billed_entries.c.time_entry_id).select_from(joined).where(documents.c.period < str(month))
    priced = select(billed_prices.c.ticket)
    return unbilled_work(connection, client.id, until=day, billed_entries=before, billed_tickets=priced, timezone=timezone)


def _debtors(connection: Connection) -> tuple[Debtor, ...]:
    balances = load_balances(connection)
    owing = [Debtor(card.name, -balances[card.id]) for card in all_clients(connection) if balances.get(card.id, 0) < 0]
    return tuple(sorted(owing, key=lambda debtor: -debtor.amount))


def _unprinted(connection: Connection) -> int:
    printed = select(print_outs.c.document_id)
    return int(connection.execute(select(func.count()).select_from(documents).where(documents.c.id.not_in(printed))).scalar_one())
