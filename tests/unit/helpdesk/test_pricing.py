"""What work costs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.pricing import Terms, cost, discount, divide_half_up, full_cost, percent_of, work_cost

RATE = 150_000
MINUTES = st.integers(0, 100_000)
AMOUNTS = st.integers(0, 10_000_000)
TERMS = st.builds(Terms, st.integers(0, 1_000_000), st.none() | AMOUNTS, st.integers(0, 100), AMOUNTS, st.booleans())


@pytest.mark.parametrize(("minutes", "kopecks"), [(160, 400_000), (20, 50_000), (35, 87_500), (15, 37_500), (3065, 7_662_500), (0, 0)])
def test_the_studios_own_figures_come_out_to_the_kopeck(minutes: int, kopecks: int) -> None:
    assert cost(minutes, Terms(RATE)) == kopecks


def test_warranty_work_costs_nothing_whatever_the_price() -> None:
    assert cost(160, Terms(RATE, price=400_000, warranty=True)) == 0


def test_a_fixed_price_does_not_ask_for_minutes() -> None:
    assert cost(0, Terms(RATE, price=400_000)) == cost(6000, Terms(RATE, price=400_000)) == 400_000


def test_discounts_come_off_the_whole() -> None:
    assert cost(60, Terms(RATE, discount_percent=10)) == 135_000
    assert cost(60, Terms(RATE, discount_amount=50_000)) == 100_000
    assert cost(60, Terms(RATE, price=400_000, discount_percent=50)) == 200_000


def test_half_a_kopeck_is_rounded_up() -> None:
    assert [divide_half_up(n, 2) for n in (1, 3, -1, -3, 0)] == [1, 2, -1, -2, 0]
    assert percent_of(5, 10) == 1
    assert work_cost(1, 100_001) == 1667


def test_a_discount_is_never_more_than_the_price() -> None:
    assert cost(10, Terms(RATE, discount_amount=1_000_000)) == 0


@settings(max_examples=50)
@given(MINUTES, TERMS)
def test_no_ticket_ever_costs_less_than_nothing_or_more_than_its_full_price(minutes: int, terms: Terms) -> None:
    assert 0 <= cost(minutes, terms) <= full_cost(minutes, terms)


@settings(max_examples=50)
@given(MINUTES, TERMS)
def test_discounts_are_never_negative(minutes: int, terms: Terms) -> None:
    assert discount(full_cost(minutes, terms), terms) >= 0


@settings(max_examples=50)
@given(st.integers(-100_000, 0), TERMS)
def test_time_taken_back_takes_its_share_of_the_discount_back(minutes: int, terms: Terms) -> None:
    amount = work_cost(minutes, terms.rate)
    assert discount(amount, terms) == -percent_of(-amount, terms.discount_percent)


@settings(max_examples=50)
@given(MINUTES, MINUTES, st.integers(0, 1_000_000))
def test_more_work_never_costs_less(one: int, more: int, rate: int) -> None:
    assert work_cost(one + more, rate) >= work_cost(one, rate)


@settings(max_examples=50)
@given(st.integers(), st.integers(1, 10**6))
def test_rounding_is_off_by_half_at_most(numerator: int, denominator: int) -> None:
    assert abs(divide_half_up(numerator, denominator) * denominator - numerator) * 2 <= denominator


@settings(max_examples=50)
@given(st.integers(), st.integers(1, 10**6))
def test_rounding_treats_debts_like_credits(numerator: int, denominator: int) -> None:
    assert divide_half_up(-numerator, denominator) == -divide_half_up(numerator, denominator)
