"""Deciding on letters from the studio's own people: answers to clients, commands, forwarded requests, tasks. Pure."""

from dataclasses import replace

from helpdesk.audience import address_of, language_for, outsiders, workers
from helpdesk.authority import is_proven
from helpdesk.client_letters import find_project, open_ticket, shown_text, target_of, tell_of_request, transcript
from helpdesk.commands.registry import without_commands
from helpdesk.effects import AddMessage, Assign, Change, Decision, Notice, OnTicket, SetStatus, Target
from helpdesk.messages import Address, Forwarded, InboundMessage
from helpdesk.orders import QUESTIONS, Orders, carry_out, command_names
from helpdesk.policy import Policy
from helpdesk.readmodels import StaffCard
from helpdesk.snapshot import Person, Snapshot, Ticket
from helpdesk.threads import find_thread
from helpdesk.workflow import Kind, Status, after_staff_work

_ANNOUNCED = frozenset({Status.DONE, Status.CLOSED, Status.WAITING})


def decide_staff_letter(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    """A letter that says it comes from somebody of the studio."""
    if not is_proven(message):
        return _unproven(message, snapshot, policy)
    ticket = find_thread(message, snapshot, policy).ticket
    if ticket is not None:
        return _answer(message, snapshot, policy, ticket)
    if message.letter.forwarded is not None:
        return _forwarded(message, snapshot, policy, message.letter.forwarded)
    names = command_names(message)
    if names and QUESTIONS.issuperset(names):
        orders = carry_out(message, snapshot, None)
        return Decision("asked", notices=transcript(message, orders, snapshot, policy, ticket=None))
    return _task(message, snapshot, policy)


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
    if orders.refused and not _own_text(message):
        return Decision("refused", notices=transcript(message, orders, snapshot, policy, ticket=None))
    after = orders.ticket or ticket
    text = shown_text(message.letter)
    kept = AddMessage("note", snapshot.sender.address, text, message.letter.quoted, message.letter.signature)
    told = tell_of_request(message, after, text, snapshot, policy)
    notices = (*told, *transcript(message, orders, snapshot, policy, ticket=after))
    return Decision("new-task", target_of(ticket), (kept, *orders.changes), notices)


def _forwarded(message: InboundMessage, snapshot: Snapshot, policy: Policy, first: Forwarded) -> Decision:
    """A client's letter that somebody of the studio sent on: a ticket for him who wrote it first."""
    requester = snapshot.forwarded or Person(first.sender)
    named = replace(message, letter=replace(message.letter, subject=first.subject or message.letter.subject))
    ticket = open_ticket(named, snapshot, policy, requester)
    project = find_project(message, snapshot, ticket.client)
    ticket = replace(ticket, project_id=project.id if project else None, project=project.domain if project else "")
    orders = carry_out(message, snapshot, ticket)
    after = orders.ticket or ticket
    changes: list[Change] = [AddMessage("in", requester.address, first.text)]
    comment = _comment(message, first)
    if comment:
        changes.append(AddMessage("note", snapshot.sender.address, comment, with_files=False))
    told = tell_of_request(message, after, first.text, snapshot, policy)
    notices = (*told, *transcript(message, orders, snapshot, policy, ticket=after))
    return Decision("forwarded", target_of(ticket), (*changes, *orders.changes), notices)


def _comment(message: InboundMessage, first: Forwarded) -> str:
    text = _own_text(message)
    return text.split(first.text, 1)[0].strip() if first.text else text


def _own_text(message: InboundMessage) -> str:
    return without_commands(message.letter.text, message.letter.command_lines)


def _answer(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket) -> Decision:
    orders = carry_out(message, snapshot, ticket)
    text = _own_text(message)
    if orders.only_questions and not text and not message.letter.attachments:
        return Decision("asked", notices=transcript(message, orders, snapshot, policy, ticket=ticket))
    if orders.refused:
        return _refused(message, snapshot, policy, orders)
    orders = _started(orders, snapshot, answers=bool(text) and not orders.private)
    return _accepted(message, snapshot, policy, orders)


def _refused(message: InboundMessage, snapshot: Snapshot, policy: Policy, orders: Orders) -> Decision:
    """Nothing is done and nothing goes out: a note that was meant to stay inside must not leave by a slip of the pen."""
    ticket = orders.ticket
    target: Target = OnTicket(ticket.number) if ticket else Decision("").target
    kept = AddMessage("note", snapshot.sender.address, shown_text(message.letter), message.letter.quoted, message.letter.signature)
    return Decision("refused", target, (kept,), transcript(message, orders, snapshot, policy, ticket=ticket))


def _started(orders: Orders, snapshot: Snapshot, *, answers: bool) -> Orders:
    """Who answers a client's new ticket has taken it."""
    ticket, author = orders.ticket, snapshot.sender.staff
    if ticket is None or author is None or not answers:
        return orders
    changes: list[Change] = []
    if after_staff_work(ticket.status) is not ticket.status:
        ticket = replace(ticket, status=after_staff_work(ticket.status), started_at=ticket.started_at or snapshot.now)
        changes.append(SetStatus(ticket.status))
    if ticket.assignee is None:
        ticket = replace(ticket, assignee=author)
        changes.append(Assign(author.id))
    return replace(orders, ticket=ticket, changes=(*orders.changes, *changes))


def _accepted(message: InboundMessage, snapshot: Snapshot, policy: Policy, orders: Orders) -> Decision:
    ticket = orders.ticket
    if ticket is None:
        return Decision("refused", notices=transcript(message, orders, snapshot, policy, ticket=None))
    letter, text = message.letter, _own_text(message)
    outgoing = bool(text or letter.attachments) and not orders.private
    kept = AddMessage("out" if outgoing else "note", snapshot.sender.address, text, letter.quoted, letter.signature)
    notices = (
        *_to_outsiders(message, snapshot, policy, orders, text=text if outgoing else ""),
        *_to_colleagues(snapshot, policy, orders, text=text),
        *transcript(message, orders, snapshot, policy, ticket=ticket),
    )
    reason = "note" if orders.private else ("answer" if outgoing else "commands")
    return Decision(reason, OnTicket(ticket.number), (kept, *orders.changes), notices)


def _to_outsiders(message: InboundMessage, snapshot: Snapshot, policy: Policy, orders: Orders, *, text: str) -> tuple[Notice, ...]:
    """The answer to requester and participants, with the time it took and what the ticket has come to."""
    ticket = orders.ticket
    announced = orders.status if orders.status in _ANNOUNCED else None
    says_something = bool(text or announced or message.letter.attachments)
    if ticket is None or orders.private or not says_something:
        return ()
    author = snapshot.sender.staff
    values = {"text": text, "minutes": orders.minutes, "status": announced, "signature": author.name if author else ""}
    return tuple(
        Notice(
            "reply",
            person,
            language_for(ticket, person.email, snapshot, policy),
            ticket,
            values,
            sender_name=author.name if author else "",
            in_reply_to=ticket.last_message_id if person.email == ticket.requester.email else "",
            with_files=bool(text or message.letter.attachments),
            automatic=False,
        )
        for person in outsiders(ticket, snapshot.sender.address.email)
    )


def _to_colleagues(snapshot: Snapshot, policy: Policy, orders: Orders, *, text: str) -> tuple[Notice, ...]:
    """Whose ticket it is hears what a colleague wrote; who got it just now hears what it is."""
    ticket, author = orders.ticket, snapshot.sender.staff
    if ticket is None or author is None:
        return ()
    assignee = ticket.assignee
    reassigned = any(isinstance(change, Assign) and change.staff_id != author.id for change in orders.changes)
    if assignee is None or assignee.id == author.id or not (text or reassigned):
        return ()
    if any(address.email == assignee.email for address in outsiders(ticket, author.email)):
        return ()
    values = {"text": text, "author": Address(author.email, author.name), "reassigned": reassigned, "private": orders.private}
    return (_colleague_notice(assignee, ticket, values, author, policy),)


def _colleague_notice(assignee: StaffCard, ticket: Ticket, values: dict[str, object], author: StaffCard, policy: Policy) -> Notice:
    return Notice(
        "colleague", address_of(assignee), policy.language, ticket, values, sender_name=author.name, with_files=True, automatic=False
    )


def held_notice(message: InboundMessage, snapshot: Snapshot, policy: Policy, *, reason: str) -> tuple[Notice, ...]:
    """Tell the studio of a letter that waits for a person; at most one such letter in a quarter of an hour."""
    quarter = snapshot.now.strftime("%Y-%m-%dT%H:") + str(snapshot.now.minute // 15)
    values = {"letter": message.letter, "reason": reason, "spool_id": message.spool_id}
    return tuple(
        Notice("held", address_of(card), policy.language, values=values, dedupe_key=f"held:{card.email}:{quarter}")
        for card in workers(snapshot)
    )
