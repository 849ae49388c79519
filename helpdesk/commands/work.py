"""Commands about the work itself: /spent logs time, /note keeps a letter inside. Pure."""

from dataclasses import replace
from datetime import timedelta

from helpdesk.commands.arguments import LONGEST_ENTRY, take_day, take_minutes
from helpdesk.commands.context import Context, Result, command, done, on_ticket, private, refuse
from helpdesk.commands.names import STAFF
from helpdesk.effects import Assign, Change, LogTime, SetStatus
from helpdesk.readmodels import StaffCard
from helpdesk.snapshot import Ticket
from helpdesk.workflow import after_staff_work

_OLDEST = timedelta(days=366)


@command(
    "spent",
    "затрачено",
    "потрачено",
    "время",
    audience=(STAFF,),
    usage="/spent 40m [@2026-11-20] [text]",
    usage_ru="/затрачено 1ч 20м [@20.11] [текст]",
    meaning="log time (-10m takes back)",
    meaning_ru="записать время (-10м вычитает)",
)
@on_ticket
def spent(argument: str, context: Context, ticket: Ticket) -> Result:
    """Log minutes of the sender on the ticket."""
    author = context.snapshot.sender.staff
    taken = take_minutes(argument)
    if author is None or taken is None:
        return refuse("unknown-duration", text=argument)
    if taken.value == 0 or abs(taken.value) > LONGEST_ENTRY:
        return refuse("odd-duration", text=argument, longest=LONGEST_ENTRY)
    day = take_day(taken.rest, context.snapshot.today)
    if day is None:
        return refuse("unknown-day", text=taken.rest)
    return _book(context, ticket, author, LogTime(author.id, taken.value, day.value or context.snapshot.today, day.rest))


def _book(context: Context, ticket: Ticket, author: StaffCard, entry: LogTime) -> Result:
    today = context.snapshot.today
    if entry.worked_on > today:
        return refuse("future-day", day=entry.worked_on)
    if entry.worked_on < today - _OLDEST:
        return refuse("old-day", day=entry.worked_on)
    if ticket.minutes + entry.minutes < 0:
        return refuse("more-than-logged", minutes=-entry.minutes, logged=ticket.minutes)
    after, started = _started(ticket, author, context)
    after = replace(after, minutes=after.minutes + entry.minutes)
    phrase = "spent" if entry.minutes > 0 else "taken-back"
    return done(phrase, after, entry, *started, minutes=abs(entry.minutes), day=entry.worked_on, text=entry.text)


def _started(ticket: Ticket, author: StaffCard, context: Context) -> tuple[Ticket, tuple[Change, ...]]:
    """Work on a new ticket starts it, and gives it to him who works where it is nobody's."""
    changes: list[Change] = []
    after = ticket
    if after_staff_work(ticket.status) is not ticket.status:
        after = replace(after, status=after_staff_work(ticket.status), started_at=ticket.started_at or context.snapshot.now)
        changes.append(SetStatus(after.status))
    if ticket.assignee is None:
        after = replace(after, assignee=author)
        changes.append(Assign(author.id))
    return after, tuple(changes)


@command(
    "note",
    "заметка",
    audience=(STAFF,),
    usage="/note",
    usage_ru="/заметка",
    meaning="this whole mail stays inside the studio",
    meaning_ru="всё письмо остаётся внутри студии",
)
@on_ticket
def note(_argument: str, _context: Context, ticket: Ticket) -> Result:
    """Keep the letter inside the studio."""
    return private(done("note", ticket))
