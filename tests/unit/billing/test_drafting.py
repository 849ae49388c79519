from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.drafting import LineKind, Past, Tariff, draft
from billing.periods import Period
from helpdesk.pricing import Terms, cost
from helpdesk.readmodels import TicketWork, WorkedTime

OCTOBER = Period(2026, 10)
RATE = 150_000
DAY = date(2026, 10, 15)
HOURLY = Tariff(RATE, "none")


def work(
    *minutes: int,
    number: int = 14883,
    finished_on: date | None = None,
    worked_on: date = DAY,
    subject: str = "Не открывается каталог",
    **terms: Any,
) -> Any:
    return TicketWork(
        number=number,
        subject=subject,
        client_id=1,
        project="site.ru",
        status="in_progress",
        created_on=DAY,
        finished_on=finished_on,
        terms=Terms(**{"rate": RATE, **terms}),
        entries=tuple(WorkedTime(index, spent, worked_on, 1) for index, spent in enumerate(minutes, start=1)),
    )


def one(ticket: TicketWork, tariff: Tariff = HOURLY, past: Past = Past()) -> Any:  # noqa: B008 - a frozen value
    made = draft((ticket,), tariff, past=past, period=OCTOBER)
    assert len(made.lines) == 1, made
    return made.lines[0]


@pytest.mark.parametrize(("minutes", "kopecks"), [(160, 400_000), (20, 50_000), (35, 87_500), (15, 37_500), (3065, 7_662_500)])
def test_the_studios_own_figures_come_out_to_the_kopeck(minutes: int, kopecks: int) -> None:
    assert one(work(minutes)).amount == kopecks


def test_a_line_names_the_ticket_the_site_and_the_time() -> None:
    line = one(work(100, 60))
    assert line.text == "Заявка № 14883. Не открывается каталог (site.ru), 2 ч 40 мин"
    assert (line.quantity, line.unit, line.price, line.minutes, line.entries) == (2667, "ч", RATE, 160, (1, 2))


def test_minutes_are_summed_before_they_are_rounded() -> None:
    assert one(work(1, 1, 1), Tariff(100_001, "none")).amount == 5_000


def test_warranty_work_is_shown_and_not_billed() -> None:
    line = one(work(80, warranty=True, price=400_000))
    assert (line.kind, line.amount, line.price, line.quantity) == (LineKind.WARRANTY, 0, 0, 1333)
    assert line.text.endswith(", 1 ч 20 мин. Гарантия")


def test_a_percentage_is_taken_off_each_line() -> None:
    line = one(work(60, discount_percent=10))
    assert (line.amount, line.discount, line.rubles_off) == (135_000, 15_000, 0)


def test_a_discount_in_rubles_is_given_once() -> None:
    first = one(work(60, discount_amount=50_000))
    assert (first.amount, first.rubles_off) == (100_000, 50_000)
    second = one(work(60, discount_amount=50_000), past=Past(rubles_off={14883: 50_000}, minutes={14883: 60}))
    assert (second.amount, second.discount) == (150_000, 0)


def test_what_is_left_of_a_discount_in_rubles_goes_to_the_next_act() -> None:
    first = one(work(10, discount_amount=50_000))
    assert (first.amount, first.rubles_off) == (0, 25_000)
    assert one(work(60, discount_amount=50_000), past=Past(rubles_off={14883: 25_000})).amount == 125_000


def test_a_fixed_price_is_billed_when_the_ticket_is_finished() -> None:
    line = one(work(60, 30, price=400_000, finished_on=DAY))
    assert (line.kind, line.amount, line.quantity, line.unit, line.entries) == (LineKind.PRICE, 400_000, 1000, "усл. ед.", (1, 2))
    assert "мин" not in line.text


@pytest.mark.parametrize("finished_on", [None, date(2026, 11, 1)])
def test_a_fixed_price_waits_until_its_ticket_is_finished(finished_on: date | None) -> None:
    made = draft((work(60, price=400_000, finished_on=finished_on),), HOURLY, past=Past(), period=OCTOBER)
    assert made.lines == ()
    assert [(held.ticket, held.reason) for held in made.held] == [(14883, "unfinished_price")]


def test_a_discount_goes_off_a_fixed_price() -> None:
    assert one(work(60, price=400_000, finished_on=DAY, discount_percent=10, discount_amount=10_000)).amount == 350_000


def test_time_logged_after_the_fixed_price_was_billed_is_included() -> None:
    line = one(work(20, price=400_000, finished_on=DAY), past=Past(prices=frozenset({14883})))
    assert (line.kind, line.amount) == (LineKind.INCLUDED, 0)
    assert "Входит в стоимость" in line.text


def test_hours_billed_before_there_was_a_price_are_taken_off_it() -> None:
    made = draft((work(60, price=400_000, finished_on=DAY),), HOURLY, past=Past(amounts={14883: 150_000}), period=OCTOBER)
    assert made.amount == 250_000
    assert "за вычетом" in made.lines[0].text
    assert [remark.reason for remark in made.remarks] == ["price_after_hours"]


def test_a_fixed_price_without_any_work_is_billed_and_remarked_upon() -> None:
    made = draft((work(price=400_000, finished_on=DAY),), HOURLY, past=Past(), period=OCTOBER)
    assert made.amount == 400_000
    assert [remark.reason for remark in made.remarks] == ["price_without_work"]


def test_a_correction_gives_back_what_was_billed_at_its_discount() -> None:
    line = one(work(-60, discount_percent=10), past=Past(minutes={14883: 100}))
    assert (line.kind, line.amount) == (LineKind.CORRECTION, -135_000)


def test_more_than_was_billed_is_never_given_back() -> None:
    made = draft((work(-60),), HOURLY, past=Past(minutes={14883: 30}), period=OCTOBER)
    assert made.lines == ()
    assert made.held[0].reason == "correction_of_unbilled"


def test_time_that_was_taken_back_whole_is_no_line() -> None:
    assert draft((work(30, -30),), HOURLY, past=Past(), period=OCTOBER).lines == ()


def test_an_act_of_nothing_or_less_is_carried() -> None:
    assert draft((work(-60),), HOURLY, past=Past(minutes={14883: 60}), period=OCTOBER).carried
    assert draft((work(60, warranty=True),), HOURLY, past=Past(), period=OCTOBER).carried
    assert not draft((), HOURLY, past=Past(), period=OCTOBER).carried


def test_late_time_says_when_it_was_worked() -> None:
    assert "работы с 29.09.2026" in one(work(60, worked_on=date(2026, 9, 29))).text


def test_a_monthly_fee_is_a_line() -> None:
    made = draft((), replace(HOURLY, monthly_fee=500_000, fee_periods=(OCTOBER,)), past=Past(), period=OCTOBER)
    assert [(line.text, line.unit, line.amount) for line in made.lines] == [("Абонентская плата за октябрь 2026 г.", "мес", 500_000)]


def test_vat_is_taken_out_line_by_line() -> None:
    made = draft(tuple(work(200, number=number) for number in range(1, 13)), Tariff(RATE, "5"), past=Past(), period=OCTOBER)
    assert made.amount == 6_000_000
    assert sum(line.vat or 0 for line in made.lines) == 285_720


def test_the_contracts_rate_is_the_one_that_counts() -> None:
    assert one(work(60), Tariff(200_000, "none")).amount == 200_000


def test_a_hostile_subject_is_cut_and_folded() -> None:
    line = one(work(60, subject="а\r\n" * 500))
    assert len(line.text) < 260
    assert "\n" not in line.text


def test_what_cannot_be_seen_is_not_printed() -> None:
    assert "№ 14883. evil.txt.exe (" in one(work(60, subject="\x00evil.\u202etxt\u200b.exe\x08")).text


@given(
    st.integers(min_value=1, max_value=10_000),
    st.integers(min_value=0, max_value=1_000_000),
    st.integers(min_value=0, max_value=100),
    st.integers(min_value=0, max_value=10**7),
)
def test_the_act_asks_for_what_the_letters_said(minutes: int, rate: int, percent: int, rubles: int) -> None:
    ticket = work(minutes, rate=rate, discount_percent=percent, discount_amount=rubles)
    assert one(ticket, Tariff(rate, "none")).amount == cost(minutes, ticket.terms)
