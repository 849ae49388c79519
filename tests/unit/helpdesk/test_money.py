import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.money import MOST_MONEY, parse_money, plain


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("4000", 400_000),
        ("4 000,50", 400_050),
        ("4\u00a0000,5", 400_050),
        ("1 234 567 ₽", 123_456_700),
        ("500 руб.", 50_000),
        ("0.01", 1),
    ],
)
def test_sums_are_read_as_people_type_them(text: str, kopecks: int) -> None:
    assert parse_money(text) == kopecks


@pytest.mark.parametrize("text", ["", "-5", "20,000", "12 34", "1.2.3", "ten", "1e3", "٣"])
def test_an_unclear_sum_is_no_money(text: str) -> None:
    assert parse_money(text) is None


def test_programs_get_two_decimals_and_a_plain_minus() -> None:
    assert plain(400_000) == "4000.00"
    assert plain(-24_304_000) == "-243040.00"
    assert plain(-5) == "-0.05"


@given(st.integers(min_value=0, max_value=MOST_MONEY))
def test_what_is_written_is_read_back(kopecks: int) -> None:
    assert parse_money(plain(kopecks)) == kopecks
