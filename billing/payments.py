"""Payments and the ledger's rows: what came, and what a client's account looks like."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from billing.ledger import Entry, EntryKind
from billing.models import documents, ledger_entries, payments
from billing.words import short_date


class PaidAlready(Exception):
    """A payment of this number, date and sum is there; the message names it."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came: kopecks; `number` of the payment order, empty where nobody knows it."""

    client_id: int
    dated: date
    amount: int
    number: str = ""


def add_payment(connection: Connection, payment: Payment, *, now: datetime) -> int:
    """Keep a payment and credit the client; its id. PaidAlready where a payment order is entered a second time."""
    _refuse_second(connection, payment)
    values = {"client_id": payment.client_id, "dated": payment.dated, "amount": payment.amount, "number": payment.number, "added_at": now}
    payment_id: int = connection.execute(insert(payments).values(values).returning(payments.c.id)).scalar_one()
    entry = {
        "client_id": payment.client_id,
        "dated": payment.dated,
        "kind": EntryKind.PAYMENT,
        "payment_id": payment_id,
        "debit": 0,
        "credit": payment.amount,
        "posted_at": now,
    }
    connection.execute(insert(ledger_entries).values(entry))
    return payment_id


def _refuse_second(connection: Connection, payment: Payment) -> None:
    same = (payments.c.client_id == payment.client_id, payments.c.number == payment.number, payments.c.dated == payment.dated)
    if payment.number and connection.execute(select(payments.c.id).where(*same, payments.c.amount == payment.amount)).first():
        message = f"payment order {payment.number} of {payment.dated} is entered already: look at `deskpost payment list`"
        raise PaidAlready(message)


def all_payments(connection: Connection, client_id: int | None = None) -> tuple[tuple[int, Payment], ...]:
    """Payments with their ids, oldest first; of one client or of all."""
    statement = select(payments).order_by(payments.c.dated, payments.c.id)
    if client_id is not None:
        statement = statement.where(payments.c.client_id == client_id)
    return tuple((row.id, Payment(row.client_id, row.dated, row.amount, row.number)) for row in connection.execute(statement))


def load_entries(connection: Connection, client_id: int) -> tuple[Entry, ...]:
    """A client's ledger entries in the order they were posted."""
    statement = (
        select(ledger_entries, documents.c.number.label("act"), payments.c.number.label("order"))
        .outerjoin(documents, documents.c.id == ledger_entries.c.document_id)
        .outerjoin(payments, payments.c.id == ledger_entries.c.payment_id)
        .where(ledger_entries.c.client_id == client_id)
        .order_by(ledger_entries.c.id)
    )
    return tuple(Entry(row.dated, row.kind, _document(row), row.debit, row.credit) for row in connection.execute(statement))


def _document(row: Row[Any]) -> str:
    if row.act is not None:
        return f"Акт № {row.act} от {short_date(row.dated)}"
    return f"Платёжное поручение № {row.order} от {short_date(row.dated)}" if row.order else "Оплата"


def load_balances(connection: Connection) -> dict[int, int]:
    """What every client sees as his balance, by client id: negative is what he owes."""
    entries = ledger_entries
    statement = select(entries.c.client_id, func.sum(entries.c.credit) - func.sum(entries.c.debit)).group_by(entries.c.client_id)
    return {client_id: int(balance) for client_id, balance in connection.execute(statement)}
