"""What work costs: minutes × rate, fixed prices, discounts, warranty. Pure; money is whole kopecks, rounded half up here alone."""

from dataclasses import dataclass

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Terms:
    """How a ticket is paid. `rate` in kopecks per hour; `price` in kopecks or None for work by the hour."""

    rate: int
    price: int | None = None
    discount_percent: int = 0
    discount_amount: int = 0
    warranty: bool = False


def divide_half_up(numerator: int, denominator: int) -> int:
    """Whole kopecks of a fraction, halves away from zero. `denominator` is positive."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def work_cost(minutes: int, rate: int) -> int:
    """Kopecks for minutes of work at `rate` kopecks an hour."""
    return divide_half_up(minutes * rate, MINUTES_PER_HOUR)


def percent_of(amount: int, percent: int) -> int:
    """Kopecks that are `percent` per cent of `amount`."""
    return divide_half_up(amount * percent, 100)


def full_cost(minutes: int, terms: Terms) -> int:
    """Kopecks before any discount: the fixed price where there is one, else the work by the hour."""
    return work_cost(minutes, terms.rate) if terms.price is None else terms.price


def discount(amount: int, terms: Terms) -> int:
    """Kopecks off `amount`: never more than there is. What is taken back takes its share in per cent back, but no sum in rubles."""
    share = percent_of(amount, terms.discount_percent)
    return share if amount <= 0 else min(share + terms.discount_amount, amount)


def cost(minutes: int, terms: Terms) -> int:
    """Kopecks that the client pays: warranty work costs nothing."""
    if terms.warranty:
        return 0
    amount = full_cost(minutes, terms)
    return amount - discount(amount, terms)
