"""Deciding on letters that no person wrote: delivery reports, auto-replies, loops. None opens a ticket, none is answered. Pure."""

from helpdesk.audience import address_of, language_for, responsible
from helpdesk.authority import may_write
from helpdesk.effects import AddMessage, Change, Decision, MarkBounced, Notice, OnTicket
from helpdesk.messages import Address, InboundMessage, Report
from helpdesk.policy import Policy
from helpdesk.snapshot import Snapshot, Ticket
from helpdesk.threads import find_thread

NOBODY = Address("")


def decide_loop(_message: InboundMessage) -> Decision:
    """A letter of ours that came back: kept raw, nothing done."""
    return Decision("loop")


def decide_auto_reply(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    """An auto-reply is filed in its ticket as a note; it changes no status and is never answered."""
    ticket = find_thread(message, snapshot, policy).ticket
    if ticket is None or not may_write(snapshot.sender, ticket):
        return Decision("auto-reply")
    letter = message.letter
    note = AddMessage("note", letter.sender or NOBODY, letter.text, letter.quoted, letter.signature)
    return Decision("auto-reply", OnTicket(ticket.number), (note,))


def decide_report(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    """A delivery report about a letter of ours is filed in its ticket; the staff hear of it, a hard bounce marks the contact."""
    report, ticket = message.letter.report or Report(), snapshot.reported
    if ticket is None:
        return Decision("report")
    permanent = [recipient.address for recipient in report.recipients if recipient.permanent and recipient.address]
    marks: list[Change] = [MarkBounced(address.lower()) for address in permanent]
    note = AddMessage("note", message.letter.sender or NOBODY, message.letter.text)
    return Decision("report", OnTicket(ticket.number), (note, *marks), _notices(report, ticket, snapshot, policy))


def _notices(report: Report, ticket: Ticket, snapshot: Snapshot, policy: Policy) -> tuple[Notice, ...]:
    people = [address_of(card) for card in responsible(ticket, snapshot)]
    failed = {recipient.address.lower() for recipient in report.recipients}
    return tuple(
        Notice("undelivered", person, language_for(ticket, person.email, snapshot, policy), ticket, {"report": report})
        for person in people
        if person.email not in failed
    )
