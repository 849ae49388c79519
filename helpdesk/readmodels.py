"""What other packages and people may see of the desk: frozen values, no rows."""

from dataclasses import dataclass
from datetime import date, datetime

from helpdesk.pricing import Terms, cost


@dataclass(frozen=True, slots=True)
class ClientCard:
    """A client. `rate` in kopecks per hour."""

    id: int
    name: str
    language: str
    rate: int


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A person at a client's; `role` is owner, accountant or member."""

    client_id: int
    email: str
    name: str
    role: str
    bounced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StaffCard:
    """Somebody of the studio. `pay_rate` in kopecks per hour."""

    id: int
    email: str
    name: str
    role: str
    pay_rate: int = 0


@dataclass(frozen=True, slots=True)
class WorkedTime:
    """One time entry: minutes (negative ones take back) on a day of the studio's calendar."""

    entry_id: int
    minutes: int
    worked_on: date
    staff_id: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class TicketWork:
    """A ticket with those of its time entries that a question asked for.

    `finished_on` is the last day of work on a ticket that is done or closed (without any work, the studio's day on which it
    was called so), None while it is open.
    """

    number: int
    subject: str
    client_id: int
    project: str
    status: str
    created_on: date
    finished_on: date | None
    terms: Terms
    entries: tuple[WorkedTime, ...]

    @property
    def minutes(self) -> int:
        """Minutes of the entries."""
        return sum(entry.minutes for entry in self.entries)

    @property
    def cost(self) -> int:
        """Kopecks for the entries under the ticket's terms."""
        return cost(self.minutes, self.terms)
