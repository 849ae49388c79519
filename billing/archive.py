"""Issued documents as they are read back: by number, by kind, what is printed and what is not."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, select

from billing.models import documents, mailings, print_outs

ISSUED, PRINTED, MAILED = "issued", "printed", "mailed"


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """An issued document with its frozen content; `digest` is its PDF in the file store, empty until it is printed."""

    id: int
    kind: str
    number: int
    dated: date
    client_id: int
    closing_id: int
    contract_id: int
    period: str
    amount: int
    vat: int | None
    content: dict[str, Any]
    digest: str
    size: int
    status: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents of a kind to read; None and empty mean any."""

    kind: str
    number: int | None = None
    year: int | None = None
    client_id: int | None = None
    period: str = ""


def load_documents(connection: Connection, ids: Iterable[int]) -> tuple[IssuedDocument, ...]:
    """Documents by id, in the order of the ids."""
    wanted = tuple(ids)
    found = {row.id: _document(row) for number in wanted for row in connection.execute(_statement().where(documents.c.id == number))}
    return tuple(found[number] for number in wanted)


def find_documents(connection: Connection, wanted: Wanted) -> tuple[IssuedDocument, ...]:
    """Documents that answer the description, newest last."""
    conditions: list[ColumnElement[bool]] = [documents.c.kind == wanted.kind]
    for column, value in (("number", wanted.number), ("year", wanted.year), ("client_id", wanted.client_id), ("period", wanted.period)):
        if value:
            conditions.append(documents.c[column] == value)
    return tuple(_document(row) for row in connection.execute(_statement().where(*conditions)))


def unprinted(connection: Connection) -> tuple[IssuedDocument, ...]:
    """The queue of the printer: issued and not printed, oldest first."""
    return tuple(_document(row) for row in connection.execute(_statement().where(print_outs.c.document_id.is_(None))))


def pair_of(connection: Connection, document: IssuedDocument) -> tuple[IssuedDocument, ...]:
    """The invoice and the act that were issued together, invoice first."""
    same = (documents.c.closing_id == document.closing_id, documents.c.contract_id == document.contract_id)
    return tuple(_document(row) for row in connection.execute(_statement().where(*same)))


def _statement() -> Select[Any]:
    joined = documents.outerjoin(print_outs, print_outs.c.document_id == documents.c.id)
    same = (mailings.c.closing_id == documents.c.closing_id, mailings.c.contract_id == documents.c.contract_id)
    mailed = exists().where(*same).label("mailed")
    return select(documents, print_outs.c.digest, print_outs.c.size, mailed).select_from(joined).order_by(documents.c.id)


def _document(row: Row[Any]) -> IssuedDocument:
    printed = MAILED if row.mailed else PRINTED
    return IssuedDocument(
        id=row.id,
        kind=row.kind,
        number=row.number,
        dated=row.dated,
        client_id=row.client_id,
        closing_id=row.closing_id,
        contract_id=row.contract_id,
        period=row.period,
        amount=row.amount,
        vat=row.vat,
        content=json.loads(row.content),
        digest=row.digest or "",
        size=row.size or 0,
        status=printed if row.digest else ISSUED,
    )
