"""What the verbs of billing read from the command line: sums, dates, months, clients. What cannot be read is a usage error."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection

from billing.parties import LegalEntity
from billing.periods import NotAPeriod, Period, parse_period
from billing.registry import STUDIO, matching_entities
from config.console import Refused
from helpdesk.money import parse_money
from helpdesk.queries import all_clients, find_client
from helpdesk.readmodels import ClientCard

T = TypeVar("T")


def _sum(text: str) -> int:
    amount = parse_money(text)
    if amount is None:
        message = f"«{text}» is not a sum: write 4000, 4000.50 or «4 000,50», up to twenty million"
        raise typer.BadParameter(message)
    return amount


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"«{text}» is not a date: write it as 2026-10-31"
        raise typer.BadParameter(message) from error


def _month(text: str) -> Period:
    try:
        return parse_period(text)
    except NotAPeriod as error:
        raise typer.BadParameter(str(error)) from error


MONTH = {"parser": _month, "metavar": "MONTH"}
Month = Annotated[Period, typer.Argument(help="A month, as 2026-10.", **MONTH)]
ClientOption = Annotated[str, typer.Option("--client", help="Only this client.")]
SUM = {"parser": _sum, "metavar": "RUBLES"}
DAY = {"parser": _day, "metavar": "DATE"}


def the_client(connection: Connection, word: str) -> ClientCard:
    """The client that a word names."""
    client = find_client(connection, word)
    if client is None:
        message = f"there is no client «{word}»: see `deskpost client list`"
        raise Refused(message)
    return client


def the_clients(connection: Connection, word: str) -> tuple[ClientCard, ...]:
    """The client that a word names, or all where it is empty."""
    return (the_client(connection, word),) if word else all_clients(connection)


def the_entity(connection: Connection, word: str) -> LegalEntity:
    """The one legal entity that a word names."""
    found = matching_entities(connection, word)
    if len(found) == 1:
        return found[0]
    if not found:
        message = f"there is no legal entity «{word}»: see `deskpost entity list`"
        raise Refused(message)
    listed = ", ".join(f"{entity.id} ({entity.requisites.name}, ИНН {entity.requisites.inn})" for entity in found)
    message = f"«{word}» may be any of {listed}: name it by its id"
    raise Refused(message)


def owner_name(connection: Connection, entity: LegalEntity) -> str:
    """The client whose entity it is, or «studio»."""
    return next((card.name for card in all_clients(connection) if card.id == entity.client_id), STUDIO)


def progress(items: Sequence[T], title: str) -> Iterable[T]:
    """The items, with a bar on a terminal and none elsewhere."""
    console = Console(stderr=True)
    return track(items, title, console=console, transient=True, disable=not console.is_terminal)
