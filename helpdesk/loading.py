"""Rows into the snapshot that a decision looks at: a handful of indexed queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from helpdesk import discussions
from helpdesk.clues import Clues
from helpdesk.messages import Address
from helpdesk.models import (
    clients,
    contacts,
    fingerprints,
    messages,
    outbox,
    participants,
    projects,
    staff,
    thread_ids,
    tickets,
    time_entries,
)
from helpdesk.policy import Policy
from helpdesk.readmodels import ClientCard, ContactCard, StaffCard
from helpdesk.snapshot import Past, Person, ProjectCard, Snapshot, Ticket, TicketLine
from helpdesk.workflow import FINISHED, Kind, Status

_FIRST_NUMBER = 1
_MANY_REFERENCES = 50
_MANY_LINES = 100
_DAYS_OF_TOTALS = 400


def load_snapshot(connection: Connection, clues: Clues, *, policy: Policy, now: datetime) -> Snapshot:
    """What the store knows that the letter with these clues can touch."""
    today = now.astimezone(policy.timezone).date()
    past = _past(connection, clues)
    people = _staff(connection)
    cards = {card.id: card for card in people}
    sender = _person(connection, clues.sender, people)
    if past is not None:
        return Snapshot(now=now, today=today, next_ticket=0, sender=sender, past=past)
    forwarded = _person(connection, clues.forwarded_sender, people) if clues.forwarded_sender else None
    references = _referenced(connection, clues.references)
    reported = _referenced(connection, (clues.reported,) if clues.reported else (), ours=True)
    wanted = {clues.claimed, clues.subject_ticket, *references, *reported, *clues.shown} - {None}
    found = load_tickets(connection, [number for number in wanted if number is not None], cards)
    own = [found[number] for number in references if number in found]
    client_ids = {person.contact.client_id for person in (sender, forwarded) if person and person.contact}
    return Snapshot(
        now=now,
        today=today,
        next_ticket=_next_number(connection),
        sender=sender,
        client=_clients(connection, client_ids).get(sender.contact.client_id) if sender.contact else None,
        forwarded=forwarded,
        claimed=found.get(clues.claimed or 0),
        referenced=tuple(own),
        named=found.get(clues.subject_ticket or 0),
        reported=found.get(reported[0]) if reported else None,
        staff=people,
        projects=_projects(connection, client_ids),
        clients=_clients(connection, client_ids),
        day_minutes=_day_minutes(connection, sender, today),
        own_tickets=_own_tickets(connection, sender) if clues.lists_own else (),
        shown={number: found[number] for number in clues.shown if number in found},
        recent_acknowledgements=_recent_acknowledgements(connection, clues.sender, now),
        own_addresses=frozenset({policy.support_address.lower(), policy.billing_address.lower()}),
        own_letters=_own_letters(connection, {clues.reported} - {""}),
        seen=_seen(connection, next(filter(None, (clues.claimed, *references, clues.subject_ticket)), None)) if clues.discusses else "",
    )


def _seen(connection: Connection, ticket: int | None) -> str:
    """What client and studio wrote to one another in a ticket, notes left out."""
    open_to_all = (messages.c.ticket == ticket, messages.c.direction.in_(("in", "out")))
    return discussions.folded("\n".join(connection.execute(select(messages.c.text).where(*open_to_all)).scalars()))


def _past(connection: Connection, clues: Clues) -> Past | None:
    """How another copy of the letter was handled; a held letter that is tried again is no copy of itself."""
    row = connection.execute(select(fingerprints).where(fingerprints.c.fingerprint == clues.fingerprint)).first()
    return None if row is None or row.held_as == clues.spool_id else Past(row.reason, row.ticket)


def _staff(connection: Connection) -> tuple[StaffCard, ...]:
    rows = connection.execute(select(staff).where(staff.c.active).order_by(staff.c.id))
    return tuple(StaffCard(row.id, row.email, row.name, row.role, row.pay_rate) for row in rows)


def _person(connection: Connection, email: str, people: Iterable[StaffCard]) -> Person:
    card = next((one for one in people if one.email == email), None)
    if card is not None:
        return Person(Address(card.email, card.name), staff=card)
    row = connection.execute(select(contacts).where(contacts.c.email == email)).first()
    if row is None or not row.active:
        return Person(Address(email), removed=row is not None or _was_staff(connection, email))
    contact = ContactCard(row.client_id, row.email, row.name, row.role, row.bounced_at)
    return Person(Address(row.email, row.name), contact=contact)


def _was_staff(connection: Connection, email: str) -> bool:
    return connection.execute(select(staff.c.id).where(staff.c.email == email)).first() is not None


def _own_letters(connection: Connection, message_ids: Iterable[str]) -> Mapping[str, str]:
    rows = connection.execute(select(outbox.c.message_id, outbox.c.subject).where(outbox.c.message_id.in_(list(message_ids))))
    return {row.message_id: row.subject for row in rows}


def _referenced(connection: Connection, references: tuple[str, ...], *, ours: bool = False) -> list[int]:
    """Tickets that own these Message-IDs, in the order of the references; letters that we sent come before claims of others."""
    wanted = list(references[:_MANY_REFERENCES])
    if not wanted:
        return []
    rows = connection.execute(select(thread_ids).where(thread_ids.c.message_id.in_(wanted))).all()
    good = [row for row in rows if row.ours or not ours]
    ranked = sorted(good, key=lambda row: (not row.ours, wanted.index(row.message_id), row.ticket))
    return list(dict.fromkeys(row.ticket for row in ranked))


def _next_number(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(tickets.c.number), _FIRST_NUMBER - 1))).scalar_one()) + 1


def _clients(connection: Connection, ids: Iterable[int]) -> Mapping[int, ClientCard]:
    rows = connection.execute(select(clients).where(clients.c.id.in_(list(ids))))
    return {row.id: ClientCard(row.id, row.name, row.language, row.rate) for row in rows}


def _projects(connection: Connection, client_ids: Iterable[int]) -> tuple[ProjectCard, ...]:
    rows = connection.execute(select(projects).where(projects.c.client_id.in_(list(client_ids))).order_by(projects.c.id))
    return tuple(ProjectCard(row.id, row.client_id, row.domain, row.address) for row in rows)


def _day_minutes(connection: Connection, sender: Person, today: date) -> Mapping[date, int]:
    if sender.staff is None:
        return {}
    since = today - timedelta(days=_DAYS_OF_TOTALS)
    statement = (
        select(time_entries.c.worked_on, func.sum(time_entries.c.minutes))
        .where(time_entries.c.staff_id == sender.staff.id, time_entries.c.worked_on >= since)
        .group_by(time_entries.c.worked_on)
    )
    return {day: int(minutes) for day, minutes in connection.execute(statement)}


def _own_tickets(connection: Connection, sender: Person) -> tuple[TicketLine, ...]:
    if sender.staff is None:
        return ()
    minutes = select(func.coalesce(func.sum(time_entries.c.minutes), 0)).where(time_entries.c.ticket == tickets.c.number).scalar_subquery()
    statement = (
        select(tickets.c.number, tickets.c.subject, tickets.c.status, clients.c.name, minutes.label("minutes"))
        .outerjoin(clients, clients.c.id == tickets.c.client_id)
        .where(tickets.c.assignee_id == sender.staff.id, tickets.c.status.not_in([status.value for status in FINISHED]))
        .order_by(tickets.c.number)
        .limit(_MANY_LINES)
    )
    rows = connection.execute(statement)
    return tuple(TicketLine(row.number, row.subject, Status(row.status), row.name or "", int(row.minutes)) for row in rows)


def _recent_acknowledgements(connection: Connection, email: str, now: datetime) -> int:
    statement = select(func.count()).where(
        outbox.c.recipient_email == email,
        outbox.c.kind == "acknowledgement",
        outbox.c.created_at > now - timedelta(days=1),
    )
    return int(connection.execute(statement).scalar_one())


def load_tickets(connection: Connection, numbers: Iterable[int], people: Mapping[int, StaffCard]) -> dict[int, Ticket]:
    """Tickets as values, by number; numbers that are none are left out."""
    wanted = list(numbers)
    if not wanted:
        return {}
    statement = (
        select(
            tickets,
            clients.c.name.label("client_name"),
            clients.c.language.label("client_language"),
            clients.c.rate.label("client_rate"),
            projects.c.domain,
        )
        .select_from(
            tickets.outerjoin(clients, clients.c.id == tickets.c.client_id).outerjoin(projects, projects.c.id == tickets.c.project_id)
        )
        .where(tickets.c.number.in_(wanted))
    )
    rows = connection.execute(statement).all()
    minutes, watchers, ids = _minutes(connection, wanted), _participants(connection, wanted), _message_ids(connection, wanted)
    return {
        row.number: _ticket(
            row, people.get(row.assignee_id), minutes.get(row.number, 0), watchers[row.number], ids.get(row.number, ("", ""))
        )
        for row in rows
    }


def _minutes(connection: Connection, numbers: list[int]) -> dict[int, int]:
    statement = (
        select(time_entries.c.ticket, func.sum(time_entries.c.minutes))
        .where(time_entries.c.ticket.in_(numbers))
        .group_by(time_entries.c.ticket)
    )
    return {ticket: int(total) for ticket, total in connection.execute(statement)}


def _participants(connection: Connection, numbers: list[int]) -> dict[int, tuple[Address, ...]]:
    found: dict[int, tuple[Address, ...]] = defaultdict(tuple)
    for row in connection.execute(select(participants).where(participants.c.ticket.in_(numbers)).order_by(participants.c.id)):
        found[row.ticket] = (*found[row.ticket], Address(row.email, row.name))
    return found


def _message_ids(connection: Connection, numbers: list[int]) -> dict[int, tuple[str, str]]:
    """Message-IDs of the first and the last letter that came from outside, by ticket."""
    incoming = messages.c.direction == "in"
    edges = (
        select(func.min(messages.c.id).label("first"), func.max(messages.c.id).label("last"))
        .where(messages.c.ticket.in_(numbers), incoming, messages.c.message_id != "")
        .group_by(messages.c.ticket)
        .subquery()
    )
    statement = (
        select(messages.c.ticket, messages.c.message_id)
        .join(edges, (messages.c.id == edges.c.first) | (messages.c.id == edges.c.last))
        .order_by(messages.c.id)
    )
    found: dict[int, tuple[str, str]] = {}
    for row in connection.execute(statement):
        found[row.ticket] = (found.get(row.ticket, (row.message_id, ""))[0], row.message_id)
    return found


def _ticket(row: Row[Any], assignee: StaffCard | None, minutes: int, watchers: tuple[Address, ...], ids: tuple[str, str]) -> Ticket:
    client = ClientCard(row.client_id, row.client_name, row.client_language, row.client_rate) if row.client_id else None
    return Ticket(
        number=row.number,
        subject=row.subject,
        kind=Kind(row.kind),
        status=Status(row.status),
        created_at=row.created_at,
        requester=Address(row.requester_email, row.requester_name),
        client=client,
        project_id=row.project_id,
        project=row.domain or "",
        assignee=assignee,
        participants=watchers,
        started_at=row.started_at,
        done_at=row.done_at,
        closed_at=row.closed_at,
        parent=row.parent,
        price=row.price,
        discount_percent=row.discount_percent,
        discount_amount=row.discount_amount,
        warranty=row.warranty,
        minutes=minutes,
        first_message_id=ids[0],
        last_message_id=ids[1],
    )
