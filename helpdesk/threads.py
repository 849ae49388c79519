"""Which ticket a letter belongs to. Pure.

In this order: a valid reply address, a reference to a letter of the thread, a subject token. Each counts only for somebody who may
write to that ticket; a stranger's guess finds nothing.
"""

from dataclasses import dataclass
from datetime import timedelta

from helpdesk.authority import may_write
from helpdesk.messages import InboundMessage
from helpdesk.policy import Policy
from helpdesk.snapshot import Snapshot, Ticket
from helpdesk.workflow import Status


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket that a letter belongs to, if any, and the one it continues (a closed ticket that is too old to reopen)."""

    ticket: Ticket | None = None
    continues: Ticket | None = None


def find_thread(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Thread:
    """The letter's ticket."""
    for ticket in _candidates(message, snapshot):
        if may_write(snapshot.sender, ticket):
            return Thread(continues=ticket) if _is_past(ticket, snapshot, policy) else Thread(ticket)
    return Thread()


def _candidates(message: InboundMessage, snapshot: Snapshot) -> tuple[Ticket, ...]:
    claim = message.reply_claim
    claimed = snapshot.claimed if claim is not None and claim.recipient == snapshot.sender.address.email else None
    ordered = (claimed, *snapshot.referenced, snapshot.claimed, snapshot.named)
    return tuple(ticket for ticket in ordered if ticket is not None)


def _is_past(ticket: Ticket, snapshot: Snapshot, policy: Policy) -> bool:
    """A client's late letter to a closed ticket opens a new, linked one; the studio may write to any."""
    if ticket.status is not Status.CLOSED or snapshot.sender.staff is not None:
        return False
    return ticket.closed_at is not None and snapshot.now - ticket.closed_at > timedelta(days=policy.reopen_days)
