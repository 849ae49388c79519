"""Closing a period: number, freeze and post a client's documents in one short transaction. Nothing is printed here.

A client's period is closed once in its life, also when there was nothing to bill; the constraints hold that, whoever comes second.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from billing.checks import Case, Level, Problem, is_blocked, problems
from billing.issuing import Issue, put_documents
from billing.periods import Period
from billing.store import CARRIED, is_closed, load_cases, newest_closed, put_closing
from config.database import transaction
from config.settings import Settings
from helpdesk.readmodels import ClientCard

T = TypeVar("T")
Track = Callable[[Sequence[T]], Iterable[T]]


class Outcome(StrEnum):
    """What became of a client's period."""

    ISSUED = "issued"
    NOTHING = "nothing"
    CARRIED = "carried"
    BLOCKED = "blocked"
    ALREADY = "already"
    OLDER = "older"


@dataclass(frozen=True, slots=True)
class Occasion:
    """The moment and the rules of a close. `today` is the studio's day; `due_days` from it till an invoice is to be paid.

    `locks_empty`: a month that brings nothing is closed too, so that late time goes to the next one.
    """

    now: datetime
    today: date
    timezone: ZoneInfo
    due_days: int
    vat: str
    locks_empty: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """What a period would bring a client, and what stands in the way."""

    client: ClientCard
    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ClientClose:
    """What became of one client's period; `documents` are ids, invoice before act."""

    client: ClientCard
    period: Period
    outcome: Outcome
    documents: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()


def occasion(settings: Settings, *, now: datetime, today: date) -> Occasion:
    """The rules of this studio on a day."""
    return Occasion(now, today, ZoneInfo(settings.studio.timezone), settings.billing.invoice_due_days, settings.billing.vat)


def preview(connection: Connection, client: ClientCard, period: Period, rules: Occasion) -> Preview:
    """What a close would do now; any period may be looked at."""
    cases = load_cases(connection, client, period, timezone=rules.timezone, vat=rules.vat)
    return Preview(client, cases, _found(cases))


def _found(cases: Iterable[Case]) -> tuple[Problem, ...]:
    """The problems of all cases, each said once."""
    found: list[Problem] = []
    for case in cases:
        found.extend(problem for problem in problems(case) if problem not in found)
    return tuple(found)


def close_clients(
    engine: Engine, clients: Sequence[ClientCard], period: Period, rules: Occasion, *, track: Track[ClientCard] = iter
) -> tuple[ClientClose, ...]:
    """Close a period for each client, one transaction a client: one who cannot be closed holds up nobody."""
    return tuple(close_client(engine, client, period, rules) for client in track(clients))


def close_client(engine: Engine, client: ClientCard, period: Period, rules: Occasion) -> ClientClose:
    """Close a client's period."""
    try:
        with transaction(engine) as connection:
            return _close(connection, client, period, rules)
    except IntegrityError:
        with transaction(engine) as connection:
            if is_closed(connection, client.id, period):
                return ClientClose(client, period, Outcome.ALREADY)
        raise


def _close(connection: Connection, client: ClientCard, period: Period, rules: Occasion) -> ClientClose:
    closed = newest_closed(connection, client.id)
    if closed is not None and closed >= period:
        return _closed_before(connection, client, period, closed)
    looked_at = preview(connection, client, period, rules)
    result = ClientClose(client, period, Outcome.BLOCKED, problems=looked_at.problems)
    if is_blocked(looked_at.problems):
        return result
    due = [case for case in looked_at.cases if case.draft.lines and not case.draft.carried]
    outcome = _outcome(looked_at.cases)
    if outcome is Outcome.NOTHING and not rules.locks_empty:
        return replace(result, outcome=outcome)
    closing_id = put_closing(connection, client.id, period, outcome, now=rules.now)
    issue = Issue(client, closing_id, rules.now, rules.today + timedelta(days=rules.due_days))
    issued = [put_documents(connection, case, issue) for case in due]
    return replace(result, outcome=outcome, documents=tuple(number for pair in issued for number in pair))


def _outcome(cases: Iterable[Case]) -> Outcome:
    """What the closing remembers: that something was carried matters most, for its fee is owed yet."""
    if any(case.draft.carried for case in cases):
        return Outcome(CARRIED)
    return Outcome.ISSUED if any(case.draft.lines for case in cases) else Outcome.NOTHING


def _closed_before(connection: Connection, client: ClientCard, period: Period, closed: Period) -> ClientClose:
    if is_closed(connection, client.id, period):
        return ClientClose(client, period, Outcome.ALREADY)
    older = Problem(Level.WARNING, "older_than_closed", {"client": client.name, "closed": str(closed)})
    return ClientClose(client, period, Outcome.OLDER, problems=(older,))
