"""Rows into the snapshot that a decision looks at: a handful of indexed queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, Row, String, bindparam, func, literal, select

from config.database import UtcDateTime
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

_MANY_REFERENCES = 50
_MANY_LINES = 100
_DAYS_OF_TOTALS = 400


def load_snapshot(connection: Connection, clues: Clues, *, policy: Policy, now: datetime) -> Snapshot:
    """What the store knows that the letter with these clues can touch."""
    today = now.astimezone(policy.timezone).date()
    heading = _heading(connection, clues, now)
    everybody = _everybody(connection)
    people = tuple(card for card, active in everybody if active)
    sender = _person(clues.sender, heading, everybody)
    # A held letter that is tried again is no copy of itself.
    if heading.fingerprint is not None and heading.held_as != clues.spool_id:
        return Snapshot(now=now, today=today, next_ticket=0, sender=sender, past=Past(heading.reason, heading.ticket))
    forwarded = _person(clues.forwarded_sender, _contact(connection, clues), everybody) if clues.forwarded_sender else None
    references = _referenced(connection, clues.references)
    reported = _referenced(connection, (clues.reported,) if clues.reported else (), ours=True)
    wanted = {clues.claimed, clues.subject_ticket, *references, *reported, *clues.shown} - {None}
    cards = {card.id: card for card in people}
    found = load_tickets(connection, [number for number in wanted if number is not None], cards)
    own = [found[number] for number in references if number in found]
    client_ids = {person.contact.client_id for person in (sender, forwarded) if person and person.contact}
    clients = _clients(connection, client_ids, heading)
    return Snapshot(
        now=now,
        today=today,
        next_ticket=heading.last_number + 1,
        sender=sender,
        tried_before=heading.fingerprint is not None,
        client=clients.get(sender.contact.client_id) if sender.contact else None,
        forwarded=forwarded,
        claimed=found.get(clues.claimed or 0),
        referenced=tuple(own),
        named=found.get(clues.subject_ticket or 0),
        reported=found.get(reported[0]) if reported else None,
        staff=people,
        projects=_projects(connection, client_ids),
        clients=clients,
        day_minutes=_day_minutes(connection, sender, today),
        own_tickets=_own_tickets(connection, sender) if clues.lists_own else (),
        shown={number: found[number] for number in clues.shown if number in found},
        recent_acknowledgements=heading.acknowledgements,
        own_addresses=frozenset({policy.support_address.lower(), policy.billing_address.lower()}),
        own_letters=_own_letters(connection, clues.reported) if clues.reported else {},
        seen=_seen(connection, {clues.claimed, *references, clues.subject_ticket} - {None}) if clues.discusses else "",
    )


def _heading(connection: Connection, clues: Clues, now: datetime) -> Row[*tuple[Any, ...]]:
    """What is asked about every letter, in one row: how a copy was handled, who its sender is at a client's, how many letters he got."""
    given = {"fingerprint": clues.fingerprint, "email": clues.sender, "since": now - timedelta(days=1)}
    return connection.execute(_HEADING, given).one()


def _contact(connection: Connection, clues: Clues) -> Row[*tuple[Any, ...]]:
    """The first sender of a forwarded letter, as `_heading` tells of the sender."""
    return connection.execute(_CONTACT, {"email": clues.forwarded_sender}).one()


def _seen(connection: Connection, named: AbstractSet[int | None]) -> str:
    """What client and studio wrote to one another in the ticket that a letter names, notes left out; nothing where it names several."""
    ticket = next(iter(named)) if len(named) == 1 else None
    return discussions.folded("\n".join(connection.execute(_SEEN, {"ticket": ticket}).scalars()))


def _everybody(connection: Connection) -> list[tuple[StaffCard, bool]]:
    """All who are or were of the studio, and whether they still are."""
    return [(StaffCard(row.id, row.email, row.name, row.role, row.pay_rate), row.active) for row in connection.execute(_STAFF)]


def _person(email: str, found: Row[*tuple[Any, ...]], everybody: Iterable[tuple[StaffCard, bool]]) -> Person:
    card, active = next((one for one in everybody if one[0].email == email), (None, False))
    if card is not None and active:
        return Person(Address(card.email, card.name), staff=card)
    if found.contact_email is None or not found.contact_active:
        return Person(Address(email), removed=found.contact_email is not None or card is not None)
    contact = ContactCard(found.client_id, found.contact_email, found.contact_name, found.contact_role, found.bounced_at)
    return Person(Address(contact.email, contact.name), contact=contact)


def _own_letters(connection: Connection, message_id: str) -> Mapping[str, str]:
    return {row.message_id: row.subject for row in connection.execute(_OWN_LETTER, {"message_id": message_id})}


def _referenced(connection: Connection, references: tuple[str, ...], *, ours: bool = False) -> list[int]:
    """Tickets that own these Message-IDs, in the order of the references; letters that we sent come before claims of others."""
    wanted = list(references[:_MANY_REFERENCES])
    if not wanted:
        return []
    rows = connection.execute(_THREADS, {"message_ids": wanted}).all()
    good = [row for row in rows if row.ours or not ours]
    ranked = sorted(good, key=lambda row: (not row.ours, wanted.index(row.message_id), row.ticket))
    return list(dict.fromkeys(row.ticket for row in ranked))


def _clients(connection: Connection, ids: set[int], heading: Row[*tuple[Any, ...]]) -> Mapping[int, ClientCard]:
    """The clients of these ids; the sender's is known already."""
    others = ids - {heading.client_id}
    rows = connection.execute(_CLIENTS, {"ids": list(others)}) if others else ()
    found = {row.id: ClientCard(row.id, row.name, row.language, row.rate) for row in rows}
    if heading.client_id in ids:
        found[heading.client_id] = ClientCard(heading.client_id, heading.client_name, heading.client_language, heading.client_rate)
    return found


def _projects(connection: Connection, client_ids: Iterable[int]) -> tuple[ProjectCard, ...]:
    rows = connection.execute(_PROJECTS, {"ids": list(client_ids)}) if client_ids else ()
    return tuple(ProjectCard(row.id, row.client_id, row.domain, row.address) for row in rows)


def _day_minutes(connection: Connection, sender: Person, today: date) -> Mapping[date, int]:
    if sender.staff is None:
        return {}
    given = {"staff": sender.staff.id, "since": today - timedelta(days=_DAYS_OF_TOTALS)}
    return {day: int(minutes) for day, minutes in connection.execute(_DAY_MINUTES, given)}


def _own_tickets(connection: Connection, sender: Person) -> tuple[TicketLine, ...]:
    if sender.staff is None:
        return ()
    rows = connection.execute(_OWN_TICKETS, {"staff": sender.staff.id})
    return tuple(TicketLine(row.number, row.subject, Status(row.status), row.name or "", int(row.minutes)) for row in rows)


def load_tickets(connection: Connection, numbers: Iterable[int], people: Mapping[int, StaffCard]) -> dict[int, Ticket]:
    """Tickets as values, by number; numbers that are none are left out."""
    wanted = list(numbers)
    if not wanted:
        return {}
    watchers = _participants(connection, wanted)
    rows = connection.execute(_TICKETS, {"numbers": wanted})
    return {row.number: _ticket(row, people.get(row.assignee_id), watchers[row.number]) for row in rows}


def _participants(connection: Connection, numbers: list[int]) -> dict[int, tuple[Address, ...]]:
    found: dict[int, tuple[Address, ...]] = defaultdict(tuple)
    for row in connection.execute(_PARTICIPANTS, {"numbers": numbers}):
        found[row.ticket] = (*found[row.ticket], Address(row.email, row.name))
    return found


def _ticket(row: Row[*tuple[Any, ...]], assignee: StaffCard | None, watchers: tuple[Address, ...]) -> Ticket:
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
        minutes=int(row.minutes),
        first_message_id=row.first_message_id or "",
        last_message_id=row.last_message_id or "",
    )


# The statements, made once: SQLAlchemy takes longer over making one than the database over answering it.
_ONE = select(literal(1).label("one")).subquery()
_OF_CONTACT = (
    contacts.c.client_id,
    contacts.c.email.label("contact_email"),
    contacts.c.name.label("contact_name"),
    contacts.c.role.label("contact_role"),
    contacts.c.bounced_at,
    contacts.c.active.label("contact_active"),
)
_HIS = contacts.c.email == bindparam("email", type_=String)
_CONTACT = select(*_OF_CONTACT).select_from(_ONE.outerjoin(contacts, _HIS))
_ACKNOWLEDGEMENTS = (
    select(func.count())
    .where(
        outbox.c.recipient_email == bindparam("email", type_=String),
        outbox.c.kind == "acknowledgement",
        outbox.c.created_at > bindparam("since", type_=UtcDateTime),
    )
    .scalar_subquery()
)
_HEADING = select(
    *_OF_CONTACT,
    fingerprints.c.fingerprint,
    fingerprints.c.reason,
    fingerprints.c.ticket,
    fingerprints.c.held_as,
    clients.c.name.label("client_name"),
    clients.c.language.label("client_language"),
    clients.c.rate.label("client_rate"),
    select(func.coalesce(func.max(tickets.c.number), 0)).scalar_subquery().label("last_number"),
    _ACKNOWLEDGEMENTS.label("acknowledgements"),
).select_from(
    _ONE.outerjoin(fingerprints, fingerprints.c.fingerprint == bindparam("fingerprint", type_=String))
    .outerjoin(contacts, _HIS)
    .outerjoin(clients, clients.c.id == contacts.c.client_id)
)
_STAFF = select(staff).order_by(staff.c.id)
_CLIENTS = select(clients).where(clients.c.id.in_(bindparam("ids", expanding=True)))
_PROJECTS = select(projects).where(projects.c.client_id.in_(bindparam("ids", expanding=True))).order_by(projects.c.id)
_THREADS = select(thread_ids).where(thread_ids.c.message_id.in_(bindparam("message_ids", expanding=True)))
_OWN_LETTER = select(outbox.c.message_id, outbox.c.subject).where(outbox.c.message_id == bindparam("message_id"))
_SEEN = select(messages.c.text).where(messages.c.ticket == bindparam("ticket"), messages.c.direction.in_(("in", "out")))
_MINUTES = (
    select(func.coalesce(func.sum(time_entries.c.minutes), 0)).where(time_entries.c.ticket == tickets.c.number).scalar_subquery()
).label("minutes")
_DAY_MINUTES = (
    select(time_entries.c.worked_on, func.sum(time_entries.c.minutes))
    .where(time_entries.c.staff_id == bindparam("staff"), time_entries.c.worked_on >= bindparam("since"))
    .group_by(time_entries.c.worked_on)
)
_OWN_TICKETS = (
    select(tickets.c.number, tickets.c.subject, tickets.c.status, clients.c.name, _MINUTES)
    .outerjoin(clients, clients.c.id == tickets.c.client_id)
    .where(tickets.c.assignee_id == bindparam("staff", type_=Integer), tickets.c.status.not_in(sorted(status.value for status in FINISHED)))
    .order_by(tickets.c.number)
    .limit(_MANY_LINES)
)
# Message-IDs of letters from outside.
_INCOMING = (
    select(messages.c.message_id)
    .where(messages.c.ticket == tickets.c.number, messages.c.direction == "in", messages.c.message_id != "")
    .correlate(tickets)
    .limit(1)
)
_TICKETS = (
    select(
        tickets,
        clients.c.name.label("client_name"),
        clients.c.language.label("client_language"),
        clients.c.rate.label("client_rate"),
        projects.c.domain,
        _MINUTES,
        _INCOMING.order_by(messages.c.id).scalar_subquery().label("first_message_id"),
        _INCOMING.order_by(messages.c.id.desc()).scalar_subquery().label("last_message_id"),
    )
    .select_from(tickets.outerjoin(clients, clients.c.id == tickets.c.client_id).outerjoin(projects, projects.c.id == tickets.c.project_id))
    .where(tickets.c.number.in_(bindparam("numbers", expanding=True)))
)
_PARTICIPANTS = select(participants).where(participants.c.ticket.in_(bindparam("numbers", expanding=True))).order_by(participants.c.id)
