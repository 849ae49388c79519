"""Closing a month: what is issued, once and without gaps, and what stands in the ledger."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from billing.close import Outcome, close_client, occasion
from billing.models import BilledEntryRow, ClosingRow, DocumentRow, LedgerEntryRow
from billing.periods import Period
from config.console import Refused
from config.database import transaction
from helpdesk.queries import all_clients
from tests.integration.billing.desk import Desk

pytestmark = pytest.mark.usefixtures("quick_printer")

DECEMBER = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
FINISHED = datetime(2026, 10, 20, tzinfo=UTC)


def close(desk: Desk, month: str = "2026-10", status: int = 0) -> Any:
    return desk.run("period", "close", month, "--json", status=status)


def test_a_month_becomes_an_invoice_and_an_act(studio: Desk) -> None:
    studio.ticket(1, 14883)
    studio.spent(14883, 160)
    done = close(studio)
    (invoice,), (act,) = done["invoices"], done["acts"]
    assert (invoice["number"], invoice["date"], invoice["amount"], invoice["vat"]) == (1, "2026-10-31", "4000.00", None)
    assert invoice["due"] == "2026-11-06"
    assert [(line["text"], line["quantity"], line["unit"], line["price"], line["amount"], line["ticket"]) for line in act["lines"]] == [
        ("Заявка № 14883. Не открывается каталог, 2 ч 40 мин", 2.667, "ч", "1500.00", "4000.00", 14883)
    ]


def test_the_studios_own_month_comes_out_to_the_kopeck(studio: Desk) -> None:
    for number, minutes in enumerate((160, 20, 35, 15, 3065), start=1):
        studio.ticket(1, number)
        studio.spent(number, minutes)
    studio.ticket(1, 6, warranty=True)
    studio.spent(6, 90)
    act = close(studio)["acts"][0]
    assert [line["amount"] for line in act["lines"]] == ["4000.00", "500.00", "875.00", "375.00", "76625.00", "0.00"]
    assert act["amount"] == "82375.00"


def test_a_debt_of_243_040_is_a_balance_below_zero(studio: Desk) -> None:
    studio.ticket(1, 1, price=24_304_000, done_at=FINISHED)
    studio.spent(1, 60)
    close(studio)
    account = studio.run("ledger", "show", "Ромашка", "--json")
    assert account["balance"] == "-243040.00"
    assert [(entry["kind"], entry["debit"], entry["credit"]) for entry in account["entries"]] == [("act", "243040.00", "0.00")]


def test_an_invoice_moves_nothing(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    close(studio)
    assert [entry["kind"] for entry in studio.rows(LedgerEntryRow)] == ["act"]


def test_a_second_close_issues_nothing(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    close(studio)
    again = close(studio)
    assert (again["invoices"], again["acts"]) == ([], [])
    assert again["skipped"] == [{"client": "Ромашка", "period": "2026-10", "reason": "already"}]
    assert len(studio.rows(DocumentRow)) == 2


def test_two_closes_at_once_issue_one_act(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    rules = occasion(studio.settings, now=studio.now, today=date(2026, 11, 1))
    with transaction(studio.engine) as connection:
        (client,) = all_clients(connection)
    with ThreadPoolExecutor(8) as pool:
        outcomes = [
            close.result().outcome
            for close in [pool.submit(close_client, studio.engine, client, Period(2026, 10), rules) for _ in range(8)]
        ]
    assert sorted(outcomes) == sorted([Outcome.ISSUED, *[Outcome.ALREADY] * 7])
    assert len(studio.rows(DocumentRow)) == 2


def test_late_time_goes_into_the_next_act(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    close(studio)
    studio.spent(1, 20, date(2026, 10, 30))
    studio.now = DECEMBER
    assert close(studio)["acts"] == []
    (act,) = close(studio, "2026-11")["acts"]
    assert (act["number"], act["amount"]) == (2, "500.00")
    assert "работы с 30.10.2026" in act["lines"][0]["text"]


def test_a_month_without_work_is_closed_too(studio: Desk) -> None:
    assert close(studio)["skipped"] == [{"client": "Ромашка", "period": "2026-10", "reason": "nothing"}]
    studio.ticket(1, 1)
    studio.spent(1, 60)
    assert close(studio)["acts"] == []


def test_a_month_before_a_closed_one_stays_open_for_nobody(studio: Desk) -> None:
    studio.now = DECEMBER
    close(studio, "2026-11")
    studio.ticket(1, 1)
    studio.spent(1, 60)
    late = close(studio)
    assert late["skipped"][0]["reason"] == "older"
    assert "2026-11" in studio.said


def test_a_month_that_is_not_over_is_refused(studio: Desk) -> None:
    with pytest.raises(Refused, match="2026-11 is not over yet"):
        studio.run("period", "close", "2026-11")
    studio.now = datetime(2026, 10, 31, 20, 59, tzinfo=UTC)
    with pytest.raises(Refused):
        studio.run("period", "close", "2026-10")
    studio.now = datetime(2026, 10, 31, 21, 0, tzinfo=UTC)
    close(studio)


def test_any_month_may_be_looked_at(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60, date(2026, 11, 1))
    assert studio.run("period", "preview", "2026-10", "--json")["amount"] == "0.00"
    assert studio.run("period", "preview", "2026-11", "--json")["amount"] == "1500.00"
    assert studio.rows(ClosingRow) == []


def test_one_client_in_trouble_holds_up_nobody(studio: Desk) -> None:
    poor = studio.client("Лютик")
    for number, client in ((1, poor), (2, 1)):
        studio.ticket(client, number)
        studio.spent(number, 60)
    done = close(studio, status=1)
    assert [act["client"] for act in done["acts"]] == ["Ромашка"]
    assert "Лютик, 2026-10: blocking: У клиента «Лютик» нет юридического лица: deskpost entity add" in studio.said
    studio.run("entity", "add", "Лютик", "--inn", "500100732259")
    studio.run("contract", "add", "Лютик", "--number", "13", "--date", "2026-02-01")
    (act,) = close(studio)["acts"]
    assert (act["client"], act["number"]) == ("Лютик", 2)


def test_numbers_begin_anew_every_year_and_have_no_gaps(studio: Desk) -> None:
    studio.ticket(1, 1)
    for month, year in ((10, 2026), (11, 2026), (12, 2026), (1, 2027)):
        studio.spent(1, 60, date(year, month, 5))
    studio.now = datetime(2027, 2, 1, 1, 0, tzinfo=UTC)
    for period in ("2026-10", "2026-11", "2026-12", "2027-01"):
        close(studio, period)
    assert [(act["date"][:4], act["number"]) for act in studio.run("act", "list", "--json")["acts"]] == [
        ("2026", 1),
        ("2026", 2),
        ("2026", 3),
        ("2027", 1),
    ]
    assert studio.run("act", "show", "1", "--json")["date"] == "2027-01-31"
    assert studio.run("act", "show", "1", "--year", "2026", "--json")["date"] == "2026-10-31"


def test_a_close_that_breaks_leaves_no_gap(studio: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    with monkeypatch.context() as broken:
        broken.setattr("billing.issuing._post_act", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            studio.run("period", "close", "2026-10")
    assert studio.rows(DocumentRow) == []
    assert close(studio)["acts"][0]["number"] == 1


def test_a_fixed_price_is_billed_in_the_month_in_which_it_is_finished(studio: Desk) -> None:
    studio.ticket(1, 1, price=1_000_000)
    studio.ticket(1, 2)
    studio.spent(1, 60)
    studio.spent(2, 60)
    october = close(studio)
    assert [line["ticket"] for line in october["acts"][0]["lines"]] == [2]
    assert october["problems"][-1]["text"] == "Заявка № 1 с фиксированной ценой не завершена — войдёт в следующий акт"
    studio.finish(1, datetime(2026, 11, 10, tzinfo=UTC))
    studio.now = DECEMBER
    (line,) = close(studio, "2026-11")["acts"][0]["lines"]
    assert (line["amount"], line["quantity"], line["unit"], line["minutes"]) == ("10000.00", 1, "усл. ед.", 60)
    studio.spent(1, 30, date(2026, 12, 5))
    studio.spent(2, 30, date(2026, 12, 5))
    studio.now = datetime(2027, 1, 1, 1, 0, tzinfo=UTC)
    included = close(studio, "2026-12")["acts"][0]["lines"][0]
    assert (included["ticket"], included["amount"]) == (1, "0.00")
    assert len(studio.rows(BilledEntryRow)) == 4


def test_a_discount_in_rubles_is_given_once(studio: Desk) -> None:
    studio.ticket(1, 1, discount_amount=50_000)
    studio.spent(1, 60)
    assert close(studio)["acts"][0]["amount"] == "1000.00"
    studio.spent(1, 60, date(2026, 11, 5))
    studio.now = DECEMBER
    assert close(studio, "2026-11")["acts"][0]["amount"] == "1500.00"


def test_time_taken_back_after_its_act_makes_the_next_one_smaller(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.ticket(1, 2)
    studio.spent(1, 60)
    close(studio)
    studio.spent(1, -20, date(2026, 11, 2))
    studio.spent(2, 60, date(2026, 11, 2))
    studio.now = DECEMBER
    act = close(studio, "2026-11")["acts"][0]
    assert (act["amount"], [line["amount"] for line in act["lines"]]) == ("1000.00", ["-500.00", "1500.00"])


def test_a_month_of_nothing_or_less_is_carried_to_the_next(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    close(studio)
    studio.spent(1, -20, date(2026, 11, 2))
    studio.now = DECEMBER
    november = close(studio, "2026-11")
    assert (november["acts"], november["skipped"][0]["reason"]) == ([], "carried")
    studio.spent(1, 60, date(2026, 12, 2))
    studio.now = datetime(2027, 1, 1, 1, 0, tzinfo=UTC)
    assert close(studio, "2026-12")["acts"][0]["amount"] == "1000.00"


def test_the_rate_of_the_contract_is_the_one_that_letters_show(studio: Desk) -> None:
    studio.run("contract", "set", "12/2026", "--rate", "2000")
    studio.ticket(1, 1)
    studio.spent(1, 60)
    with transaction(studio.engine) as connection:
        assert [card.rate for card in all_clients(connection)] == [200_000]
    assert close(studio)["acts"][0]["amount"] == "2000.00"


def test_a_monthly_fee_is_billed_once_a_month(studio: Desk) -> None:
    studio.run("contract", "set", "12/2026", "--monthly-fee", "5000")
    assert [line["text"] for line in close(studio)["acts"][0]["lines"]] == ["Абонентская плата за октябрь 2026 г."]
    assert close(studio)["acts"] == []
    studio.now = DECEMBER
    assert close(studio, "2026-11")["acts"][0]["amount"] == "5000.00"


def test_the_fee_of_a_carried_month_is_not_lost(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 600)
    close(studio)
    studio.run("contract", "set", "12/2026", "--monthly-fee", "5000")
    studio.spent(1, -300, date(2026, 11, 2))
    studio.now = DECEMBER
    assert close(studio, "2026-11")["skipped"][0]["reason"] == "carried"
    studio.now = datetime(2027, 1, 1, 1, 0, tzinfo=UTC)
    act = close(studio, "2026-12")["acts"][0]
    assert [line["amount"] for line in act["lines"]] == ["-7500.00", "5000.00", "5000.00"]


def test_two_legal_entities_get_an_act_each(studio: Desk) -> None:
    studio.run("entity", "add", "Ромашка", "--inn", "500100732259", "--name", "ИП Ромашкин Роман Романович")
    studio.run("contract", "add", "500100732259", "--number", "7", "--date", "2025-01-01", "--monthly-fee", "900")
    studio.ticket(1, 1)
    studio.spent(1, 60)
    acts = close(studio)["acts"]
    assert [(act["number"], act["entity"], act["amount"]) for act in acts] == [
        (1, "ООО «Ромашка»", "1500.00"),
        (2, "ИП Ромашкин Роман Романович", "900.00"),
    ]


def test_vat_stands_in_documents_of_a_contract_that_has_it(studio: Desk) -> None:
    studio.run("contract", "set", "12/2026", "--vat", "5")
    studio.ticket(1, 1)
    studio.spent(1, 160)
    act = close(studio)["acts"][0]
    assert (act["amount"], act["vat"], act["lines"][0]["vat"]) == ("4000.00", "190.48", "190.48")


def test_what_is_issued_keeps_its_requisites(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    close(studio)
    studio.run("entity", "set", "7728168971", "--name", "ООО «Астра»")
    assert studio.run("act", "show", "1", "--json")["entity"] == "ООО «Ромашка»"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE document SET amount = 1",
        "DELETE FROM document",
        "UPDATE document_line SET amount = 1",
        "DELETE FROM document_line",
        "UPDATE ledger_entry SET debit = 1",
        "DELETE FROM ledger_entry",
        "UPDATE closing SET outcome = 'nothing'",
        "DELETE FROM closing",
        "DELETE FROM billed_entry",
        "UPDATE print_out SET digest = ''",
        "DELETE FROM print_out",
        "UPDATE payment SET amount = 1",
        "DELETE FROM payment",
    ],
)
def test_what_is_issued_cannot_be_changed(studio: Desk, statement: str) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    close(studio)
    studio.run("payment", "add", "Ромашка", "--amount", "100", "--date", "2026-11-01")
    with pytest.raises(DatabaseError, match="append-only"), transaction(studio.engine) as connection:
        connection.execute(text(statement))
