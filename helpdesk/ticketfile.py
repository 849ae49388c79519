"""Tickets as people and programs look at them: lists, one ticket whole, search; JSON shapes included."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from helpdesk.commands.arguments import parse_number
from helpdesk.loading import load_tickets
from helpdesk.models import clients, message_files, messages, outbox, projects, staff, tickets, time_entries
from helpdesk.money import plain
from helpdesk.outbox import SHOWN_AT, SHOWN_STATUS
from helpdesk.queries import all_staff
from helpdesk.snapshot import Ticket

_MANY = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets a list is about; an empty field asks nothing."""

    status: str = ""
    assignee: str = ""
    client: str = ""
    project: str = ""
    kind: str = ""
    words: tuple[str, ...] = ()


def find_tickets(connection: Connection, wanted: Filter) -> tuple[Ticket, ...]:
    """The tickets of a filter, newest first, at most a thousand."""
    joined = (
        tickets.outerjoin(clients, clients.c.id == tickets.c.client_id)
        .outerjoin(projects, projects.c.id == tickets.c.project_id)
        .outerjoin(staff, staff.c.id == tickets.c.assignee_id)
    )
    statement = select(tickets.c.number).select_from(joined).where(*_conditions(wanted)).order_by(tickets.c.number.desc()).limit(_MANY)
    numbers = connection.execute(statement).scalars().all()
    cards = {card.id: card for card in all_staff(connection)}
    found = load_tickets(connection, numbers, cards)
    return tuple(found[number] for number in numbers)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    exact = {
        tickets.c.status: wanted.status,
        tickets.c.kind: wanted.kind,
        clients.c.name: wanted.client,
        projects.c.domain: wanted.project.lower(),
    }
    conditions = [column == value for column, value in exact.items() if value]
    if wanted.assignee:
        conditions.append(or_(staff.c.email == wanted.assignee.lower(), staff.c.name.contains(wanted.assignee, autoescape=True)))
    return [*conditions, *(_has_word(word) for word in wanted.words)]


def _has_word(word: str) -> ColumnElement[bool]:
    """A word in the subject or in any message, in the case it is written in, in lower case, in capitals or with one."""
    forms = {word, word.lower(), word.upper(), word.capitalize()}
    in_text = select(messages.c.ticket).where(or_(*(messages.c.text.contains(form, autoescape=True) for form in forms)))
    in_subject = or_(*(tickets.c.subject.contains(form, autoescape=True) for form in forms))
    found = or_(in_subject, tickets.c.number.in_(in_text))
    number = parse_number(word)
    return found if number is None else or_(found, tickets.c.number == number)


def load_ticket(connection: Connection, number: int) -> Ticket | None:
    """One ticket by number."""
    cards = {card.id: card for card in all_staff(connection)}
    return load_tickets(connection, [number], cards).get(number)


def ticket_document(ticket: Ticket) -> dict[str, Any]:
    """A ticket's JSON without its messages. Money is a string with two decimals."""
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "kind": ticket.kind.value,
        "status": ticket.status.value,
        "client": ticket.client.name if ticket.client else None,
        "project": ticket.project or None,
        "requester": ticket.requester.email,
        "assignee": ticket.assignee.email if ticket.assignee else None,
        "created_at": ticket.created_at.isoformat(),
        "started_at": ticket.started_at.isoformat() if ticket.started_at else None,
        "closed_at": ticket.closed_at.isoformat() if ticket.closed_at else None,
        "minutes": ticket.minutes,
        "cost": plain(ticket.cost),
        "warranty": ticket.warranty,
        "discount": _discount(ticket),
        "estimate": None,
        "price": None if ticket.price is None else plain(ticket.price),
        "parent": ticket.parent,
    }


def _discount(ticket: Ticket) -> str | None:
    if ticket.discount_percent:
        return f"{ticket.discount_percent}%"
    return plain(ticket.discount_amount) if ticket.discount_amount else None


def message_documents(connection: Connection, number: int) -> list[dict[str, Any]]:
    """A ticket's messages as JSON, oldest first."""
    rows = connection.execute(select(messages).where(messages.c.ticket == number).order_by(messages.c.id)).all()
    files = _files(connection, number)
    minutes, deliveries = _minutes(connection, number), _deliveries(connection, number)
    return [_message(row, files.get(row.id, []), minutes.get(row.id, 0)) | {"deliveries": deliveries.get(row.id, [])} for row in rows]


def _deliveries(connection: Connection, number: int) -> dict[int, list[dict[str, Any]]]:
    """What became of the letters that went out because of each message."""
    letters = select(outbox.c.caused_by, outbox.c.id, outbox.c.recipient_email, SHOWN_STATUS, outbox.c.answer, SHOWN_AT)
    caused = letters.join(messages, messages.c.id == outbox.c.caused_by).where(messages.c.ticket == number)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(caused.order_by(outbox.c.id)):
        delivery = {"to": row.recipient_email, "status": row.status, "answer": row.answer, "at": row.at.isoformat(), "letter": row.id}
        found.setdefault(row.caused_by, []).append(delivery)
    return found


def _minutes(connection: Connection, number: int) -> dict[int, int]:
    """Minutes that each message logged."""
    logged = select(time_entries.c.message, func.sum(time_entries.c.minutes)).where(time_entries.c.ticket == number)
    return {message: int(minutes) for message, minutes in connection.execute(logged.group_by(time_entries.c.message))}


def _files(connection: Connection, number: int) -> Mapping[int, list[Row[Any]]]:
    statement = select(message_files).join(messages, messages.c.id == message_files.c.message).where(messages.c.ticket == number)
    found: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(statement.order_by(message_files.c.id)):
        found.setdefault(row.message, []).append(row)
    return found


def _message(row: Row[Any], files: list[Row[Any]], minutes: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "direction": row.direction,
        "from": {"name": row.from_name, "address": row.from_email},
        "at": row.at.isoformat(),
        "text": row.text,
        "quoted": row.quoted,
        "signature": row.signature,
        "attachments": [{"name": file.name, "content_type": file.content_type, "size": file.size, "digest": file.digest} for file in files],
        "minutes": minutes,
        "authenticity": row.authenticity,
        "message_id": row.message_id,
        "letter": row.letter,
        "unreadable": row.unreadable or None,
        "sealed": row.sealed,
    }
