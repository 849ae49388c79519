"""What each command does to a ticket, and when it refuses."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from helpdesk.commands.context import Done, Refusal
from helpdesk.effects import AddParticipant, Assign, LogTime, RemoveParticipant, SetDiscount, SetPrice, SetStatus, SetWarranty
from helpdesk.messages import Address
from helpdesk.readmodels import StaffCard
from helpdesk.snapshot import TicketLine
from helpdesk.workflow import Status
from tests.unit.helpdesk.hand_made import ANNA, IVAN, OLGA, PETR, TODAY, said, snapshot, ticket

KNOWN = snapshot(IVAN)


def refused(line: str, **fields: Any) -> str:
    result = said(line, KNOWN, ticket(**fields))
    assert isinstance(result, Refusal), result
    return result.said.phrase


def done(line: str, **fields: Any) -> Done:
    result = said(line, KNOWN, ticket(**fields))
    assert isinstance(result, Done), result
    return result


def test_time_is_booked_on_its_author_today() -> None:
    assert done("/spent 40m правки", status=Status.IN_PROGRESS, assignee=IVAN).changes == (LogTime(IVAN.id, 40, TODAY, "правки"),)


def test_time_may_be_booked_on_another_day() -> None:
    assert done("/spent 40m @2026-10-01").changes[0] == LogTime(IVAN.id, 40, date(2026, 10, 1))
    assert done("/spent 40m созвон @вчера").changes[0] == LogTime(IVAN.id, 40, date(2026, 10, 4), "созвон")


def test_work_on_a_new_ticket_starts_it_and_gives_it_to_him_who_works() -> None:
    result = done("/spent 40m")
    assert result.changes[1:] == (SetStatus(Status.IN_PROGRESS), Assign(IVAN.id))
    assert result.ticket is not None
    assert (result.ticket.minutes, result.ticket.assignee, result.ticket.status) == (40, IVAN, Status.IN_PROGRESS)


def test_work_on_a_colleagues_ticket_leaves_it_his() -> None:
    assert done("/spent 40m", assignee=PETR, status=Status.WAITING).changes == (LogTime(IVAN.id, 40, TODAY),)


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("/spent", "unknown-duration"),
        ("/spent 1,6", "unknown-duration"),
        ("/spent долго", "unknown-duration"),
        ("/spent 0m", "odd-duration"),
        ("/spent 101h", "odd-duration"),
        ("/spent 40m @2026-10-06", "future-day"),
        ("/spent 40m @2025-01-01", "old-day"),
        ("/spent 40m @31.02", "unknown-day"),
        ("/spent -10m", "more-than-logged"),
        ("/assign", "who"),
        ("/assign @", "who"),
        ("/assign Кузьма", "nobody"),
        ("/cc нина", "no-address"),
        ("/cc nina@romashka", "no-address"),
        ("/cc support@studio.example", "own-address"),
        ("/cc support+1.abc@studio.example", "own-address"),
        ("/uncc nina@romashka.example", "no-participant"),
        ("/price", "unknown-money"),
        ("/price дорого", "unknown-money"),
        ("/discount 150%", "unknown-discount"),
        ("/warranty да", "unknown-warranty"),
        ("/status", "unknown-status"),
        ("/status почти", "unknown-status"),
        ("/show 99", "no-such-ticket"),
        ("/show каталог", "unknown-number"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(line: str, phrase: str) -> None:
    assert refused(line) == phrase


def test_no_more_time_is_taken_back_than_there_is() -> None:
    assert done("/spent -40m", minutes=40).changes[0] == LogTime(IVAN.id, -40, TODAY)
    assert refused("/spent -41m", minutes=40) == "more-than-logged"


@pytest.mark.parametrize("line", ["/spent 40m", "/take", "/done", "/note", "/price 1", "/cc a@b.ru", "/show"])
def test_without_a_ticket_there_is_nothing_to_command(line: str) -> None:
    result = said(line, KNOWN, None)
    assert isinstance(result, Refusal)
    assert result.said.phrase == "no-ticket"


def test_who_takes_a_new_ticket_starts_it() -> None:
    assert done("/take").changes == (Assign(IVAN.id), SetStatus(Status.IN_PROGRESS))
    assert done("/take", status=Status.WAITING).changes == (Assign(IVAN.id),)


@pytest.mark.parametrize("name", ["Пётр", "петр", "Пётр Сидоров", "сидоров", "Сидоров Пётр", "petr@studio.example", "petr", "@petr", "сид"])
def test_a_colleague_is_found_by_name_part_or_address(name: str) -> None:
    assert done(f"/assign {name}").changes == (Assign(PETR.id),)


def test_the_first_name_petr_does_not_mean_petrov() -> None:
    assert done("/assign Пётр").changes == (Assign(PETR.id),)


def test_a_name_that_fits_two_is_refused() -> None:
    namesake = StaffCard(9, "ivan2@studio.example", "Иван Сидоров", "designer")
    result = said("/assign Иван", replace(KNOWN, staff=(IVAN, PETR, ANNA, namesake)), ticket())
    assert isinstance(result, Refusal)
    assert (result.said.phrase, result.said.values["names"]) == ("several", "Иван Петров, Иван Сидоров")


def test_a_participant_is_added_once_and_removed() -> None:
    added = done("/cc Nina@Romashka.example")
    assert added.changes == (AddParticipant(Address("nina@romashka.example")),)
    assert added.ticket is not None
    again = said("/cc nina@romashka.example", KNOWN, added.ticket)
    assert (again.said.phrase, again.changes) == ("already-participant", ())
    assert said("/uncc NINA@romashka.example", KNOWN, added.ticket).changes == (RemoveParticipant("nina@romashka.example"),)


def test_the_requester_needs_no_copy() -> None:
    assert done(f"/cc {OLGA.email}").changes == ()


def test_a_participants_russian_domain_becomes_one_that_mail_can_be_sent_to() -> None:
    assert done("/cc info@лад.рф").changes == (AddParticipant(Address("info@xn--80ait.xn--p1ai")),)


def test_prices_discounts_and_warranty_are_set_and_taken_back() -> None:
    assert done("/price 4 000 руб").changes == (SetPrice(400_000),)
    assert done("/price off", price=400_000).changes == (SetPrice(None),)
    assert done("/discount 10%").changes == (SetDiscount(percent=10),)
    assert done("/discount 500", discount_percent=10).changes == (SetDiscount(amount=50_000),)
    assert done("/гарантия").changes == (SetWarranty(on=True),)
    assert done("/гарантия нет", warranty=True).changes == (SetWarranty(on=False),)


def test_the_last_discount_counts() -> None:
    result = done("/discount 500", discount_percent=10)
    assert result.ticket is not None
    assert (result.ticket.discount_percent, result.ticket.discount_amount) == (0, 50_000)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("/done", Status.DONE),
        ("/close", Status.CLOSED),
        ("/wait", Status.WAITING),
        ("/status в работе", Status.IN_PROGRESS),
        ("/status ждем клиента", Status.WAITING),
        ("/status awaiting approval", Status.AWAITING_APPROVAL),
        ("/статус «готова»", Status.DONE),
    ],
)
def test_a_status_command_moves_the_ticket(line: str, status: Status) -> None:
    assert done(line).changes == (SetStatus(status),)


def test_what_is_closed_is_closed_already() -> None:
    assert (done("/close", status=Status.CLOSED).said.phrase, done("/close", status=Status.CLOSED).changes) == ("same-status", ())
    assert refused("/done", status=Status.CLOSED) == "no-way"


def test_a_reopened_ticket_forgets_that_it_was_done() -> None:
    result = done("/reopen", status=Status.CLOSED, done_at=KNOWN.now, closed_at=KNOWN.now)
    assert result.ticket is not None
    assert (result.ticket.status, result.ticket.done_at, result.ticket.closed_at) == (Status.IN_PROGRESS, None, None)
    assert done("/reopen", status=Status.WAITING).said.phrase == "already-open"


def test_closing_keeps_the_day_it_was_done() -> None:
    yesterday = KNOWN.now - timedelta(days=1)
    result = done("/close", status=Status.DONE, done_at=yesterday)
    assert result.ticket is not None
    assert (result.ticket.done_at, result.ticket.closed_at) == (yesterday, KNOWN.now)


def test_a_note_keeps_the_letter_inside() -> None:
    assert done("/note").private
    assert not done("/take").private


def test_questions_change_nothing() -> None:
    known = replace(KNOWN, shown={2: ticket(2)}, own_tickets=(TicketLine(1, "Каталог", Status.NEW, "Ромашка", 5),))
    for line in ("/my", "/show", "/show 2", "/show №1", "/help"):
        result = said(line, known, ticket())
        assert isinstance(result, Done), line
        assert result.changes == ()


def test_help_lists_what_the_sender_may_write() -> None:
    names = {command.name for command in said("/help", snapshot(OLGA), None).said.values["commands"]}
    assert names == {"close", "reopen", "help"}
