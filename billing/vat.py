"""VAT (НДС) inside a price. Prices include it; "none" means «Без НДС», which is not «НДС 0 %» and never a sum of 0,00."""

from helpdesk.pricing import divide_half_up

NONE = "none"
RATES = (NONE, "0", "5", "7", "10", "22")


def vat_within(amount: int, rate: str) -> int | None:
    """Kopecks of VAT inside `amount` at `rate` per cent; None where the seller charges none."""
    if rate == NONE:
        return None
    percent = int(rate)
    return divide_half_up(amount * percent, 100 + percent)


def vat_label(rate: str) -> str:
    """What stands before the sum of VAT in a document's totals."""
    return "Без НДС" if rate == NONE else f"В том числе НДС {rate}\u00a0%"
