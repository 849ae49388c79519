"""The night of the first of a month, and every other night."""

from datetime import date
from typing import Any

import pytest

from billing.models import ClosingRow, DocumentRow
from billing.nightly import nightly
from helpdesk.models import OutboxRow
from tests.integration.billing.desk import Desk

pytestmark = pytest.mark.usefixtures("quick_printer")


@pytest.fixture
def worked(studio: Desk) -> Any:
    studio.ticket(1, 14883)
    studio.spent(14883, 160)
    return studio


def test_the_first_night_of_a_month_bills_the_one_before(worked: Desk) -> None:
    done = worked.run("nightly", "--json")
    assert [act["amount"] for act in done["acts"]] == ["4000.00"]
    assert (done["date"], done["printed"], done["mailed"]) == ("2026-11-01", 2, 1)


def test_a_second_night_bills_nothing(worked: Desk) -> None:
    worked.run("nightly")
    again = worked.run("nightly", "--json")
    assert (again["acts"], again["printed"], again["mailed"], again["skipped"]) == ([], 0, 0, [])
    assert len(worked.rows(OutboxRow)) == 1


def test_a_night_that_only_looks_does_nothing(worked: Desk) -> None:
    looked = worked.run("nightly", "--dry-run", "--json")
    assert [(period["period"], period["amount"]) for period in looked["periods"]] == [("2026-10", "4000.00")]
    assert worked.rows(ClosingRow) == []


def test_months_that_were_missed_are_closed_in_order(worked: Desk) -> None:
    worked.ticket(1, 2)
    worked.spent(2, 60, date(2026, 8, 5))
    report = nightly(worked.around, date(2026, 11, 1))
    assert [(str(close.period), close.outcome.value) for close in report.closes] == [
        ("2026-08", "issued"),
        ("2026-10", "issued"),
    ]
    assert [(row["period"], row["number"]) for row in worked.rows(DocumentRow) if row["kind"] == "act"] == [("2026-08", 1), ("2026-10", 2)]


def test_late_time_reopens_no_month(worked: Desk) -> None:
    worked.run("nightly")
    worked.spent(14883, 20, date(2026, 10, 30))
    assert worked.run("nightly", "--json")["acts"] == []
    (act,) = worked.run("nightly", "--date", "2026-12-01", "--json")["acts"]
    assert (act["period"], act["amount"]) == ("2026-11", "500.00")


def test_a_blocked_client_waits_and_the_others_go_on(worked: Desk) -> None:
    poor = worked.client("Лютик")
    worked.ticket(poor, 2)
    worked.spent(2, 60, date(2026, 9, 5))
    done = worked.run("nightly", "--json", status=1)
    assert [act["client"] for act in done["acts"]] == ["Ромашка"]
    assert [(skip["client"], skip["period"]) for skip in done["skipped"]] == [("Лютик", "2026-09")]
    assert "Лютик" in worked.said


def test_a_night_in_the_middle_of_a_month_prints_what_jammed(worked: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as jammed:
        jammed.setattr("billing.printing.render_pdf", lambda *_: 1 / 0)
        worked.run("nightly", status=1)
    assert worked.run("nightly", "--date", "2026-11-15", "--json")["mailed"] == 1


def test_after_the_tenth_a_person_closes_the_month(worked: Desk) -> None:
    late = nightly(worked.around, date(2026, 11, 11))
    assert (late.closes, [str(period) for _, period in late.waiting]) == ((), ["2026-10"])
    assert worked.rows(DocumentRow) == []
    assert [close.outcome.value for close in nightly(worked.around, date(2026, 11, 10)).closes] == ["issued"]


def test_a_month_that_brought_nothing_stays_open_for_late_time(studio: Desk) -> None:
    assert nightly(studio.around, date(2026, 11, 1)).closes == ()
    studio.ticket(1, 14883)
    studio.spent(14883, 160)
    assert [str(close.period) for close in nightly(studio.around, date(2026, 11, 3)).closes] == ["2026-10"]


def test_the_fee_of_a_month_that_no_night_closed_is_not_lost(worked: Desk) -> None:
    worked.run("contract", "set", "12/2026", "--monthly-fee", "5000")
    nightly(worked.around, date(2026, 11, 1))
    report = nightly(worked.around, date(2027, 1, 1))
    assert [(str(close.period), close.outcome.value) for close in report.closes] == [("2026-11", "issued"), ("2026-12", "issued")]
