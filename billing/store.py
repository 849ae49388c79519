"""Billing's rows for a close: what the past billed, the case of each act, and an issued document with everything it moves."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, insert, select, update

from billing.checks import Case
from billing.documents import DocumentKind, Paper, freeze
from billing.drafting import Line, LineKind, Past, Tariff, draft
from billing.ledger import EntryKind
from billing.models import (
    billed_entries,
    billed_fees,
    billed_prices,
    closings,
    counters,
    document_lines,
    documents,
    ledger_entries,
)
from billing.parties import Contract, Parties, contracts_in_force
from billing.periods import Period, parse_period, period_of
from billing.registry import load_parties
from helpdesk.queries import contacts_of, unbilled_work
from helpdesk.readmodels import ClientCard, TicketWork

CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Issue:
    """An act at its issue: whose, in which closing, when, and by when its invoice is to be paid."""

    client: ClientCard
    closing_id: int
    now: datetime
    due_on: date


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
    cases = []
    for position, contract in enumerate(contracts_in_force(parties.contracts, period.last) or (None,)):
        tariff = _tariff(connection, client, contract, period, vat=vat)
        cases.append(_case(client, contract, parties, tariff, work if position == 0 else (), past, period, reachable))
    return tuple(case for position, case in enumerate(cases) if position == 0 or case.draft.lines)


def _case(  # noqa: PLR0917 - one constructor call with two derived values
    client: ClientCard,
    contract: Contract | None,
    parties: Parties,
    tariff: Tariff,
    work: tuple[TicketWork, ...],
    past: Past,
    period: Period,
    reachable: bool,  # noqa: FBT001 - the same
) -> Case:
    return Case(
        client=client,
        draft=draft(work, tariff, past=past, period=period),
        contract=contract,
        buyer=parties.entities[contract.entity_id] if contract else None,
        seller=parties.seller(contract) if contract else None,
        rate=tariff.rate,
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


def next_number(connection: Connection, own_entity_id: int, kind: DocumentKind, year: int) -> int:
    """The next number of a kind of document in a year: no gaps, for it is taken in the transaction that issues."""
    key = (counters.c.own_entity_id == own_entity_id, counters.c.kind == kind, counters.c.year == year)
    last = connection.execute(select(counters.c.last).where(*key).with_for_update()).scalar()
    if last is None:
        connection.execute(insert(counters).values(own_entity_id=own_entity_id, kind=kind, year=year, last=1))
        return 1
    connection.execute(update(counters).where(*key).values(last=last + 1))
    return int(last) + 1


def put_documents(connection: Connection, case: Case, issue: Issue) -> tuple[int, int]:
    """Issue the invoice and the act of a case, post the act, and mark what it bills; their ids."""
    invoice = _paper(connection, case, DocumentKind.INVOICE, due_on=issue.due_on)
    act = _paper(connection, case, DocumentKind.ACT, invoice_number=invoice.number)
    invoice_id = _put_document(connection, invoice, issue)
    act_id = _put_document(connection, act, issue)
    _mark_billed(connection, act, act_id)
    _post_act(connection, act, act_id, issue)
    return invoice_id, act_id


def _paper(connection: Connection, case: Case, kind: DocumentKind, **particulars: Any) -> Paper:  # noqa: ANN401 - two fields of Paper
    if case.seller is None or case.buyer is None or case.contract is None:
        message = "a case that lacks a party was let through to be issued"
        raise AssertionError(message)
    dated = case.draft.period.last
    return Paper(
        kind=kind,
        number=next_number(connection, case.seller.id, kind, dated.year),
        dated=dated,
        period=case.draft.period,
        seller=case.seller,
        buyer=case.buyer,
        contract=case.contract,
        lines=case.draft.lines,
        **particulars,
    )


def _put_document(connection: Connection, paper: Paper, issue: Issue) -> int:
    row = {
        "kind": paper.kind,
        "own_entity_id": paper.seller.id,
        "year": paper.dated.year,
        "number": paper.number,
        "client_id": issue.client.id,
        "entity_id": paper.buyer.id,
        "contract_id": paper.contract.id,
        "closing_id": issue.closing_id,
        "period": str(paper.period),
        "dated": paper.dated,
        "due_on": paper.due_on,
        "amount": paper.amount,
        "vat": paper.vat,
        "content": json.dumps(freeze(paper), ensure_ascii=False, sort_keys=True),
        "issued_at": issue.now,
    }
    document_id: int = connection.execute(insert(documents).values(row).returning(documents.c.id)).scalar_one()
    rows = [_line_row(document_id, position, line) for position, line in enumerate(paper.lines, start=1)]
    connection.execute(insert(document_lines), rows)
    return document_id


def _line_row(document_id: int, position: int, line: Line) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "position": position,
        "kind": line.kind,
        "text": line.text,
        "unit": line.unit,
        "quantity": line.quantity,
        "price": line.price,
        "discount": line.discount,
        "rubles_off": line.rubles_off,
        "amount": line.amount,
        "vat": line.vat,
        "ticket": line.ticket,
        "minutes": line.minutes,
    }


def _mark_billed(connection: Connection, act: Paper, act_id: int) -> None:
    """Tie time entries, fixed prices and fees to the act's lines: each once in its life."""
    statement = select(document_lines.c.id).where(document_lines.c.document_id == act_id).order_by(document_lines.c.position)
    for line, line_id in zip(act.lines, connection.execute(statement).scalars().all(), strict=True):
        if line.entries:
            connection.execute(insert(billed_entries), [{"time_entry_id": entry, "line_id": line_id} for entry in line.entries])
        if line.kind is LineKind.PRICE:
            connection.execute(insert(billed_prices).values(ticket=line.ticket, line_id=line_id))
        if line.fee_period:
            connection.execute(insert(billed_fees).values(contract_id=act.contract.id, period=str(line.fee_period), line_id=line_id))


def _post_act(connection: Connection, act: Paper, act_id: int, issue: Issue) -> None:
    values = {
        "client_id": issue.client.id,
        "dated": act.dated,
        "kind": EntryKind.ACT,
        "document_id": act_id,
        "debit": act.amount,
        "credit": 0,
        "posted_at": issue.now,
    }
    connection.execute(insert(ledger_entries).values(values))
