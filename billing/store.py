"""What a close looks at, and that a period is closed: unbilled work, what the past billed, the case of each act to be."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, insert, select

from billing.checks import Case
from billing.documents import DocumentKind
from billing.drafting import Draft, LineKind, Past, Tariff, draft
from billing.models import billed_entries, billed_fees, billed_prices, closings, document_lines, documents
from billing.parties import Contract, Parties, contracts_in_force
from billing.periods import Period, parse_period, period_of
from billing.registry import load_parties
from helpdesk.queries import contacts_of, unbilled_work
from helpdesk.readmodels import ClientCard, TicketWork

CARRIED = "carried"


def load_work(connection: Connection, client: ClientCard, *, until: date, timezone: ZoneInfo) -> tuple[TicketWork, ...]:
    """A client's work up to a day that no act has billed."""
    return unbilled_work(
        connection,
        client.id,
        until=until,
        billed_entries=select(billed_entries.c.time_entry_id),
        billed_tickets=select(billed_prices.c.ticket),
        timezone=timezone,
    )


def load_past(connection: Connection, client_id: int) -> Past:
    """What a client's acts billed, by ticket."""
    lines = document_lines
    statement = (
        select(lines.c.ticket, lines.c.kind, func.sum(lines.c.amount), func.sum(lines.c.minutes), func.sum(lines.c.rubles_off))
        .join(documents, documents.c.id == lines.c.document_id)
        .where(documents.c.client_id == client_id, documents.c.kind == DocumentKind.ACT, lines.c.ticket.is_not(None))
        .group_by(lines.c.ticket, lines.c.kind)
    )
    rows = [(ticket, kind, int(amount), int(minutes), int(off)) for ticket, kind, amount, minutes, off in connection.execute(statement)]
    by_the_hour = {LineKind.HOURS, LineKind.CORRECTION}
    return Past(
        prices=frozenset(ticket for ticket, kind, *_ in rows if kind == LineKind.PRICE),
        amounts=_summed((ticket, amount) for ticket, _, amount, _, _ in rows),
        minutes=_summed((ticket, minutes) for ticket, kind, _, minutes, _ in rows if kind in by_the_hour),
        rubles_off=_summed((ticket, off) for ticket, *_, off in rows),
    )


def _summed(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for key, value in pairs:
        sums[key] = sums.get(key, 0) + value
    return sums


def load_cases(connection: Connection, client: ClientCard, period: Period, *, timezone: ZoneInfo, vat: str) -> tuple[Case, ...]:
    """The acts that a period would bring a client: all work under the newest contract, and the fees of the other entities' contracts.

    `vat` is for the preview of a client without a contract.
    """
    parties = load_parties(connection, client.id)
    work = load_work(connection, client, until=period.last, timezone=timezone)
    past = load_past(connection, client.id)
    reachable = any(contacts_of(connection, client.id))
    cases: list[Case] = []
    for contract in contracts_in_force(parties.contracts, period.last) or (None,):
        tariff = _tariff(connection, client, contract, period, vat=vat)
        made = draft(() if cases else work, tariff, past=past, period=period)
        cases.append(_case(client, contract, parties, made, rate=tariff.rate, reachable=reachable))
    return tuple(case for position, case in enumerate(cases) if position == 0 or case.draft.lines)


def _case(client: ClientCard, contract: Contract | None, parties: Parties, made: Draft, *, rate: int, reachable: bool) -> Case:
    return Case(
        client=client,
        draft=made,
        contract=contract,
        buyer=parties.entities[contract.entity_id] if contract else None,
        seller=parties.seller(contract) if contract else None,
        rate=rate,
        entity_count=len(parties.entities),
        own_count=len(parties.own),
        has_recipients=reachable,
    )


def _tariff(connection: Connection, client: ClientCard, contract: Contract | None, period: Period, *, vat: str) -> Tariff:
    if contract is None:
        return Tariff(client.rate, vat)
    rate = client.rate if contract.rate is None else contract.rate
    return Tariff(rate, contract.vat, contract.monthly_fee, _fee_periods(connection, client.id, contract, period))


def _fee_periods(connection: Connection, client_id: int, contract: Contract, period: Period) -> tuple[Period, ...]:
    """The month itself, and earlier ones whose close was carried over, from the contract's first month on."""
    billed = select(billed_fees.c.period).where(billed_fees.c.contract_id == contract.id)
    statement = select(closings.c.period).where(
        closings.c.client_id == client_id, closings.c.outcome == CARRIED, closings.c.period < str(period), closings.c.period.not_in(billed)
    )
    carried = [parse_period(text) for text in connection.execute(statement.order_by(closings.c.period)).scalars()]
    return tuple(found for found in (*carried, period) if found >= period_of(contract.signed_on))


def newest_closed(connection: Connection, client_id: int) -> Period | None:
    """The last period of a client that is closed."""
    text = connection.execute(select(func.max(closings.c.period)).where(closings.c.client_id == client_id)).scalar()
    return parse_period(text) if text else None


def is_closed(connection: Connection, client_id: int, period: Period) -> bool:
    """Whether the client's period is closed."""
    statement = select(closings.c.id).where(closings.c.client_id == client_id, closings.c.period == str(period))
    return connection.execute(statement).first() is not None


def all_closings(connection: Connection) -> list[dict[str, Any]]:
    """Every closed period with its client's id and the kopecks of its acts, oldest first."""
    acts = and_(documents.c.closing_id == closings.c.id, documents.c.kind == DocumentKind.ACT)
    statement = (
        select(closings, func.coalesce(func.sum(documents.c.amount), 0).label("amount"))
        .outerjoin(documents, acts)
        .group_by(closings.c.id)
        .order_by(closings.c.period, closings.c.id)
    )
    return [
        {
            "period": row.period,
            "client": row.client_id,
            "outcome": row.outcome,
            "amount": int(row.amount),
            "closed_at": row.closed_at.isoformat(),
        }
        for row in connection.execute(statement)
    ]


def put_closing(connection: Connection, client_id: int, period: Period, outcome: str, *, now: datetime) -> int:
    """Close a client's period for good; a second close breaks the constraint."""
    values = {"client_id": client_id, "period": str(period), "outcome": outcome, "closed_at": now}
    return int(connection.execute(insert(closings).values(values).returning(closings.c.id)).scalar_one())
