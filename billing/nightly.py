"""The night: close what has ended, print what is issued, write the letters. Safe to run any number of times."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from billing.close import ClientClose, Occasion, Outcome, Preview, close_client, occasion, preview
from billing.periods import Period, period_of, periods_between
from billing.printing import PrintReport, print_pending
from billing.store import load_work, newest_closed
from config.database import transaction
from config.surroundings import Surroundings
from helpdesk.queries import all_clients
from helpdesk.readmodels import ClientCard

# Till this day of a month the night closes the one before, should the first night have been missed; later only a person does, so
# that papers never reach a client unawares.
LAST_UNATTENDED_DAY = 10


@dataclass(frozen=True, slots=True)
class NightlyReport:
    """What a night did: every close that was tried, and the printer's run; on a dry run what would have been closed.

    `waiting`: months with something to bill that a person must close, for it is too late in the month to do it unattended.
    """

    day: date
    closes: tuple[ClientClose, ...] = ()
    printed: PrintReport = field(default_factory=PrintReport)
    previews: tuple[tuple[Period, Preview], ...] = ()
    waiting: tuple[tuple[ClientCard, Period], ...] = ()

    @property
    def blocked(self) -> tuple[ClientClose, ...]:
        """Clients whose period waits for somebody to mend something."""
        return tuple(close for close in self.closes if close.outcome is Outcome.BLOCKED)


def nightly(surroundings: Surroundings, day: date, *, dry_run: bool = False) -> NightlyReport:
    """Close every month that ended before the studio's `day` and is open, client by client, oldest first; then print.

    A client who is blocked in one month waits with the later ones, so that his documents keep their order.
    """
    rules = replace(occasion(surroundings.settings, now=surroundings.clock(), today=day), locks_empty=False)
    with transaction(surroundings.engine) as connection:
        plan = [(client, _open_periods(connection, client, rules)) for client in all_clients(connection)]
        looks = tuple(_looks(connection, plan, rules)) if dry_run or day.day > LAST_UNATTENDED_DAY else ()
    waiting = _waiting(looks, day)
    if dry_run:
        return NightlyReport(day, previews=() if day.day > LAST_UNATTENDED_DAY else looks, waiting=waiting)
    if day.day > LAST_UNATTENDED_DAY:
        return NightlyReport(day, printed=print_pending(surroundings), waiting=waiting)
    closes = (close for client, periods in plan for close in _close_in_order(surroundings, client, periods, rules))
    done = tuple(close for close in closes if close.outcome is not Outcome.NOTHING)
    return NightlyReport(day, done, print_pending(surroundings))


def _looks(
    connection: Connection, plan: Iterable[tuple[ClientCard, tuple[Period, ...]]], rules: Occasion
) -> Iterator[tuple[Period, Preview]]:
    for client, periods in plan:
        for period in periods:
            yield period, preview(connection, client, period, rules)


def _waiting(looks: Iterable[tuple[Period, Preview]], day: date) -> tuple[tuple[ClientCard, Period], ...]:
    if day.day <= LAST_UNATTENDED_DAY:
        return ()
    return tuple((look.client, period) for period, look in looks if any(case.draft.lines for case in look.cases))


def _close_in_order(
    surroundings: Surroundings, client: ClientCard, periods: tuple[Period, ...], rules: Occasion
) -> tuple[ClientClose, ...]:
    closes: list[ClientClose] = []
    for period in periods:
        closes.append(close_client(surroundings.engine, client, period, rules))
        if closes[-1].outcome is Outcome.BLOCKED:
            break
    return tuple(closes)


def _open_periods(connection: Connection, client: ClientCard, rules: Occasion) -> tuple[Period, ...]:
    """The months to close, to the one that has just ended: from the one after the last close, for each may owe a monthly fee.

    Before the first close: from that of the earliest work, else the last month alone.
    """
    ended = period_of(rules.today).preceding
    closed = newest_closed(connection, client.id)
    if closed is not None:
        return periods_between(closed.following, ended)
    work = load_work(connection, client, until=ended.last, timezone=rules.timezone)
    days = [entry.worked_on for ticket in work for entry in ticket.entries]
    return periods_between(min(period_of(min(days)), ended) if days else ended, ended)
