"""Rows into the figures of a day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, func, or_, select

from helpdesk.digests import DayFigures, Unanswered, Worked
from helpdesk.loading import load_tickets
from helpdesk.models import outbox, staff, tickets, time_entries
from helpdesk.outbox import FAILED
from helpdesk.queries import all_staff
from helpdesk.snapshot import Ticket
from helpdesk.workflow import FINISHED, Status

_MANY = 200


def load_day(connection: Connection, day: date, timezone: ZoneInfo) -> DayFigures:
    """What happened on a day of the studio's calendar, and what is open at the moment."""
    start = datetime.combine(day, time.min, timezone)
    end = datetime.combine(day + timedelta(days=1), time.min, timezone)
    return DayFigures(
        opened=_tickets(connection, tickets.c.created_at >= start, tickets.c.created_at < end),
        finished=_tickets(connection, tickets.c.done_at >= start, tickets.c.done_at < end),
        waiting=_tickets(connection, tickets.c.status.in_([Status.WAITING.value, Status.AWAITING_APPROVAL.value])),
        unanswered=_unanswered(connection),
        worked=_worked(connection, day),
        failed_letters=_failed_letters(connection),
    )


def _tickets(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[Ticket, ...]:
    numbers = connection.execute(select(tickets.c.number).where(*conditions).order_by(tickets.c.number).limit(_MANY)).scalars().all()
    found = load_tickets(connection, numbers, {card.id: card for card in all_staff(connection)})
    return tuple(found[number] for number in numbers)


def _unanswered(connection: Connection) -> tuple[Unanswered, ...]:
    """Open tickets in which the client wrote last, the longest wait first."""
    is_open = tickets.c.status.not_in([status.value for status in FINISHED])
    client_last = or_(tickets.c.staff_wrote_at.is_(None), tickets.c.staff_wrote_at < tickets.c.client_wrote_at)
    statement = (
        select(tickets.c.number, tickets.c.client_wrote_at)
        .where(is_open, tickets.c.client_wrote_at.is_not(None), client_last)
        .order_by(tickets.c.client_wrote_at)
        .limit(_MANY)
    )
    since = {row.number: row.client_wrote_at for row in connection.execute(statement)}
    found = load_tickets(connection, since, {card.id: card for card in all_staff(connection)})
    return tuple(Unanswered(found[number], moment) for number, moment in since.items())


def _worked(connection: Connection, day: date) -> tuple[Worked, ...]:
    statement = (
        select(staff.c.name, func.sum(time_entries.c.minutes).label("minutes"))
        .join(time_entries, time_entries.c.staff_id == staff.c.id)
        .where(time_entries.c.worked_on == day)
        .group_by(staff.c.id, staff.c.name)
        .order_by(func.sum(time_entries.c.minutes).desc())
    )
    return tuple(Worked(row.name, int(row.minutes)) for row in connection.execute(statement))


def _failed_letters(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(outbox).where(outbox.c.status == FAILED)).scalar_one())
