"""A small studio made by hand, as values: no database, no clock."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.commands.context import Context
from helpdesk.commands.lines import Recognised
from helpdesk.commands.registry import recognise, run
from helpdesk.decide import decide
from helpdesk.effects import Decision, Notice
from helpdesk.letters import render
from helpdesk.messages import Address, Attachment, Authenticity, InboundMessage, Letter, OutgoingMessage
from helpdesk.policy import Policy
from helpdesk.readmodels import ClientCard, ContactCard, StaffCard
from helpdesk.roles import StaffRole
from helpdesk.snapshot import Person, ProjectCard, Snapshot, Ticket
from helpdesk.workflow import Kind, Status

NOW = datetime(2026, 10, 5, 7, 0, tzinfo=UTC)
TODAY = date(2026, 10, 5)
POLICY = Policy("Студия Лад", "ru", ZoneInfo("Europe/Moscow"), "support@studio.example", "billing@studio.example")

IVAN = StaffCard(1, "ivan@studio.example", "Иван Петров", StaffRole.PROGRAMMER)
PETR = StaffCard(2, "petr@studio.example", "Пётр Сидоров", StaffRole.PROGRAMMER)
ANNA = StaffCard(3, "anna@studio.example", "Анна Лад", StaffRole.DIRECTOR)
STAFF = (IVAN, PETR, ANNA)

ROMASHKA = ClientCard(1, "Ромашка", "ru", 150_000)
VASILEK = ClientCard(2, "Василёк", "en", 200_000)
OLGA = ContactCard(1, "olga@romashka.example", "Ольга Смирнова", "owner")
NINA = ContactCard(1, "nina@romashka.example", "Нина Котова", "accountant")
VIKTOR = ContactCard(2, "viktor@vasilek.example", "Виктор Белов", "owner")
SITE = ProjectCard(1, 1, "romashka.example")

STRANGER = Person(Address("chuzhoy@mail.example"))
FILE = Attachment("снимок.png", "image/png", b"...")


def person(card: StaffCard | ContactCard) -> Person:
    """Somebody as the sender of a letter."""
    address = Address(card.email, card.name)
    return Person(address, staff=card) if isinstance(card, StaffCard) else Person(address, contact=card)


def ticket(number: int = 1, **fields: Any) -> Ticket:
    """A ticket of Olga's."""
    return replace(Ticket(number, "Каталог", Status.NEW, NOW, Address(OLGA.email, OLGA.name), client=ROMASHKA), **fields)


def task(**fields: Any) -> Ticket:
    """A task that Ivan set."""
    return ticket(**{"kind": Kind.TASK, "client": None, "requester": Address(IVAN.email, IVAN.name), **fields})


def letter(*lines: str, **fields: Any) -> InboundMessage:
    """A letter of these lines, proven unless `authenticity` says otherwise; other fields are the letter's."""
    authenticity = fields.pop("authenticity", Authenticity.VERIFIED)
    commands = tuple(line for line in lines if line.startswith("/"))
    made = Letter(**{"sender": None, "text": "\n".join(lines), "command_lines": commands, "message_id": "new@mail.example", **fields})
    return InboundMessage(made, "f" * 64, "d" * 64, 7, NOW, authenticity=authenticity)


def snapshot(sender: Person | StaffCard | ContactCard, *, on: Ticket | None = None, **fields: Any) -> Snapshot:
    """What the desk knows when `sender` writes; `on` is the ticket that the letter refers to."""
    known = {
        "staff": STAFF,
        "projects": (SITE,),
        "clients": {1: ROMASHKA, 2: VASILEK},
        "own_addresses": frozenset({POLICY.support_address, POLICY.billing_address}),
        "referenced": (on,) if on else (),
    }
    return Snapshot(NOW, TODAY, 5, sender if isinstance(sender, Person) else person(sender), **{**known, **fields})


def decided(message: InboundMessage, known: Snapshot, policy: Policy = POLICY) -> Decision:
    """The decision; the letter's sender is the snapshot's where it names none, and every notice of it can be rendered."""
    if message.letter.sender is None:
        message = replace(message, letter=replace(message.letter, sender=known.sender.address))
    decision = decide(message, known, policy)
    for notice in decision.notices:
        render(notice, (), policy=policy)
    return decision


def to(decision: Decision, card: StaffCard | ContactCard | Person) -> list[Notice]:
    """The notices that somebody gets."""
    email = card.address.email if isinstance(card, Person) else card.email
    return [notice for notice in decision.notices if notice.recipient.email == email]


def kinds(decision: Decision) -> list[tuple[str, str]]:
    """What goes out, and to whom."""
    return [(notice.kind, notice.recipient.email) for notice in decision.notices]


def words(notice: Notice) -> str:
    """What a notice says."""
    return rendered(notice).text


def rendered(notice: Notice) -> OutgoingMessage:
    """A notice as a letter."""
    return render(notice, (), policy=POLICY)


def said(line: str, known: Snapshot, about: Ticket | None) -> Any:
    """What a command line comes to."""
    found = recognise(line)
    assert isinstance(found, Recognised), line
    return run(found, Context(known, about))
