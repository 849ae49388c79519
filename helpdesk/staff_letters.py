"""Deciding on letters from the studio's own people: answers to clients, commands, forwarded requests, tasks. Pure."""

from dataclasses import replace

from helpdesk.audience import address_of, colleagues_on, correspondents, deciders, language_for, responsible, workers
from helpdesk.authority import is_proven, may_write
from helpdesk.client_letters import (
    commands_alone,
    find_project,
    forwarded_text,
    open_ticket,
    shown_text,
    target_of,
    tell,
    tell_of_request,
    transcript,
)
from helpdesk.effects import AddMessage, Assign, Change, Decision, Notice, OnTicket, SetStatus
from helpdesk.messages import REPLY_MARKER, Address, Forwarded, InboundMessage
from helpdesk.orders import Orders, carry_out, says_something, text_to_read
from helpdesk.policy import Policy
from helpdesk.readmodels import StaffCard
from helpdesk.snapshot import Person, Snapshot, Ticket
from helpdesk.threads import find_thread
from helpdesk.workflow import Kind, Status, after_client_letter, after_staff_work

_ANNOUNCED = frozenset({Status.DONE, Status.CLOSED, Status.WAITING})


def decide_staff_letter(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    """A letter that says it comes from somebody of the studio."""
    if not is_proven(message):
        return _unproven(message, snapshot, policy)
    if message.letter.unreadable:
        return Decision("unreadable", held=True)
    ticket = find_thread(message, snapshot, policy).ticket
    first = _first_letter(message, policy)
    if ticket is not None:
        return _answer(message, snapshot, policy, ticket) if first is None else _filed(message, snapshot, policy, ticket, first)
    if first is not None and first.sender.email:
        return _forwarded(message, snapshot, policy, first)
    return _task(message, snapshot, policy)


def _first_letter(message: InboundMessage, policy: Policy) -> Forwarded | None:
    """The letter that this one forwards; a letter of ours under an answer is a quote, however a mail program sets it."""
    first = message.letter.forwarded
    if first is None or any(marker in first.text for marker in REPLY_MARKER.values()):
        return None
    ours = (policy.support_address.lower(), policy.billing_address.lower())
    return None if first.sender.email.lower() in ours else first


def _unproven(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    """Held: whoever wrote it, the registered address is told, once an hour at most."""
    person = snapshot.sender.address
    hour = snapshot.now.strftime("%Y-%m-%dT%H")
    values = {"subject": message.letter.subject, "letter": message.spool_id}
    notice = Notice("unproven", person, policy.language, values=values, dedupe_key=f"unproven:{person.email}:{hour}")
    return Decision("unproven-staff", notices=(notice,), held=True)


def _task(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    ticket = replace(open_ticket(message, snapshot, policy, snapshot.sender), kind=Kind.TASK)
    orders = carry_out(message, snapshot, ticket)
    if orders.answers and not says_something(message, snapshot.sender):
        return commands_alone(message, snapshot, policy)
    after = orders.ticket or ticket
    text = shown_text(message, snapshot)
    kept = AddMessage("note", snapshot.sender.address, text, message.letter.quoted, message.letter.signature)
    told = tell_of_request(message, after, text, snapshot, policy)
    notices = (*told, *transcript(message, orders, snapshot, policy, ticket=after, outcome="opened"))
    return Decision("new-task", target_of(ticket), (kept, *orders.changes), notices)


def _forwarded(message: InboundMessage, snapshot: Snapshot, policy: Policy, first: Forwarded) -> Decision:
    """A client's letter that somebody of the studio sent on: a ticket for him who wrote it first."""
    requester = snapshot.forwarded or Person(first.sender)
    named = replace(message, letter=replace(message.letter, subject=first.subject or message.letter.subject))
    ticket = open_ticket(named, snapshot, policy, requester)
    project = find_project(message, snapshot, ticket.client)
    kind = Kind.TASK if requester.staff else Kind.REQUEST
    ticket = replace(ticket, kind=kind, project_id=project.id if project else None, project=project.domain if project else "")
    orders = carry_out(message, snapshot, ticket)
    after = orders.ticket or ticket
    comment = text_to_read(message, snapshot)
    people = workers(snapshot)
    told = tell("request", message, after, first.text, people, snapshot=snapshot, policy=policy, comment=comment)
    notices = (*told, *transcript(message, orders, snapshot, policy, ticket=after, outcome="opened"))
    changes = (AddMessage("in", requester.address, first.text), *_comment(comment, snapshot), *orders.changes)
    return Decision("forwarded", target_of(ticket), changes, notices)


def _comment(comment: str, snapshot: Snapshot) -> tuple[Change, ...]:
    return (AddMessage("note", snapshot.sender.address, comment, with_files=False),) if comment else ()


def _filed(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket, first: Forwarded) -> Decision:
    """A letter forwarded into a ticket stays inside: its client's are filed as his, others as a note; nothing goes to the client."""
    orders = carry_out(message, snapshot, ticket)
    if orders.refused:
        return _refused(message, snapshot, policy, ticket, orders)
    writer = snapshot.forwarded or Person(first.sender)
    of_client = writer.staff is None and may_write(writer, ticket)
    comment = text_to_read(message, snapshot)
    changes = list(orders.changes)
    after = orders.ticket or ticket
    if of_client and orders.status is None and after_client_letter(after.status) is not after.status:
        after = replace(after, status=after_client_letter(after.status), done_at=None, closed_at=None)
        changes.append(SetStatus(after.status))
    kept = AddMessage("in", writer.address, first.text) if of_client else AddMessage("note", snapshot.sender.address, forwarded_text(first))
    text = first.text if of_client else forwarded_text(first)
    told = tell("answer", message, after, text, responsible(after, snapshot), snapshot=snapshot, policy=policy, comment=comment)
    notices = (*told, *transcript(message, orders, snapshot, policy, ticket=after, outcome="inside"))
    return Decision("filed", OnTicket(ticket.number), (kept, *_comment(comment, snapshot), *changes), notices)


def _answer(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket) -> Decision:
    orders = carry_out(message, snapshot, ticket)
    text = text_to_read(message, snapshot)
    says = bool(text or message.letter.attachments)
    if orders.only_questions and not says:
        return Decision("asked", notices=transcript(message, orders, snapshot, policy, ticket=ticket))
    if orders.refused:
        return _refused(message, snapshot, policy, ticket, orders)
    if not says and not orders.answers:
        return _empty(message, snapshot, policy, ticket, orders)
    after, started = _started(orders.ticket or ticket, snapshot, answers=says and not orders.private)
    return _accepted(message, snapshot, policy, after, replace(orders, ticket=after, changes=(*orders.changes, *started)))


def _refused(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket, orders: Orders) -> Decision:
    """Nothing is done and nothing goes out: a note that was meant to stay inside must not leave by a slip of the pen."""
    text = shown_text(message, snapshot)
    kept = AddMessage("note", snapshot.sender.address, text, message.letter.quoted, message.letter.signature)
    notices = transcript(message, orders, snapshot, policy, ticket=ticket, outcome="withheld")
    return Decision("refused", OnTicket(ticket.number), (kept,), notices)


def _empty(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket, orders: Orders) -> Decision:
    """Nothing new in the letter: its author hears that nobody got anything, for he may have written below a quote."""
    kept = AddMessage("note", snapshot.sender.address, "", message.letter.quoted, message.letter.signature)
    notices = transcript(message, orders, snapshot, policy, ticket=ticket, outcome="empty")
    return Decision("empty", OnTicket(ticket.number), (kept,), notices)


def _started(ticket: Ticket, snapshot: Snapshot, *, answers: bool) -> tuple[Ticket, tuple[Change, ...]]:
    """Who answers a new ticket has taken it; who adds to his own has not."""
    author = snapshot.sender.staff
    if author is None or not answers or author.email == ticket.requester.email:
        return ticket, ()
    changes: list[Change] = []
    if after_staff_work(ticket.status) is not ticket.status:
        ticket = replace(ticket, status=after_staff_work(ticket.status), started_at=ticket.started_at or snapshot.now)
        changes.append(SetStatus(ticket.status))
    if ticket.assignee is None:
        ticket = replace(ticket, assignee=author)
        changes.append(Assign(author.id))
    return ticket, tuple(changes)


def _accepted(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket, orders: Orders) -> Decision:
    letter, text = message.letter, text_to_read(message, snapshot)
    replies = () if orders.private else _replies(message, snapshot, policy, ticket, orders)
    kept = AddMessage("out" if replies else "note", snapshot.sender.address, text, letter.quoted, letter.signature)
    told = frozenset(notice.recipient.email for notice in replies)
    notices = (
        *replies,
        *_to_colleagues(message, snapshot, policy, ticket, orders, told=told),
        *transcript(message, orders, snapshot, policy, ticket=ticket),
    )
    reason = "note" if orders.private else ("answer" if text or letter.attachments else "commands")
    return Decision(reason, OnTicket(ticket.number), (kept, *orders.changes), notices)


def _announced(orders: Orders) -> Status | None:
    """The status that the other side is told of."""
    return orders.status if orders.status in _ANNOUNCED else None


def _replies(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket, orders: Orders) -> tuple[Notice, ...]:
    """The answer to requester and participants, with the time it took and what the ticket has come to."""
    text, announced, author = text_to_read(message, snapshot), _announced(orders), snapshot.sender.staff
    if not (text or announced or message.letter.attachments):
        return ()
    name = author.name if author else ""
    values = {"text": text, "minutes": orders.minutes, "status": announced, "signature": name}
    return tuple(
        Notice(
            "reply",
            person,
            language_for(ticket, person.email, snapshot, policy),
            ticket,
            values,
            sender_name=name,
            in_reply_to=ticket.last_message_id if person.email == ticket.requester.email else "",
            with_files=True,
            automatic=False,
        )
        for person in correspondents(ticket, snapshot)
    )


def _to_colleagues(
    message: InboundMessage,
    snapshot: Snapshot,
    policy: Policy,
    ticket: Ticket,
    orders: Orders,
    *,
    told: frozenset[str],
) -> tuple[Notice, ...]:
    """Whose ticket it is hears what a colleague wrote or settled; who got it just now hears what it is."""
    author, assignee = snapshot.sender.staff, ticket.assignee
    if author is None:
        return ()
    given = any(isinstance(change, Assign) and change.staff_id != author.id for change in orders.changes)
    text = text_to_read(message, snapshot)
    people: tuple[StaffCard, ...] = ()
    if text or message.letter.attachments:
        people = (*responsible(ticket, snapshot), *colleagues_on(ticket, snapshot))
    elif assignee is not None and (given or _announced(orders)):
        people = (assignee,)
    values = {"text": text, "author": Address(author.email, author.name), "private": orders.private, "answered": bool(told)}
    return tuple(
        _colleague_notice(card, ticket, {**values, "reassigned": given and card == assignee}, author, policy)
        for card in dict.fromkeys(people)
        if card.email not in {author.email, *told}
    )


def _colleague_notice(card: StaffCard, ticket: Ticket, values: dict[str, object], author: StaffCard, policy: Policy) -> Notice:
    return Notice("colleague", address_of(card), policy.language, ticket, values, sender_name=author.name, with_files=True, automatic=False)


def held_notice(message: InboundMessage, snapshot: Snapshot, policy: Policy, *, reason: str) -> tuple[Notice, ...]:
    """Tell who decides, and its author if he is of the studio, of a letter that waits; one such notice in a quarter of an hour at most."""
    quarter = snapshot.now.strftime("%Y-%m-%dT%H:") + str(snapshot.now.minute // 15)
    values = {"letter": message.letter, "reason": reason, "spool_id": message.spool_id}
    people = dict.fromkeys((*deciders(snapshot), *filter(None, (snapshot.sender.staff,))))
    return tuple(
        Notice("held", address_of(card), policy.language, values=values, dedupe_key=f"held:{card.email}:{quarter}") for card in people
    )
