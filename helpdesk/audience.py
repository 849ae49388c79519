"""Whom a notice goes to, and in which language. Pure."""

from collections.abc import Iterable

from helpdesk.messages import Address
from helpdesk.policy import Policy
from helpdesk.readmodels import StaffCard
from helpdesk.roles import StaffRole
from helpdesk.snapshot import Snapshot, Ticket
from helpdesk.workflow import Kind

_WORKERS = frozenset({StaffRole.PROGRAMMER, StaffRole.DESIGNER, StaffRole.MANAGER})
_CHIEFS = frozenset({StaffRole.DIRECTOR, StaffRole.ADMIN})
_BOOKKEEPERS = frozenset({StaffRole.ACCOUNTANT, StaffRole.DIRECTOR})


def address_of(card: StaffCard) -> Address:
    """A staff member as an address."""
    return Address(card.email, card.name)


def workers(snapshot: Snapshot) -> tuple[StaffCard, ...]:
    """Who hears of requests that nobody has taken yet: those who do the work, or in their absence whoever there is."""
    return _with_roles(snapshot.staff, _WORKERS) or chiefs(snapshot)


def chiefs(snapshot: Snapshot) -> tuple[StaffCard, ...]:
    """Director and admin; where there is none, everybody."""
    return chief_people(snapshot.staff)


def chief_people(people: tuple[StaffCard, ...]) -> tuple[StaffCard, ...]:
    """The directors and admins among people; where there is none, everybody."""
    return _with_roles(people, _CHIEFS) or people


def directors(people: tuple[StaffCard, ...]) -> tuple[StaffCard, ...]:
    """Who gets the daily digest: the directors, where there is none the admins, else everybody."""
    return _with_roles(people, frozenset({StaffRole.DIRECTOR})) or chief_people(people)


def deciders(snapshot: Snapshot) -> tuple[StaffCard, ...]:
    """Who decides on letters that are held: managers, directors and admins; where there is none, everybody."""
    return _with_roles(snapshot.staff, _CHIEFS | {StaffRole.MANAGER}) or snapshot.staff


def bookkeepers(snapshot: Snapshot) -> tuple[StaffCard, ...]:
    """Who hears of letters to the billing address."""
    return _with_roles(snapshot.staff, _BOOKKEEPERS) or workers(snapshot)


def _with_roles(people: Iterable[StaffCard], roles: frozenset[StaffRole]) -> tuple[StaffCard, ...]:
    return tuple(card for card in people if card.role in roles)


def responsible(ticket: Ticket, snapshot: Snapshot) -> tuple[StaffCard, ...]:
    """Who hears of a ticket's letters: its assignee, or as long as there is none, all who might take it."""
    assignee = ticket.assignee
    if assignee is not None and any(card.id == assignee.id for card in snapshot.staff):
        return (assignee,)
    return workers(snapshot)


def colleagues_on(ticket: Ticket, snapshot: Snapshot) -> tuple[StaffCard, ...]:
    """Those of the studio who are requester or participants."""
    named = {address.email for address in (ticket.requester, *ticket.participants)}
    return tuple(card for card in snapshot.staff if card.email in named)


def correspondents(ticket: Ticket, snapshot: Snapshot) -> tuple[Address, ...]:
    """Requester and participants without the letter's author; a task's requester only as long as he is of the studio."""
    people = {address.email: address for address in (ticket.requester, *ticket.participants)}
    people.pop(snapshot.sender.address.email, None)
    if ticket.kind is Kind.TASK and all(card.email != ticket.requester.email for card in snapshot.staff):
        people.pop(ticket.requester.email, None)
    return tuple(people.values())


def language_for(ticket: Ticket | None, email: str, snapshot: Snapshot, policy: Policy) -> str:
    """The studio's language for its own people, the client's for everybody else."""
    if any(card.email == email for card in snapshot.staff):
        return policy.language
    client = ticket.client if ticket is not None else snapshot.client
    return client.language if client is not None else policy.language
