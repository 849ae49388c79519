"""The director's figures."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.takings import Debtor, takings
from config.database import transaction
from tests.integration.billing.desk import Desk

pytestmark = pytest.mark.usefixtures("quick_printer")

MOSCOW = ZoneInfo("Europe/Moscow")


def figures(desk: Desk, day: date) -> Any:
    with transaction(desk.engine) as connection:
        return takings(connection, day=day, timezone=MOSCOW)


def test_money_made_is_time_at_the_contracts_rate(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.ticket(1, 2, discount_percent=10)
    studio.ticket(1, 3, warranty=True)
    for ticket, minutes, day in ((1, 60, 15), (2, 60, 15), (3, 600, 15), (1, 20, 14), (1, 40, 16)):
        studio.spent(ticket, minutes, date(2026, 10, day))
    studio.spent(1, 600, date(2026, 9, 30))
    made = figures(studio, date(2026, 10, 15))
    assert (made.today, made.month) == (150_000 + 135_000, 150_000 + 135_000 + 50_000)


def test_work_counts_in_its_month_after_its_act_too(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    studio.run("nightly")
    assert figures(studio, date(2026, 10, 31)).month == 150_000
    studio.spent(1, 20, date(2026, 11, 1))
    assert figures(studio, date(2026, 11, 1)) == (figures(studio, date(2026, 11, 1)))
    assert figures(studio, date(2026, 11, 1)).month == 50_000


def test_debtors_come_greatest_first_and_payers_not_at_all(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    studio.run("nightly")
    assert figures(studio, date(2026, 11, 1)).debtors == (Debtor("Ромашка", 150_000),)
    studio.run("payment", "add", "Ромашка", "--amount", "1500", "--date", "2026-11-01")
    assert figures(studio, date(2026, 11, 1)).debtors == ()


def test_documents_that_wait_for_the_printer_are_counted(studio: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    monkeypatch.setattr("billing.printing.render_pdf", lambda *_: 1 / 0)
    studio.run("nightly", status=1)
    assert figures(studio, date(2026, 11, 1)).unprinted == 2
