"""Commands that move a ticket: /done, /close, /reopen, /wait, /status. Pure."""

from dataclasses import replace

from helpdesk.commands.context import Context, Result, command, done, on_ticket, refuse
from helpdesk.commands.names import CLIENT, STAFF
from helpdesk.effects import SetStatus
from helpdesk.snapshot import Ticket
from helpdesk.workflow import FINISHED, Status, find_status, may_follow


@command(
    "done",
    "готово",
    "сделано",
    audience=(STAFF,),
    usage="/done",
    usage_ru="/готово",
    meaning="the work is done; the client is told",
    meaning_ru="работа сделана, клиенту сообщат",
)
@on_ticket
def finish(_argument: str, context: Context, ticket: Ticket) -> Result:
    """The work is done."""
    return _move(context, ticket, Status.DONE)


@command(
    "close",
    "закрыть",
    audience=(STAFF, CLIENT),
    usage="/close",
    usage_ru="/закрыть",
    meaning="close the ticket",
    meaning_ru="закрыть заявку",
)
@on_ticket
def close(_argument: str, context: Context, ticket: Ticket) -> Result:
    """Close the ticket."""
    return _move(context, ticket, Status.CLOSED)


@command(
    "reopen",
    "открыть",
    "переоткрыть",
    audience=(STAFF, CLIENT),
    usage="/reopen",
    usage_ru="/открыть",
    meaning="take the ticket up again",
    meaning_ru="вернуть заявку в работу",
)
@on_ticket
def reopen(_argument: str, context: Context, ticket: Ticket) -> Result:
    """Work on a finished ticket again."""
    if ticket.status not in FINISHED:
        return done("already-open", ticket, status=ticket.status)
    return _move(context, ticket, Status.IN_PROGRESS)


@command(
    "wait",
    "ждем",
    "жду",
    audience=(STAFF,),
    usage="/wait",
    usage_ru="/ждём",
    meaning="waiting for the client",
    meaning_ru="ждём ответа клиента",
)
@on_ticket
def wait(_argument: str, context: Context, ticket: Ticket) -> Result:
    """The client must answer first."""
    return _move(context, ticket, Status.WAITING)


@command(
    "status",
    "статус",
    audience=(STAFF,),
    usage="/status NAME",
    usage_ru="/статус НАЗВАНИЕ",
    meaning="any status by its name",
    meaning_ru="любой статус по названию",
)
@on_ticket
def set_status(argument: str, context: Context, ticket: Ticket) -> Result:
    """Move the ticket to a named status."""
    status = find_status(argument)
    if status is None:
        return refuse("unknown-status", text=argument)
    return _move(context, ticket, status)


def _move(context: Context, ticket: Ticket, status: Status) -> Result:
    if ticket.status is status:
        return done("same-status", ticket, status=status)
    if not may_follow(ticket.status, status):
        return refuse("no-way", before=ticket.status, after=status)
    now = context.snapshot.now
    after = replace(
        ticket,
        status=status,
        started_at=ticket.started_at or (now if status is Status.IN_PROGRESS else None),
        done_at=(ticket.done_at or now) if status in FINISHED else None,
        closed_at=now if status is Status.CLOSED else None,
    )
    return done("status", after, SetStatus(status), status=status)
