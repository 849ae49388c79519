"""The letter that carries an invoice and its act to the client's accountant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, insert

from billing.archive import IssuedDocument
from billing.documents import SHORT_TITLES, DocumentKind
from billing.models import mailings
from billing.periods import parse_period
from billing.words import month_name, short_date
from config.surroundings import Surroundings
from config.templating import render
from helpdesk.messages import Address, OutgoingMessage, StoredFile
from helpdesk.outbox import enqueue
from helpdesk.queries import all_clients, contacts_of
from helpdesk.readmodels import ClientCard, ContactCard

_ROLES = ("accountant", "owner", "member")
_ENGLISH_MONTH = "%B %Y"


def recipients(contacts: Sequence[ContactCard]) -> tuple[ContactCard, ...]:
    """Who gets a client's documents: the accountants, else the owners, else everybody; an address that bounces only for want of others."""
    reachable = [contact for contact in contacts if contact.bounced_at is None] or list(contacts)
    for role in _ROLES:
        found = tuple(contact for contact in reachable if contact.role == role)
        if found:
            return found
    return tuple(reachable)


def enqueue_documents(
    connection: Connection, pair: Sequence[IssuedDocument], surroundings: Surroundings, *, occasion: str = "", to: str = ""
) -> int:
    """Write the letters that carry a printed invoice and act; how many.

    One letter a recipient and `occasion`: a second one with the same words changes nothing. `to` is somebody else's address.
    """
    invoice = pair[0]
    client = _client(connection, invoice, surroundings)
    people = [Address(to)] if to else [Address(card.email, card.name) for card in recipients(contacts_of(connection, client.id))]
    letter = _compose(pair, client, surroundings)
    now = surroundings.clock()
    written = 0
    for person in people:
        key = f"documents:{invoice.closing_id}:{invoice.contract_id}:{person.email}:{occasion}"
        written += _enqueue(connection, replace(letter, recipient=person, dedupe_key=key), invoice, now)
    return written


def _client(connection: Connection, invoice: IssuedDocument, surroundings: Surroundings) -> ClientCard:
    """Whose documents they are; one who is a client no longer is called by his legal entity's name."""
    former = ClientCard(invoice.client_id, invoice.content["buyer"]["name"], surroundings.settings.studio.language, 0)
    return next((card for card in all_clients(connection) if card.id == invoice.client_id), former)


def _enqueue(connection: Connection, letter: OutgoingMessage, invoice: IssuedDocument, now: datetime) -> int:
    outbox_id = enqueue(connection, letter, now=now)
    if outbox_id is None:
        return 0
    connection.execute(insert(mailings).values(outbox_id=outbox_id, closing_id=invoice.closing_id, contract_id=invoice.contract_id))
    return 1


def _compose(pair: Sequence[IssuedDocument], client: ClientCard, surroundings: Surroundings) -> OutgoingMessage:
    """The letter without its recipient. It is no automatic one to the relay: an undelivered invoice must come back to somebody."""
    studio = surroundings.settings.studio
    invoice = pair[0]
    values = {
        "studio": studio.name,
        "client": client.name,
        "month": month(invoice, client.language),
        "invoice": invoice,
        "due_on": date.fromisoformat(invoice.content["due_on"]),
        "act": pair[1],
        "contract": invoice.content["contract"]["number"],
        "billing_address": studio.billing_address,
    }
    return OutgoingMessage(
        kind="documents",
        recipient=Address(""),
        sender=Address(studio.billing_address, studio.name),
        reply_to=studio.billing_address,
        subject=render("mail/documents.subject.txt", client.language, **values).strip(),
        text=render("mail/documents.txt", client.language, **values),
        html=render("mail/documents.html", client.language, **values),
        attachments=tuple(StoredFile(file_name(paper), "application/pdf", paper.digest, paper.size) for paper in pair),
        automatic=False,
    )


def month(document: IssuedDocument, language: str) -> str:
    """The month of a document in a reader's language."""
    period = parse_period(document.period)
    return month_name(period) if language == "ru" else f"{period.first:{_ENGLISH_MONTH}}"


def shelf_name(document: IssuedDocument) -> str:
    """Where the document lies for people: by year and by the ИНН of who issued it."""
    return f"{document.dated.year}/{document.content['seller']['inn']}/{file_name(document)}"


def file_name(document: IssuedDocument) -> str:
    """«Счет № 1 от 31.10.2026.pdf»."""
    return f"{SHORT_TITLES[DocumentKind(document.kind)]} № {document.number} от {short_date(document.dated)}.pdf"
