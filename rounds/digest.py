"""`deskpost digest`: the day of the desk, the money and the mail in one letter for the director."""

import sys
from datetime import date, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from billing.nightly import nightly
from billing.takings import takings
from config.console import Json, print_document, print_json, surroundings
from config.database import transaction
from config.surroundings import Surroundings
from gateway import spool
from helpdesk.audience import address_of, directors
from helpdesk.daybook import load_day
from helpdesk.digests import Debt, Digest, MoneyFigures, Unclosed, compose_digest, digest_document
from helpdesk.messages import Address
from helpdesk.outbox import enqueue
from helpdesk.people import parse_address
from helpdesk.policy import Policy, policy_of
from helpdesk.queries import all_staff


def digest(
    context: typer.Context,
    *,
    day: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day it is about; else today.")] = "",
    to: Annotated[str, typer.Option(help="Only to this address.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print it, send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Send the director's daily mail."""
    world = surroundings(context)
    wanted = _day(day, world)
    if dry_run:
        _print_digest(world, wanted, as_json=as_json)
        return
    sent = send_digest(world, wanted, to=to)
    figures = digest_document(load_digest(world, wanted))
    receivers = ", ".join(sent) or "nobody: it was sent already"
    print_document({**figures, "sent_to": sent}, as_json=as_json, line=f"digest of {wanted} for {receivers}")


def _print_digest(world: Surroundings, day: date, *, as_json: bool) -> None:
    loaded = load_digest(world, day)
    if as_json:
        print_json(digest_document(loaded))
        return
    sys.stdout.write(compose_digest(loaded, Address("director@localhost"), policy_of(world.settings)).text)


def _day(text: str, world: Surroundings) -> date:
    if not text:
        return world.clock().astimezone(policy_of(world.settings).timezone).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"--date {text} is no day: write it as 2026-11-22"
        raise typer.BadParameter(message) from error


def load_digest(world: Surroundings, day: date) -> Digest:
    """The figures of a day, and what stands open now."""
    policy = policy_of(world.settings)
    unclosed = _unclosed(world)
    with world.engine.connect() as connection:
        return Digest(
            day=day,
            now=world.clock(),
            unclosed=unclosed,
            desk=load_day(connection, day, policy.timezone),
            money=_money(connection, day, policy),
            held=len(spool.listing(connection, "held")),
            failed=len(spool.listing(connection, "failed")),
        )


def _money(connection: Connection, day: date, policy: Policy) -> MoneyFigures:
    made = takings(connection, day=day, timezone=policy.timezone)
    debts = tuple(Debt(debtor.client, debtor.amount) for debtor in made.debtors)
    return MoneyFigures(made.today, made.month, debts, made.unprinted)


def send_digest(world: Surroundings, day: date, *, to: str = "") -> list[str]:
    """Enqueue the digest; the addresses that get it now (one that was sent already is not sent again)."""
    loaded, policy = load_digest(world, day), policy_of(world.settings)
    only = parse_address(to) if to else ""
    with transaction(world.engine) as connection:
        people = [Address(only)] if only else [address_of(card) for card in directors(all_staff(connection))]
        letters = [compose_digest(loaded, person, policy) for person in people]
        return [letter.recipient.email for letter in letters if enqueue(connection, letter, now=world.clock()) is not None]


def send_morning_digest(world: Surroundings, today: date) -> None:
    """In the morning the day that is told is yesterday."""
    send_digest(world, today - timedelta(days=1))


def _unclosed(world: Surroundings) -> tuple[Unclosed, ...]:
    """Months that have ended, have something to bill, and are not closed: something stands in the way, or a person must do it."""
    today = world.clock().astimezone(policy_of(world.settings).timezone).date()
    looks = nightly(world, today, dry_run=True)
    found = {(look.client.name, str(period)) for period, look in looks.previews if any(case.draft.lines for case in look.cases)}
    found |= {(client.name, str(period)) for client, period in looks.waiting}
    return tuple(Unclosed(client, period) for client, period in sorted(found))
