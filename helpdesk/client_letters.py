"""Deciding on letters from clients and strangers: a new request, or an answer in a thread. Pure."""

from dataclasses import replace

from helpdesk.audience import address_of, bookkeepers, language_for, responsible, workers
from helpdesk.authority import is_proven
from helpdesk.commands.registry import without_commands
from helpdesk.effects import AddMessage, Change, Decision, NewTicket, Notice, OnTicket, SetStatus
from helpdesk.messages import Address, Authenticity, InboundMessage, Letter, Verdict
from helpdesk.orders import Orders, carry_out, day_totals
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
    if not snapshot.sender.known and policy.unknown_senders != "open":
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
    if orders.only_questions and not _text(message.letter) and not message.letter.attachments:
        return Decision("asked", notices=transcript(message, orders, snapshot, policy, ticket=None))
    after = orders.ticket or ticket
    text = shown_text(message.letter)
    notices = (
        *_acknowledgement(message, after, snapshot, policy),
        *tell_of_request(message, after, text, snapshot, policy),
        *transcript(message, orders, snapshot, policy, ticket=after),
    )
    return Decision("new-ticket", target_of(ticket), (_incoming(message, text), *orders.changes), notices)


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
    sent_to = {address.email for address in (*message.letter.to, *message.letter.cc)} | set(message.envelope_to)
    by_address = [project for project in own if project.address and project.address in sent_to]
    words = f"{message.letter.subject}\n{message.letter.text}".casefold()
    by_text = [project for project in own if project.domain.casefold() in words]
    found = by_address or by_text or own
    return found[0] if len(found) == 1 else None


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


def _text(letter: Letter) -> str:
    return without_commands(letter.text, letter.command_lines)


def shown_text(letter: Letter) -> str:
    """What people see of the letter: its text without commands, or what there is instead, and why it cannot be shown whole."""
    text = _text(letter) or letter.quoted.strip() or letter.signature.strip()
    return f"{text}\n\n[{letter.unreadable}]".strip() if letter.unreadable else text


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
    return _tell("request", message, ticket, text, people, snapshot=snapshot, policy=policy)


def _is_for_billing(message: InboundMessage, policy: Policy) -> bool:
    recipients = {address.email for address in (*message.letter.to, *message.letter.cc)} | set(message.envelope_to)
    return policy.billing_address in recipients and policy.support_address not in recipients


def _tell(
    kind: str,
    message: InboundMessage,
    ticket: Ticket,
    text: str,
    people: tuple[StaffCard, ...],
    *,
    snapshot: Snapshot,
    policy: Policy,
) -> tuple[Notice, ...]:
    author = message.letter.sender or Address("")
    values = {
        "text": text,
        "author": snapshot.sender.address if snapshot.sender.known else author,
        "proven": is_proven(message),
        "files": tuple(attachment.name for attachment in message.letter.attachments),
    }
    return tuple(
        Notice(
            kind,
            address_of(card),
            policy.language,
            ticket,
            values,
            sender_name=author.name or author.email,
            with_files=True,
            automatic=False,
        )
        for card in people
        if card.email != author.email
    )


def _answer(message: InboundMessage, snapshot: Snapshot, policy: Policy, ticket: Ticket) -> Decision:
    text = shown_text(message.letter)
    orders = carry_out(message, snapshot, ticket)
    says_something = bool(_text(message.letter) or message.letter.attachments or not orders.answers)
    moved, changes = _moved(ticket, orders, says_something=says_something)
    if orders.only_questions and not says_something:
        return Decision("asked", notices=transcript(message, orders, snapshot, policy, ticket=ticket))
    told = _tell("answer", message, moved, text, responsible(ticket, snapshot), snapshot=snapshot, policy=policy)
    notices = (*told, *transcript(message, orders, snapshot, policy, ticket=moved))
    return Decision("reply", OnTicket(ticket.number), (_incoming(message, text), *changes), notices)


def _moved(ticket: Ticket, orders: Orders, *, says_something: bool) -> tuple[Ticket, tuple[Change, ...]]:
    """The client's own commands decide the status; without any, an answer makes finished work open again."""
    if orders.changes or not says_something:
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
) -> tuple[Notice, ...]:
    """The answer to a letter with commands: to its sender alone, each line and what came of it, and the new totals."""
    if not orders.answers:
        return ()
    person = snapshot.sender.address
    withheld = orders.refused and snapshot.sender.staff is not None and ticket is not None
    values = {"answers": orders.answers, "refused": orders.refused, "withheld": withheld, "days": day_totals(orders, snapshot)}
    language = language_for(ticket, person.email, snapshot, policy)
    return (Notice("transcript", person, language, ticket, values, in_reply_to=message.letter.message_id),)
