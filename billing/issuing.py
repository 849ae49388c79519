"""Issuing: numbers without gaps, frozen documents, what they bill, and the ledger's debit; all in the caller's transaction."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from billing.checks import Case
from billing.documents import DocumentKind, Paper, freeze
from billing.drafting import Line, LineKind
from billing.ledger import EntryKind
from billing.models import billed_entries, billed_fees, billed_prices, counters, document_lines, documents, ledger_entries
from helpdesk.readmodels import ClientCard


@dataclass(frozen=True, slots=True)
class Issue:
    """An act at its issue: whose, in which closing, when, and by when its invoice is to be paid."""

    client: ClientCard
    closing_id: int
    now: datetime
    due_on: date


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
