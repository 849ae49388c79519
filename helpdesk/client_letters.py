"""Deciding on letters from clients and strangers: a new request, or an answer in a thread. Pure."""

import re
from dataclasses import replace

from helpdesk.audience import address_of, bookkeepers, language_for, responsible, workers
from helpdesk.authority import is_proven
from helpdesk.commands.registry import without_commands
from helpdesk.effects import AddMessage, AddParticipant, Change, Decision, NewTicket, Notice, OnTicket, SetStatus
from helpdesk.messages import Address, Authenticity, Forwarded, InboundMessage, Letter, Verdict
from helpdesk.orders import Orders, carry_out, day_totals, says_something, text_to_read
from helpdesk.policy import Policy
from helpdesk.readmodels import ClientCard, StaffCard
from helpdesk.snapshot import Person, ProjectCard, Snapshot, Ticket
from helpdesk.threads import Thread, find_thread
from helpdesk.tokens import clean_subject
from helpdesk.workflow import Status, after_client_letter

_STRANGERS_ACKNOWLEDGEMENTS = 3


def decide_client_letter(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    """A letter of a contact, or of a stranger."""
    if message.authenticity is Authenticity.FAILED:
        return Decision("forged-sender", held=True)
    thread = find_thread(message, snapshot, policy)
    if thread.ticket is not None:
        return _answer(message, snapshot, policy, thread.ticket)
    if snapshot.sender.removed or (not snapshot.sender.known and policy.unknown_senders != "open"):
        return _stranger(policy)
    return _request(message, snapshot, policy, thread)


def _stranger(policy: Policy) -> Decision:
    if policy.unknown_senders == "reject":
        return Decision("rejected-unknown-sender")
    return Decision("unknown-sender", held=True)


def _request(message: InboundMessage, snapshot: Snapshot, policy: Policy, thread: Thread) -> Decision:
    ticket = open_ticket(message, snapshot, policy, snapshot.sender)
    ticket = replace(ticket, parent=thread.continues.number if thread.continues else None)
    orders = carry_out(message, snapshot, ticket)
    if orders.answers and not says_something(message, snapshot.sender) and (orders.only_questions or thread.continues is None):
        return commands_alone(message, snapshot, policy)
    after = orders.ticket or ticket
    text = shown_text(message, snapshot)
    notices = (
        *_acknowledgement(message, after, snapshot, policy),
        *tell_of_request(message, after, text, snapshot, policy),
        *transcript(message, orders, snapshot, policy, ticket=after, outcome="received"),
    )
    return Decision("new-ticket", target_of(ticket), (_incoming(message, text), *orders.changes), notices)


def commands_alone(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    """A letter with commands and nothing else, and no ticket that they could be about: questions are answered, the rest is refused."""
    orders = carry_out(message, snapshot, None)
    return Decision("refused" if orders.refused else "asked", notices=transcript(message, orders, snapshot, policy, ticket=None))


def open_ticket(message: InboundMessage, snapshot: Snapshot, policy: Policy, requester: Person) -> Ticket:
    """The ticket that the letter of a requester would open."""
    client = snapshot.clients.get(requester.contact.client_id) if requester.contact else None
    project = find_project(message, snapshot, client)
    return Ticket(
        number=snapshot.next_ticket,
        subject=clean_subject(message.letter.subject, policy.token_prefix) or _first_words(message.letter, policy),
        status=Status.NEW,
        created_at=snapshot.now,
        requester=requester.address,
        client=client,
        project_id=project.id if project else None,
        project=project.domain if project else "",
        first_message_id=message.letter.message_id,
        last_message_id=message.letter.message_id,
    )


def _first_words(letter: Letter, policy: Policy) -> str:
    first = next((line for line in without_commands(letter.text, letter.command_lines).split("\n") if line.strip()), "")
    return clean_subject(first, policy.token_prefix)[:60].strip() or "—"


def find_project(message: InboundMessage, snapshot: Snapshot, client: ClientCard | None) -> ProjectCard | None:
    """The client's site that a letter is about: by the address it was sent to, by a domain in its text, or the only one there is."""
    own = [project for project in snapshot.projects if client is not None and project.client_id == client.id]
    sent_to = _sent_to(message)
    by_address = [project for project in own if project.address and project.address in sent_to]
    forwarded = message.letter.forwarded.text if message.letter.forwarded else ""
    words = f"{message.letter.subject}\n{message.letter.text}\n{forwarded}".casefold()
    by_text = [project for project in own if re.search(rf"(?<![\w-]){re.escape(project.domain.casefold())}(?![\w-])", words)]
    found = by_address or by_text or own
    return found[0] if len(found) == 1 else None


def _sent_to(message: InboundMessage) -> set[str]:
    named = (address.email for address in (*message.letter.to, *message.letter.cc))
    return {email.lower() for email in (*message.envelope_to, *named)}


def target_of(ticket: Ticket) -> NewTicket:
    """The decision's target for a ticket that is not there yet."""
    client_id = ticket.client.id if ticket.client else None
    return NewTicket(
        number=ticket.number,
        subject=ticket.subject,
        requester=ticket.requester,
        kind=ticket.kind,
        client_id=client_id,
        project_id=ticket.project_id,
        parent=ticket.parent,
    )


def shown_text(message: InboundMessage, snapshot: Snapshot) -> str:
    """What people see of the letter: its text without commands and the letter that it forwards, or what there is instead."""
    letter = message.letter
    forwarded = forwarded_text(letter.forwarded) if letter.forwarded and letter.forwarded.text else ""
    text = "\n\n".join(filter(None, (text_to_read(message, snapshot), forwarded)))
    return text if text or letter.command_lines else letter.quoted.strip() or letter.signature.strip()


def forwarded_text(first: Forwarded) -> str:
    """A forwarded letter under a line that says whose it was."""
    sender = f"{first.sender.name} <{first.sender.email}>" if first.sender.email else first.sender.name
    head = " · ".join(filter(None, (sender.strip(), first.date, first.subject)))
    return f"--- {head} ---\n\n{first.text}"


def _incoming(message: InboundMessage, text: str) -> AddMessage:
    letter = message.letter
    return AddMessage("in", letter.sender or Address(""), text, letter.quoted, letter.signature)


def _acknowledgement(message: InboundMessage, ticket: Ticket, snapshot: Snapshot, policy: Policy) -> tuple[Notice, ...]:
    most = policy.most_acknowledgements if snapshot.sender.known else _STRANGERS_ACKNOWLEDGEMENTS
    if message.letter.verdict is not Verdict.PERSON or snapshot.recent_acknowledgements >= most:
        return ()
    person = snapshot.sender.address
    language = language_for(ticket, person.email, snapshot, policy)
    return (Notice("acknowledgement", person, language, ticket, in_reply_to=message.letter.message_id),)


def tell_of_request(message: InboundMessage, ticket: Ticket, text: str, snapshot: Snapshot, policy: Policy) -> tuple[Notice, ...]:
    """The new request to everybody who may take it."""
    people = bookkeepers(snapshot) if _is_for_billing(message, policy) else workers(snapshot)
    return tell("request", message, ticket, text, people, snapshot=snapshot, policy=policy)


def _is_for_billing(message: InboundMessage, policy: Policy) -> bool:
    recipients = _sent_to(message)
    return policy.billing_address.lower() in recipients and policy.support_address.lower() not in recipients


def _copied(message: InboundMessage, ticket: Ticket, snapshot: Snapshot, policy: Policy) -> tuple[Address, ...]:
    """Who else got the letter, beside our own addresses and those who get the ticket's letters anyway: somebody may want to add them."""
    support, _, domain = policy.support_address.lower().rpartition("@")
    known = {policy.billing_address.lower(), snapshot.sender.address.email, *(project.address for project in snapshot.projects)}
    known |= {card.email for card in snapshot.staff} | {address.email for address in (ticket.requester, *ticket.participants)}
    found = {address.email: address for address in (*message.letter.to, *message.letter.cc) if address.email}
    ours = re.compile(rf"{re.escape(support)}(\+.*)?@{re.escape(domain)}")
    return tuple(address for email, address in found.items() if email not in known and not ours.fullmatch(email))


def tell(
    kind: str,
    message: InboundMessage,
    ticket: Ticket,
    text: str,
    people: tuple[StaffCard, ...],
    *,
    snapshot: Snapshot,
    policy: Policy,
    comment: str = "",
) -> tuple[Notice, ...]:
    """The letter to people of the studio, but not to its author; `comment` is what a colleague who forwards it says."""
    author = message.letter.sender or Address("")
    values = {
        "text": text,
        "author": snapshot.sender.address if snapshot.sender.known else author,
        "proven": is_proven(message),
        "files": tuple(attachment.name for attachment in message.letter.attachments),
        "comment": comment,
        "copied": _copied(message, ticket, snapshot, policy),
        "unreadable": message.letter.unreadable,
        "sealed": message.letter.sealed,
        "letter": message.spool_id,
    }
    return tuple(
        Notice(
            kind,
            address_of(card),
            policy.language,
            ticket,
            values,
            sender_name=author.name or snapshot.sender.address.name or author.email,
            with_files=True,
            automatic=False,
        )
        for card in people
        if card.email != author.email
    )


def _answer(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket) -> Decision:
    orders = carry_out(message, snapshot, ticket)
    alone = bool(orders.answers) and not says_something(message, snapshot.sender)
    if alone and (orders.only_questions or orders.refused):
        return _answered_alone(message, snapshot, policy, ticket, orders)
    text = "\n".join(answer.line for answer in orders.answers) if alone else shown_text(message, snapshot)
    moved, changes = _moved(ticket, orders, alone=alone)
    told = tell("answer", message, moved, text, responsible(ticket, snapshot), snapshot=snapshot, policy=policy)
    notices = (*told, *transcript(message, orders, snapshot, policy, ticket=moved, outcome="" if alone else "received"))
    return Decision("reply", OnTicket(ticket.number), (_incoming(message, text), *_joined(snapshot.sender, ticket), *changes), notices)


def _answered_alone(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket, orders: Orders) -> Decision:
    """Nothing but questions, or but what was refused: the sender is answered, the ticket stays as it is."""
    notices = transcript(message, orders, snapshot, policy, ticket=ticket)
    if not orders.refused:
        return Decision("asked", notices=notices)
    kept = AddMessage("note", snapshot.sender.address, "\n".join(answer.line for answer in orders.answers))
    return Decision("refused", OnTicket(ticket.number), (kept,), notices)


def _joined(person: Person, ticket: Ticket) -> tuple[Change, ...]:
    """A contact who writes to his colleague's ticket gets its letters from now on: the answer to what he wrote, too."""
    there = {address.email for address in (ticket.requester, *ticket.participants)}
    return () if person.address.email in there else (AddParticipant(person.address),)


def _moved(ticket: Ticket, orders: Orders, *, alone: bool) -> tuple[Ticket, tuple[Change, ...]]:
    """The client's own commands decide the status; without any, an answer makes finished work open again."""
    if orders.changes or alone:
        return orders.ticket or ticket, orders.changes
    status = after_client_letter(ticket.status)
    if status is ticket.status:
        return ticket, ()
    return replace(ticket, status=status, done_at=None, closed_at=None), (SetStatus(status),)


def transcript(
    message: InboundMessage,
    orders: Orders,
    snapshot: Snapshot,
    policy: Policy,
    *,
    ticket: Ticket | None,
    outcome: str = "",
) -> tuple[Notice, ...]:
    """The answer to a letter with commands: to its sender alone, each line and what came of it, and the new totals.

    `outcome` says what became of the rest of the letter: received (a client's), withheld, opened, inside or empty (the studio's).
    """
    if not orders.answers and outcome in {"", "received"}:
        return ()
    person = snapshot.sender.address
    values = {"answers": orders.answers, "refused": orders.refused, "outcome": outcome, "days": day_totals(orders, snapshot)}
    language = language_for(ticket, person.email, snapshot, policy)
    return (Notice("transcript", person, language, ticket, values, in_reply_to=message.letter.message_id),)
