"""Unbilled work → the lines of an act, as values: a preview and a close use the same draft.

A line's sum comes from minutes; its quantity is those minutes in thousandths of an hour, for the paper alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from billing.periods import Period
from billing.vat import vat_within
from billing.wording import fee_text, ticket_text
from helpdesk.pricing import Terms, cost, discount, divide_half_up, full_cost, percent_of
from helpdesk.readmodels import TicketWork

THOUSAND = 1000
_MINUTES_PER_HOUR = 60


class LineKind(StrEnum):
    """Why a line stands in an act."""

    HOURS = "hours"
    PRICE = "price"
    WARRANTY = "warranty"
    INCLUDED = "included"
    CORRECTION = "correction"
    FEE = "fee"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an act. Money in kopecks; `quantity` in thousandths of `unit`; `amount` is after `discount` and holds `vat`.

    `rubles_off` is the part of the discount that was given as a sum, once per ticket. `entries` are time entries.
    """

    kind: LineKind
    text: str
    unit: str
    quantity: int
    price: int
    amount: int
    discount: int = 0
    vat: int | None = None
    ticket: int | None = None
    minutes: int = 0
    entries: tuple[int, ...] = ()
    rubles_off: int = 0
    fee_period: Period | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier acts billed, by ticket: net kopecks, minutes by the hour, discounts given in kopecks, and whose fixed price."""

    prices: frozenset[int] = frozenset()
    amounts: Mapping[int, int] = field(default_factory=dict)
    minutes: Mapping[int, int] = field(default_factory=dict)
    rubles_off: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A contract's money: `rate` in kopecks per hour, `monthly_fee` in kopecks for each of `fee_periods`."""

    rate: int
    vat: str
    monthly_fee: int = 0
    fee_periods: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket that waits for a later act; `reason` is a key of the problem texts."""

    ticket: int
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a period would bill. `held` stays unbilled; `remarks` are billed but odd."""

    period: Period
    lines: tuple[Line, ...] = ()
    held: tuple[Held, ...] = ()
    remarks: tuple[Held, ...] = ()

    @property
    def amount(self) -> int:
        """Kopecks of all lines."""
        return sum(line.amount for line in self.lines)

    @property
    def carried(self) -> bool:
        """Whether the lines come to nothing or less, and so wait for the next period."""
        return bool(self.lines) and self.amount <= 0


def draft(work: tuple[TicketWork, ...], tariff: Tariff, *, past: Past, period: Period) -> Draft:
    """The lines of one act: tickets by number, then monthly fees."""
    outcomes = [_judge(ticket, replace(ticket.terms, rate=tariff.rate), past, period) for ticket in work]
    lines = [*(outcome for outcome in outcomes if isinstance(outcome, Line)), *_fees(tariff)]
    return Draft(
        period=period,
        lines=tuple(replace(line, vat=vat_within(line.amount, tariff.vat)) for line in lines),
        held=tuple(outcome for outcome in outcomes if isinstance(outcome, Held)),
        remarks=tuple(remark for ticket in work for remark in _remarks(ticket, past, period)),
    )


def _judge(work: TicketWork, terms: Terms, past: Past, period: Period) -> Line | Held | None:
    if terms.warranty:
        return _free(work, LineKind.WARRANTY, period)
    if terms.price is not None and work.number in past.prices:
        return _free(work, LineKind.INCLUDED, period)
    if terms.price is not None:
        return _fixed(work, terms, past, period)
    return _hourly(work, terms, past, period)


def _free(work: TicketWork, kind: LineKind, period: Period) -> Line | None:
    return _line(work, kind, period, _hours(work.minutes)) if work.minutes else None


def _fixed(work: TicketWork, terms: Terms, past: Past, period: Period) -> Line | Held:
    """The whole price once, less what acts have billed of the ticket before it had a price."""
    if work.finished_on is None or work.finished_on > period.last:
        return Held(work.number, "unfinished_price")
    before, full = past.amounts.get(work.number, 0), terms.price or 0
    off = discount(full, terms)
    line = _line(work, LineKind.PRICE, period, THOUSAND, after_earlier=before != 0)
    if before:
        rest = max(0, full - off - before)
        return replace(line, price=rest, amount=rest)
    return replace(line, price=full, amount=full - off, discount=off, rubles_off=off - min(full, percent_of(full, terms.discount_percent)))


def _hourly(work: TicketWork, terms: Terms, past: Past, period: Period) -> Line | Held | None:
    if work.minutes < 0:
        return _correction(work, terms, past, period)
    if not work.minutes:
        return None
    terms = replace(terms, discount_amount=max(0, terms.discount_amount - past.rubles_off.get(work.number, 0)))
    full = full_cost(work.minutes, terms)
    by_percent = percent_of(full, terms.discount_percent)
    return replace(
        _line(work, LineKind.HOURS, period, _hours(work.minutes)),
        price=terms.rate,
        amount=cost(work.minutes, terms),
        discount=discount(full, terms),
        rubles_off=discount(full, terms) - by_percent,
    )


def _correction(work: TicketWork, terms: Terms, past: Past, period: Period) -> Line | Held:
    """Minutes taken back: no more than acts have billed, and at the percentage at which they were billed."""
    if past.minutes.get(work.number, 0) + work.minutes < 0:
        return Held(work.number, "correction_of_unbilled")
    full = full_cost(work.minutes, terms)
    off = percent_of(full, terms.discount_percent)
    line = _line(work, LineKind.CORRECTION, period, _hours(work.minutes))
    return replace(line, price=terms.rate, amount=full - off, discount=off)


def _line(work: TicketWork, kind: LineKind, period: Period, quantity: int, *, after_earlier: bool = False) -> Line:
    """A line that costs nothing yet."""
    return Line(
        kind=kind,
        text=ticket_text(work, kind.value, since=period.first, after_earlier=after_earlier),
        unit="усл. ед." if kind is LineKind.PRICE else "ч",
        quantity=quantity,
        price=0,
        amount=0,
        ticket=work.number,
        minutes=work.minutes,
        entries=tuple(entry.entry_id for entry in work.entries),
    )


def _hours(minutes: int) -> int:
    """Thousandths of an hour."""
    return divide_half_up(minutes * THOUSAND, _MINUTES_PER_HOUR)


def _fees(tariff: Tariff) -> Iterator[Line]:
    for period in tariff.fee_periods if tariff.monthly_fee else ():
        yield Line(
            kind=LineKind.FEE,
            text=fee_text(period),
            unit="мес",
            quantity=THOUSAND,
            price=tariff.monthly_fee,
            amount=tariff.monthly_fee,
            fee_period=period,
        )


def _remarks(work: TicketWork, past: Past, period: Period) -> Iterator[Held]:
    priced = work.terms.price is not None and not work.terms.warranty and work.number not in past.prices
    if not priced or work.finished_on is None or work.finished_on > period.last:
        return
    if not work.entries:
        yield Held(work.number, "price_without_work")
    if past.amounts.get(work.number):
        yield Held(work.number, "price_after_hours")
