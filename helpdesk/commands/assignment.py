"""Commands about who does a ticket and who hears of it: /take, /assign, /cc, /uncc. Pure."""

from dataclasses import replace

from helpdesk.commands.context import Context, Result, command, done, on_ticket, refuse
from helpdesk.commands.names import STAFF
from helpdesk.effects import AddParticipant, Assign, Change, RemoveParticipant, SetStatus
from helpdesk.messages import Address, parse_mailbox
from helpdesk.readmodels import StaffCard
from helpdesk.snapshot import Snapshot, Ticket
from helpdesk.workflow import Status, after_staff_work


@command(
    "take",
    "беру",
    "взять",
    audience=(STAFF,),
    usage="/take",
    usage_ru="/беру",
    meaning="I do it",
    meaning_ru="беру в работу",
)
@on_ticket
def take(_argument: str, context: Context, ticket: Ticket) -> Result:
    """The sender takes the ticket, and it is in progress."""
    author = context.snapshot.sender.staff
    if author is None:
        return refuse("staff-only")
    return _give(ticket, author, context, starts=True)


@command(
    "assign",
    "назначить",
    "исполнитель",
    audience=(STAFF,),
    usage="/assign NAME",
    usage_ru="/назначить ИМЯ",
    meaning="who does it: a name, a part of it, or an address",
    meaning_ru="кто делает: имя, его часть или адрес",
)
@on_ticket
def assign(argument: str, context: Context, ticket: Ticket) -> Result:
    """Give the ticket to somebody of the studio."""
    if not _plain(argument):
        return refuse("who", names=_names(context.snapshot))
    found = find_staff(argument, context.snapshot)
    if not found:
        return refuse("nobody", text=argument, names=_names(context.snapshot))
    if len(found) > 1:
        return refuse("several", text=argument, names=", ".join(card.name for card in found))
    return _give(ticket, found[0], context, starts=False)


def _give(ticket: Ticket, person: StaffCard, context: Context, *, starts: bool) -> Result:
    changes: list[Change] = [Assign(person.id)]
    after = replace(ticket, assignee=person)
    if starts and after_staff_work(ticket.status) is not ticket.status:
        after = replace(after, status=Status.IN_PROGRESS, started_at=ticket.started_at or context.snapshot.now)
        changes.append(SetStatus(Status.IN_PROGRESS))
    return done("assigned", after, *changes, name=person.name)


def find_staff(words: str, snapshot: Snapshot) -> tuple[StaffCard, ...]:
    """Whom a name, a part of a name or an address means: the whole wins over whole words, and those over beginnings of words."""
    wanted = _plain(words)
    whole = tuple(card for card in snapshot.staff if wanted in (_plain(card.name), card.email, card.email.partition("@")[0]))
    by_words = tuple(card for card in snapshot.staff if set(wanted.split()) <= set(_plain(card.name).split()))
    return whole or by_words or tuple(card for card in snapshot.staff if _begins_words(wanted, card))


def _begins_words(wanted: str, card: StaffCard) -> bool:
    own = _plain(card.name).split()
    return all(any(word.startswith(part) for word in own) for part in wanted.split())


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").strip("@. ").split())


def _names(snapshot: Snapshot) -> str:
    return ", ".join(card.name for card in snapshot.staff)


@command(
    "cc",
    "копия",
    audience=(STAFF,),
    usage="/cc EMAIL",
    usage_ru="/копия ПОЧТА",
    meaning="somebody else who gets the ticket's mails",
    meaning_ru="ещё один получатель писем заявки",
)
@on_ticket
def add_copy(argument: str, context: Context, ticket: Ticket) -> Result:
    """Add a participant."""
    email = parse_email(argument)
    if email is None:
        return refuse("no-address", text=argument)
    if _without_tag(email) in context.snapshot.own_addresses:
        return refuse("own-address", email=email)
    if any(address.email == email for address in (ticket.requester, *ticket.participants)):
        return done("already-participant", ticket, email=email)
    address = Address(email)
    return done("participant", replace(ticket, participants=(*ticket.participants, address)), AddParticipant(address), email=email)


def _without_tag(email: str) -> str:
    local, at, domain = email.rpartition("@")
    return local.partition("+")[0] + at + domain


@command(
    "uncc",
    "безкопии",
    audience=(STAFF,),
    usage="/uncc EMAIL",
    usage_ru="/безкопии ПОЧТА",
    meaning="he gets them no longer",
    meaning_ru="больше не получает писем заявки",
)
@on_ticket
def remove_copy(argument: str, _context: Context, ticket: Ticket) -> Result:
    """Remove a participant."""
    email = parse_email(argument)
    if email is None or all(address.email != email for address in ticket.participants):
        return refuse("no-participant", text=argument, names=", ".join(address.email for address in ticket.participants))
    left = tuple(address for address in ticket.participants if address.email != email)
    return done("participant-gone", replace(ticket, participants=left), RemoveParticipant(email), email=email)


def parse_email(text: str) -> str | None:
    """One bare address with a whole domain, in lower case, or None."""
    email = parse_mailbox(text)
    return email if email and "." in email.rpartition("@")[2].strip(".") else None
