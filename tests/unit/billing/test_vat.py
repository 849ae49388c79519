import pytest

from billing.vat import vat_label, vat_within


@pytest.mark.parametrize(("rate", "kopecks"), [("22", 1_081_967), ("7", 392_523), ("5", 285_714), ("10", 545_455), ("0", 0)])
def test_vat_is_taken_out_of_a_price_that_holds_it(rate: str, kopecks: int) -> None:
    assert vat_within(6_000_000, rate) == kopecks


def test_no_vat_is_not_a_vat_of_nothing() -> None:
    assert vat_within(6_000_000, "none") is None
    assert vat_label("none") == "Без НДС"
    assert vat_label("5") == "В том числе НДС 5\u00a0%"
