from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from billing.periods import NotAPeriod, Period, has_ended, parse_period, periods_between, studio_day


def test_a_month_is_typed_as_year_and_month() -> None:
    assert parse_period("2026-10") == Period(2026, 10)
    assert str(Period(2026, 3)) == "2026-03"


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "10-2026", "2026-1", "", "october"])
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(NotAPeriod):
        parse_period(text)


def test_a_month_knows_its_days_and_neighbours() -> None:
    february = Period(2028, 2)
    assert (february.first, february.last) == (date(2028, 2, 1), date(2028, 2, 29))
    assert Period(2026, 12).following == Period(2027, 1)
    assert Period(2027, 1).preceding == Period(2026, 12)
    assert [str(period) for period in periods_between(Period(2026, 11), Period(2027, 1))] == ["2026-11", "2026-12", "2027-01"]
    assert periods_between(Period(2027, 1), Period(2026, 12)) == ()


def test_a_month_ends_at_midnight_of_the_studio() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    before, after = datetime(2026, 10, 31, 20, 59, tzinfo=UTC), datetime(2026, 10, 31, 21, 0, tzinfo=UTC)
    assert not has_ended(Period(2026, 10), studio_day(before, moscow))
    assert has_ended(Period(2026, 10), studio_day(after, moscow))
