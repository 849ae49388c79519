"""What the desk knew when a letter came: everything that a decision may look at. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from helpdesk.messages import Address
from helpdesk.pricing import Terms, cost
from helpdesk.readmodels import ClientCard, ContactCard, StaffCard
from helpdesk.workflow import Kind, Status


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as a value. `minutes` is all time ever logged; message ids have no brackets and may be empty."""

    number: int
    subject: str
    status: Status
    created_at: datetime
    requester: Address
    kind: Kind = Kind.REQUEST
    client: ClientCard | None = None
    project_id: int | None = None
    project: str = ""
    assignee: StaffCard | None = None
    participants: tuple[Address, ...] = ()
    started_at: datetime | None = None
    done_at: datetime | None = None
    closed_at: datetime | None = None
    parent: int | None = None
    price: int | None = None
    discount_percent: int = 0
    discount_amount: int = 0
    warranty: bool = False
    minutes: int = 0
    first_message_id: str = ""
    last_message_id: str = ""

    @property
    def terms(self) -> Terms:
        """How the ticket is paid."""
        rate = self.client.rate if self.client else 0
        return Terms(rate, self.price, self.discount_percent, self.discount_amount, self.warranty)

    @property
    def cost(self) -> int:
        """Kopecks for all the time so far."""
        return cost(self.minutes, self.terms)


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote: somebody of the studio, a client's contact, or a stranger (both None). `removed`: he was one of them and may not write."""

    address: Address
    staff: StaffCard | None = None
    contact: ContactCard | None = None
    removed: bool = False

    @property
    def known(self) -> bool:
        """Whether the desk knows this address."""
        return self.staff is not None or self.contact is not None


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A site of a client; `address` is the recipient address that belongs to it."""

    id: int
    client_id: int
    domain: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """How an earlier copy of the letter was handled."""

    reason: str
    ticket: int | None


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket in a short list."""

    number: int
    subject: str
    status: Status
    client: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The store's answer to the clues. `today` is the studio's day; `day_minutes` the sender's logged minutes by day.

    `own_letters`: the subjects of those letters of ours, by Message-ID, that the letter reports about. `own_addresses`: the studio's,
    to which none of our letters may go. `seen`: what client and studio wrote to one another in the ticket at hand, folded, where the
    letter answers between quoted lines. `tried_before`: the letter was held, and is tried again.
    """

    now: datetime
    today: date
    next_ticket: int
    sender: Person
    past: Past | None = None
    tried_before: bool = False
    client: ClientCard | None = None
    forwarded: Person | None = None
    forwarded_client: ClientCard | None = None
    claimed: Ticket | None = None
    referenced: tuple[Ticket, ...] = ()
    named: Ticket | None = None
    reported: Ticket | None = None
    staff: tuple[StaffCard, ...] = ()
    projects: tuple[ProjectCard, ...] = ()
    contacts: Mapping[int, tuple[ContactCard, ...]] = field(default_factory=dict)
    clients: Mapping[int, ClientCard] = field(default_factory=dict)
    day_minutes: Mapping[date, int] = field(default_factory=dict)
    own_tickets: tuple[TicketLine, ...] = ()
    shown: Mapping[int, Ticket] = field(default_factory=dict)
    recent_acknowledgements: int = 0
    own_letters: Mapping[str, str] = field(default_factory=dict)
    own_addresses: frozenset[str] = frozenset()
    seen: str = ""
