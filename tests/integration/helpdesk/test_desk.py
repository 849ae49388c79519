"""Letters through the desk's front door: what stands in the rows afterwards, and what people see of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from config.database import transaction
from config.surroundings import Surroundings
from helpdesk import outbox, people
from helpdesk.daybook import load_day
from helpdesk.failures import tell_of_failure
from helpdesk.intake import Outcome, keep_files, receive
from helpdesk.messages import Address, Authenticity, InboundMessage, OutgoingMessage, Report, ReportedRecipient, Verdict
from helpdesk.models import audits, fingerprints, messages, time_entries
from helpdesk.people import NewContact, NewStaff
from helpdesk.policy import policy_of
from helpdesk.queries import contacts_of
from helpdesk.roles import ContactRole, StaffRole
from helpdesk.ticketfile import Filter, find_tickets, load_ticket, message_documents, ticket_document
from tests.unit.helpdesk.hand_made import ANNA, FILE, IVAN, NINA, NOW, OLGA, PETR, POLICY, STRANGER, TODAY, letter, task, ticket

NUMBERS = count(1)


@dataclass
class Desk:
    """A studio with a client, and a hand that puts letters in."""

    world: Surroundings

    def open(self) -> "Desk":
        with transaction(self.world.engine) as connection:
            client = people.add_client(connection, "Ромашка", rate=150_000, language="ru", now=NOW)
            for card, role in ((OLGA, ContactRole.OWNER), (NINA, ContactRole.ACCOUNTANT)):
                people.add_contact(connection, NewContact(client, card.email, card.name, role))
            people.add_project(connection, client, domain="romashka.example")
            for one, staff_role in ((IVAN, StaffRole.PROGRAMMER), (PETR, StaffRole.PROGRAMMER), (ANNA, StaffRole.DIRECTOR)):
                people.add_staff(connection, NewStaff(one.email, one.name, staff_role))
        return self

    def ask(self, question: Callable[[Connection], Any]) -> Any:
        with transaction(self.world.engine) as connection:
            return question(connection)

    def put(self, email: str, message: InboundMessage, *, again: bool = False, **fields: Any) -> Outcome:
        """One letter of somebody's; `again`: a copy of the last one, with the same fingerprint."""
        number = next(NUMBERS)
        self.last = self.last if again else sha256(str(number).encode()).hexdigest()
        made = replace(message, letter=replace(message.letter, sender=Address(email), message_id=f"{number}@mail.example"))
        made = replace(made, **{"fingerprint": self.last, "spool_id": number, **fields})
        files = keep_files(made.letter.attachments, self.world.files)
        with transaction(self.world.engine) as connection:
            return receive(connection, made, files=files, settings=self.world.settings, now=self.world.clock())

    def document(self, number: int) -> dict[str, Any]:
        found = self.ask(lambda connection: load_ticket(connection, number))
        return ticket_document(found)

    def letters(self) -> list[tuple[str, str]]:
        return [(queued.message.kind, queued.message.recipient.email) for queued in self.queued()]

    def queued(self) -> list[outbox.Queued]:
        with transaction(self.world.engine) as connection:
            found = [outbox.load(connection, row.id) for row in outbox.listing(connection)]
        return [one for one in found if one is not None]

    last: str = ""


@pytest.fixture
def desk(world: Surroundings) -> Desk:
    return Desk(world).open()


def test_a_letter_becomes_a_ticket_a_message_files_an_audit_and_letters(desk: Desk) -> None:
    outcome = desk.put(OLGA.email, letter("Не открывается.", subject="Каталог", attachments=(FILE,)))
    assert outcome == Outcome("done", "new-ticket", 1)
    shown = desk.document(1)
    assert (shown["client"], shown["project"], shown["status"], shown["cost"]) == ("Ромашка", "romashka.example", "new", "0.00")
    (message,) = desk.ask(lambda connection: message_documents(connection, 1))
    assert (message["direction"], message["text"], message["authenticity"]) == ("in", "Не открывается.", "verified")
    assert [(file["name"], file["size"]) for file in message["attachments"]] == [("снимок.png", 3)]
    assert desk.letters() == [("acknowledgement", OLGA.email), ("request", IVAN.email), ("request", PETR.email)]
    assert desk.ask(lambda connection: connection.execute(select(audits.c.action, audits.c.actor)).all()) == [("AddMessage", OLGA.email)]


def test_every_entry_of_time_names_the_message_that_logged_it(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Не открывается.", subject="Каталог"))
    desk.put(IVAN.email, letter("Починили.", "/spent 40m", "/spent 2h созвон", subject="[#1]"), subject_ticket=1)
    rows = desk.ask(
        lambda connection: connection.execute(select(time_entries.c.minutes, time_entries.c.message, time_entries.c.text)).all()
    )
    assert rows == [(40, 2, ""), (120, 2, "созвон")]
    shown = desk.document(1)
    assert (shown["minutes"], shown["cost"], shown["assignee"]) == (160, "4000.00", IVAN.email)
    assert [message["minutes"] for message in desk.ask(lambda connection: message_documents(connection, 1))] == [0, 160]


def test_the_same_letter_twice_is_one_message(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Каталог"))
    assert desk.put(OLGA.email, letter("Каталог"), again=True) == Outcome("done", "duplicate", 1)
    assert desk.ask(lambda connection: connection.execute(select(func.count()).select_from(messages)).scalar_one()) == 1


def test_a_held_letter_is_taken_in_once_its_sender_is_a_contact(desk: Desk) -> None:
    held = desk.put(STRANGER.address.email, letter("Я вместо Ольги."), spool_id=100)
    assert (held.status, held.reason) == ("held", "unknown-sender")
    assert desk.put(STRANGER.address.email, letter("Я вместо Ольги."), again=True, spool_id=101).reason == "duplicate"
    desk.ask(lambda connection: people.add_contact(connection, NewContact(1, STRANGER.address.email, "Семён")))
    assert desk.put(STRANGER.address.email, letter("Я вместо Ольги."), again=True, spool_id=100) == Outcome("done", "new-ticket", 1)
    assert desk.put(STRANGER.address.email, letter("Я вместо Ольги."), again=True, spool_id=101) == Outcome("done", "duplicate", 1)
    assert desk.ask(lambda connection: connection.execute(select(func.count()).select_from(fingerprints)).scalar_one()) == 1


def test_of_held_letters_the_studio_hears_once_in_a_quarter_of_an_hour(desk: Desk) -> None:
    desk.put("one@spam.example", letter("Купите"))
    desk.put("two@spam.example", letter("Купите"))
    assert desk.letters() == [("held", ANNA.email)]


def test_a_removed_contact_writes_to_his_own_ticket_no_more(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Каталог"))
    desk.ask(lambda connection: people.remove_contact(connection, OLGA.email))
    outcome = desk.put(OLGA.email, letter("Пришлите пароль.", authenticity=Authenticity.SIGNED_ADDRESS), subject_ticket=1)
    assert (outcome.status, outcome.reason, outcome.ticket) == ("held", "unknown-sender", None)


def test_a_colleague_who_left_commands_no_more(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Каталог"))
    desk.put(IVAN.email, letter("Обновить сервер.", subject="Сервер"))
    desk.ask(lambda connection: people.remove_staff(connection, IVAN.email))
    for number in (1, 2):
        assert desk.put(IVAN.email, letter("/close"), subject_ticket=number).status == "held"
    assert desk.ask(lambda connection: load_ticket(connection, 1)).status == "new"


def test_a_contact_who_joined_a_colleagues_ticket_gets_the_answer(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Каталог"))
    desk.put(NINA.email, letter("И у меня."), subject_ticket=1)
    desk.put(NINA.email, letter("Всё ещё."), subject_ticket=1)
    desk.put(IVAN.email, letter("Починили."), subject_ticket=1)
    assert [recipient for kind, recipient in desk.letters() if kind == "reply"] == [OLGA.email, NINA.email]


def test_references_to_our_own_letters_find_the_ticket(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Каталог"))
    ours = desk.queued()[0].message.message_id
    assert desk.put(OLGA.email, letter("Готово?", references=("x@y.example", ours))) == Outcome("done", "reply", 1)
    assert desk.put(STRANGER.address.email, letter("Готово?", references=(ours,))).reason == "unknown-sender"


def test_a_waiting_ticket_is_not_among_the_unanswered(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Каталог"))
    day = desk.ask(lambda connection: load_day(connection, TODAY, POLICY.timezone))
    assert [one.ticket.number for one in day.unanswered] == [1]
    desk.world.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]  # the tests' own clock
    desk.put(IVAN.email, letter("/wait"), subject_ticket=1)
    day = desk.ask(lambda connection: load_day(connection, TODAY, POLICY.timezone))
    assert ([one.number for one in day.waiting], day.unanswered) == ([1], ())


def test_a_bounced_document_is_noticed(desk: Desk) -> None:
    documents = replace(desk_letter(), message_id="invoice@studio.example")
    desk.ask(lambda connection: outbox.enqueue(connection, documents, now=NOW))
    report = Report((ReportedRecipient(NINA.email, "5.1.1"),), "invoice@studio.example")
    desk.put("mailer-daemon@mx.example", letter("Не доставлено", verdict=Verdict.REPORT, report=report))
    assert desk.letters()[1:] == [("undelivered", ANNA.email)]
    assert [card.bounced_at is not None for card in desk.ask(lambda connection: contacts_of(connection, 1))] == [False, True]


def desk_letter() -> OutgoingMessage:
    return OutgoingMessage("documents", Address(NINA.email), Address(POLICY.support_address), "Счёт № 5", "Счёт")


def test_a_letter_that_failed_for_good_is_told_to_the_assignee_and_failing_him_to_the_chief(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Каталог"))
    desk.put(IVAN.email, letter("/take"), subject_ticket=1)
    failed = {queued.message.recipient.email: queued for queued in desk.queued()}
    policy, clock = policy_of(desk.world.settings), desk.world.clock
    for email in (OLGA.email, IVAN.email):
        with transaction(desk.world.engine) as connection:
            tell_of_failure(connection, failed[email], "550 no", policy=policy, clock=clock)
    unsent = [queued for queued in desk.queued() if queued.message.kind == "unsent"]
    assert [queued.message.recipient.email for queued in unsent] == [IVAN.email, ANNA.email]
    desk.ask(lambda connection: tell_of_failure(connection, unsent[0], "550 no", policy=policy, clock=clock))
    assert len([kind for kind, _ in desk.letters() if kind == "unsent"]) == 2


def numbers(desk: Desk, **wanted: Any) -> list[int]:
    return [found.number for found in desk.ask(lambda connection: find_tickets(connection, Filter(**wanted)))]


def test_tickets_are_listed_newest_first_by_what_is_asked(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Не открывается каталог.", subject="Каталог"))
    desk.put(IVAN.email, letter("Обновить PHP.", subject="Сервер"))
    desk.put(IVAN.email, letter("/take"), subject_ticket=1)
    assert numbers(desk) == [2, 1]
    assert numbers(desk, status="in_progress") == numbers(desk, client="Ромашка") == numbers(desk, kind="request") == [1]
    assert (
        numbers(desk, project="Romashka.example") == numbers(desk, assignee="Иван") == numbers(desk, assignee="IVAN@studio.example") == [1]
    )
    assert numbers(desk, kind="task") == [2]
    assert numbers(desk, assignee="Пётр") == []


def test_tickets_are_found_by_words_of_any_case_and_by_number(desk: Desk) -> None:
    desk.put(OLGA.email, letter("Не открывается каталог. НДС 100%", subject="Прайс"))
    desk.put(OLGA.email, letter("Второе.", subject="Другое"))
    assert numbers(desk, words=("Каталог",)) == numbers(desk, words=("прайс", "открывается")) == numbers(desk, words=("ндс",)) == [1]
    assert numbers(desk, words=("100%",)) == [1]
    assert numbers(desk, words=("#2",)) == numbers(desk, words=("2",)) == [2]
    assert numbers(desk, words=("каталог", "второе")) == numbers(desk, words=("9" * 40,)) == []


def test_a_ticket_is_told_to_programs_with_money_as_text() -> None:
    document = ticket_document(ticket(minutes=160, discount_percent=10, price=400_050))
    assert (document["cost"], document["price"], document["discount"]) == ("3600.45", "4000.50", "10%")
    assert ticket_document(ticket(discount_amount=50_000))["discount"] == "500.00"
    assert ticket_document(task())["client"] is None
