"""A letter of ours that failed for good: somebody in the studio is told."""

from sqlalchemy import Connection

from config.surroundings import Clock
from helpdesk.audience import address_of, chief_people
from helpdesk.effects import Notice
from helpdesk.letters import render
from helpdesk.messages import Address
from helpdesk.outbox import Queued, enqueue
from helpdesk.policy import Policy
from helpdesk.queries import all_staff
from helpdesk.ticketfile import load_ticket

UNSENT = "unsent"


def tell_of_failure(connection: Connection, queued: Queued, answer: str, *, policy: Policy, clock: Clock) -> None:
    """Write to the ticket's assignee, or to the chiefs, that a letter was not sent and why; never about such a letter itself."""
    message = queued.message
    if message.kind == UNSENT:
        return
    ticket = load_ticket(connection, message.reply_ticket) if message.reply_ticket else None
    chiefs = [address_of(card) for card in chief_people(all_staff(connection))]
    assignee = [address_of(ticket.assignee)] if ticket is not None and ticket.assignee is not None else []
    people = _others(assignee, message.recipient) or _others(chiefs, message.recipient)
    values = {"failed": message, "answer": answer, "outbox_id": queued.id, "attempts": queued.attempts + 1}
    for person in people:
        notice = Notice(UNSENT, person, policy.language, ticket, values, dedupe_key=f"{UNSENT}:{queued.id}:{person.email}")
        enqueue(connection, render(notice, (), policy=policy), now=clock())


def _others(people: list[Address], recipient: Address) -> list[Address]:
    return [person for person in people if person.email != recipient.email]
