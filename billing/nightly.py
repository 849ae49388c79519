"""The night: close what has ended, print what is issued, write the letters. Safe to run any number of times."""

from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class NightlyReport:
    """What a night did: every close that was tried, and the printer's run; on a dry run what would have been closed."""

    day: date
    closes: tuple[ClientClose, ...] = ()
    printed: PrintReport = field(default_factory=PrintReport)
    previews: tuple[tuple[Period, Preview], ...] = ()

    @property
    def blocked(self) -> tuple[ClientClose, ...]:
        """Clients whose period waits for somebody to mend something."""
        return tuple(close for close in self.closes if close.outcome is Outcome.BLOCKED)


def nightly(surroundings: Surroundings, day: date, *, dry_run: bool = False) -> NightlyReport:
    """Close every month that ended before the studio's `day` and is open, client by client, oldest first; then print.

    A client who is blocked in one month waits with the later ones, so that his documents keep their order.
    """
    rules = occasion(surroundings.settings, now=surroundings.clock(), today=day)
    with transaction(surroundings.engine) as connection:
        plan = [(client, _open_periods(connection, client, rules)) for client in all_clients(connection)]
        if dry_run:
            looks = tuple((period, preview(connection, client, period, rules)) for client, periods in plan for period in periods)
            return NightlyReport(day, previews=looks)
    closes = tuple(close for client, periods in plan for close in _close_in_order(surroundings, client, periods, rules))
    return NightlyReport(day, closes, print_pending(surroundings))


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
    """The months from the one after the client's last close (else his earliest work, else the last one) to the one that has just ended."""
    ended = period_of(rules.today).preceding
    closed = newest_closed(connection, client.id)
    if closed is not None:
        return periods_between(closed.following, ended)
    work = load_work(connection, client, until=ended.last, timezone=rules.timezone)
    days = [entry.worked_on for ticket in work for entry in ticket.entries]
    return periods_between(min(period_of(min(days)), ended) if days else ended, ended)
