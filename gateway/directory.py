"""What the gateway asks the desk before a letter is handed in: which addresses are ours, who may be meant, who is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine

from config.database import reading
from config.settings import Settings, Studio
from helpdesk import correspondents

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Directory:
    """Questions to the desk; each is one short read of the database.

    `our_addresses`: every address that letters are taken for, lower-case. `people_of_ticket`: who may have been handed a
    reply address of it. `is_known`: staff or contact.
    """

    our_addresses: Callable[[], frozenset[str]]
    people_of_ticket: Callable[[int], tuple[str, ...]]
    is_known: Callable[[str], bool]


def open_directory(engine: Engine, settings: Settings) -> Directory:
    """The directory of the desk in this database."""
    own = _own_addresses(settings.studio)

    def ask(question: Callable[[Connection], Answer]) -> Answer:
        with reading(engine) as connection:
            return question(connection)

    return Directory(
        our_addresses=lambda: own | ask(correspondents.project_addresses),
        people_of_ticket=lambda number: ask(lambda connection: correspondents.people_of_ticket(connection, number)),
        is_known=lambda email: ask(lambda connection: correspondents.is_known(connection, email)),
    )


def _own_addresses(studio: Studio) -> frozenset[str]:
    """The studio's own, and the postmaster whom every domain with a mail server has (RFC 5321 §4.5.1)."""
    given = [address.lower() for address in (studio.support_address, studio.billing_address) if address]
    return frozenset((*given, *(f"postmaster@{address.rpartition('@')[2]}" for address in given)))
