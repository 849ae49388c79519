"""What a decision may do: a closed union of changes, the notices that go out, and the decision itself. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from helpdesk.messages import Address
from helpdesk.snapshot import Ticket
from helpdesk.workflow import Kind, Status


@dataclass(frozen=True, slots=True)
class AddMessage:
    """Keep the letter as a message: direction in, out or note. `with_files`: its attachments too."""

    direction: str
    sender: Address
    text: str
    quoted: str = ""
    signature: str = ""
    with_files: bool = True


@dataclass(frozen=True, slots=True)
class LogTime:
    """Book minutes (negative: take back) of a staff member on a day."""

    staff_id: int
    minutes: int
    worked_on: date
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Move the ticket to a status."""

    status: Status


@dataclass(frozen=True, slots=True)
class Assign:
    """Give the ticket to a staff member."""

    staff_id: int


@dataclass(frozen=True, slots=True)
class SetPrice:
    """A fixed price in kopecks; None: by the hour again."""

    price: int | None


@dataclass(frozen=True, slots=True)
class SetDiscount:
    """A discount: whole percent, or kopecks once."""

    percent: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class SetWarranty:
    """Warranty work is not billed."""

    on: bool


@dataclass(frozen=True, slots=True)
class AddParticipant:
    """Somebody who gets the ticket's letters too."""

    address: Address


@dataclass(frozen=True, slots=True)
class RemoveParticipant:
    """Somebody who gets them no longer."""

    email: str


@dataclass(frozen=True, slots=True)
class MarkBounced:
    """Letters to this contact come back."""

    email: str


@dataclass(frozen=True, slots=True)
class MarkReturned:
    """A letter of ours, by its Message-ID, came back; `answer` is why."""

    message_id: str
    answer: str


Change = (
    AddMessage
    | LogTime
    | SetStatus
    | Assign
    | SetPrice
    | SetDiscount
    | SetWarranty
    | AddParticipant
    | RemoveParticipant
    | MarkBounced
    | MarkReturned
)


@dataclass(frozen=True, slots=True)
class OnTicket:
    """The decision is about a ticket that exists."""

    number: int


@dataclass(frozen=True, slots=True)
class NewTicket:
    """The decision opens a ticket; its number comes from the snapshot."""

    number: int
    subject: str
    requester: Address
    kind: Kind = Kind.REQUEST
    client_id: int | None = None
    project_id: int | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class NoTicket:
    """The decision is about no ticket."""


Target = OnTicket | NewTicket | NoTicket


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter to be rendered from the template `kind`. `values` are what the template sees beside the ticket.

    `with_files`: the letter's attachments travel on. `sender_name`: whose name stands before the support address.
    """

    kind: str
    recipient: Address
    language: str
    ticket: Ticket | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    sender_name: str = ""
    in_reply_to: str = ""
    with_files: bool = False
    automatic: bool = True
    dedupe_key: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a letter leads to, in one transaction. `held`: kept for a person to look at. `reason` is one word for logs and tests."""

    reason: str
    target: Target = field(default_factory=NoTicket)
    changes: tuple[Change, ...] = ()
    notices: tuple[Notice, ...] = ()
    held: bool = False
