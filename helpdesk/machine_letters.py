"""Deciding on letters that no person wrote: delivery reports, auto-replies, loops. None opens a ticket, none is answered. Pure."""

from dataclasses import replace

from helpdesk.audience import address_of, bookkeepers, chiefs, responsible
from helpdesk.authority import may_write
from helpdesk.effects import AddMessage, Change, Decision, MarkBounced, MarkReturned, Notice, OnTicket
from helpdesk.messages import Address, InboundMessage, Report
from helpdesk.policy import Policy
from helpdesk.snapshot import Snapshot, Ticket
from helpdesk.threads import find_thread

NOBODY = Address("")
_WORDS = 300


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
    subject = snapshot.own_letters.get(report.original_message_id)
    if ticket is None and subject is None:
        return Decision("report")
    undelivered = replace(report, recipients=tuple(one for one in report.recipients if not one.status.startswith("2")))
    marks: list[Change] = [MarkBounced(one.address.lower()) for one in undelivered.recipients if one.permanent and one.address]
    marks += _returned(undelivered)
    told = _notices(undelivered, ticket, subject or "", snapshot, policy) if undelivered.recipients or not report.recipients else ()
    if ticket is None:
        return Decision("report", changes=tuple(marks), notices=told)
    note = AddMessage("note", message.letter.sender or NOBODY, message.letter.text)
    return Decision("report", OnTicket(ticket.number), (note, *marks), told)


def _returned(undelivered: Report) -> list[Change]:
    """A letter goes to one recipient, so one that gave up on it, himself or whom his mail goes on to, has sent it back."""
    for one in undelivered.recipients:
        if one.permanent:
            words = " ".join(filter(None, (one.status, one.reason or "delivery failed", f"<{one.address}>" if one.address else "")))
            return [MarkReturned(undelivered.original_message_id, " ".join(words.split())[:_WORDS])]
    return []


def _notices(report: Report, ticket: Ticket | None, subject: str, snapshot: Snapshot, policy: Policy) -> tuple[Notice, ...]:
    """Whose ticket it is hears of it; of other letters (documents) who keeps the books; where theirs is the broken address, the chiefs."""
    failed = {recipient.address.lower() for recipient in report.recipients}
    wanted = responsible(ticket, snapshot) if ticket else bookkeepers(snapshot)
    people = [card for card in wanted if card.email not in failed] or [card for card in chiefs(snapshot) if card.email not in failed]
    values = {"report": report, "subject": subject}
    return tuple(Notice("undelivered", address_of(card), policy.language, ticket, values) for card in people)
