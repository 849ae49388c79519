"""Reading the desk for other packages and for people: rows in, read models out."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, ScalarSelect, Select, and_, func, or_, select

from helpdesk.models import clients, contacts, projects, staff, tickets, time_entries
from helpdesk.pricing import Terms
from helpdesk.readmodels import ClientCard, ContactCard, StaffCard, TicketWork, WorkedTime


def all_clients(connection: Connection) -> tuple[ClientCard, ...]:
    """Every active client, by name."""
    rows = connection.execute(select(clients).where(clients.c.active).order_by(clients.c.name))
    return tuple(_client(row) for row in rows)


def find_client(connection: Connection, word: str) -> ClientCard | None:
    """The client with this name (any case) or this id."""
    wanted = word.strip().casefold()
    found = [card for card in all_clients(connection) if card.name.casefold() == wanted or str(card.id) == wanted]
    return found[0] if found else None


def contacts_of(connection: Connection, client_id: int) -> tuple[ContactCard, ...]:
    """The active contacts of a client, in the order they were added."""
    rows = connection.execute(select(contacts).where(contacts.c.client_id == client_id, contacts.c.active).order_by(contacts.c.id))
    return tuple(ContactCard(row.client_id, row.email, row.name, row.role, row.bounced_at) for row in rows)


def all_staff(connection: Connection) -> tuple[StaffCard, ...]:
    """Everybody active in the studio, in the order they were added."""
    rows = connection.execute(select(staff).where(staff.c.active).order_by(staff.c.id))
    return tuple(StaffCard(row.id, row.email, row.name, row.role, row.pay_rate) for row in rows)


def unbilled_work(
    connection: Connection,
    client_id: int,
    *,
    until: date,
    billed_entries: Select[tuple[int]],
    billed_tickets: Select[tuple[int]],
    timezone: ZoneInfo,
) -> tuple[TicketWork, ...]:
    """A client's tickets with entries worked up to `until` that are not among `billed_entries`, and those with a fixed
    price that is not among `billed_tickets`, by number; the two selects are the caller's knowledge of what was billed.
    """
    fresh = and_(time_entries.c.worked_on <= until, time_entries.c.id.not_in(billed_entries))
    joined = tickets.outerjoin(projects, projects.c.id == tickets.c.project_id).join(clients, clients.c.id == tickets.c.client_id)
    entry_join = joined.outerjoin(time_entries, and_(time_entries.c.ticket == tickets.c.number, fresh))
    open_price = and_(tickets.c.price.is_not(None), tickets.c.number.not_in(billed_tickets))
    statement = (
        select(
            tickets,
            projects.c.domain,
            clients.c.rate,
            _last_worked_on().label("last_worked_on"),
            time_entries.c.id.label("entry_id"),
            time_entries.c.minutes,
            time_entries.c.worked_on,
            time_entries.c.staff_id,
            time_entries.c.text,
        )
        .select_from(entry_join)
        .where(tickets.c.client_id == client_id, or_(time_entries.c.id.is_not(None), open_price))
        .order_by(tickets.c.number, time_entries.c.id)
    )
    return _grouped(connection.execute(statement), timezone)


def _last_worked_on() -> ScalarSelect[date]:
    """The last day that anybody worked on the ticket of the outer row."""
    every = time_entries.alias()
    return select(func.max(every.c.worked_on)).where(every.c.ticket == tickets.c.number).correlate(tickets).scalar_subquery()


def _grouped(rows: Iterable[Row[Any]], timezone: ZoneInfo) -> tuple[TicketWork, ...]:
    by_ticket: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_ticket[row.number].append(row)
    return tuple(_work(group, timezone) for group in by_ticket.values())


def _work(group: list[Row[Any]], timezone: ZoneInfo) -> TicketWork:
    first = group[0]
    entries = (WorkedTime(row.entry_id, row.minutes, row.worked_on, row.staff_id, row.text) for row in group if row.entry_id)
    return TicketWork(
        number=first.number,
        subject=first.subject,
        client_id=first.client_id,
        project=first.domain or "",
        status=first.status,
        created_on=first.created_at.astimezone(timezone).date(),
        finished_on=_finished_on(first, timezone),
        terms=terms_of(first),
        entries=tuple(entries),
    )


def _finished_on(row: Row[Any], timezone: ZoneInfo) -> date | None:
    """The last day of work on a finished ticket; without any work, the day it was called done."""
    moment: datetime | None = row.done_at or row.closed_at
    if moment is None:
        return None
    last_worked_on: date | None = row.last_worked_on
    return last_worked_on or moment.astimezone(timezone).date()


def terms_of(row: Row[Any]) -> Terms:
    """How a ticket is paid, of a row that carries the ticket's columns and the client's `rate`."""
    return Terms(row.rate or 0, row.price, row.discount_percent, row.discount_amount, row.warranty)


def _client(row: Row[Any]) -> ClientCard:
    return ClientCard(row.id, row.name, row.language, row.rate)
