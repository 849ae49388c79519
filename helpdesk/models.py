"""The desk's tables: rows, no relationships, no behaviour."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from config.database import UtcDateTime, table_of
from helpdesk.roles import ContactRole


def _moment(*, nullable: bool = False, index: bool = False) -> Column[datetime]:
    return Column(UtcDateTime(), nullable=nullable, index=index)


class ClientRow(SQLModel, table=True):
    """A client (клиент). `rate` is kopecks per hour."""

    __tablename__ = "client"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    language: str
    rate: int = Field(ge=0)
    created_at: datetime = Field(sa_column=_moment())
    active: bool = True


class ContactRow(SQLModel, table=True):
    """A person at a client's who may write. `bounced_at`: since when letters to him come back."""

    __tablename__ = "contact"

    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id", index=True)
    email: str = Field(unique=True)
    name: str = ""
    role: str = ContactRole.MEMBER
    bounced_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    active: bool = True


class ProjectRow(SQLModel, table=True):
    """A site (сайт). `address` is the recipient address that belongs to it, empty for none."""

    __tablename__ = "project"

    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id", index=True)
    domain: str = Field(unique=True)
    address: str = Field(default="", index=True)


class StaffRow(SQLModel, table=True):
    """Somebody of the studio. `pay_rate` is kopecks per hour."""

    __tablename__ = "staff"

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    name: str
    role: str
    pay_rate: int = 0
    active: bool = True


class TicketRow(SQLModel, table=True):
    """A ticket (заявка). Money in kopecks; `discount_percent` in whole percent; `subject` without tokens."""

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("discount_percent BETWEEN 0 AND 100"),
        CheckConstraint("discount_amount >= 0"),
        CheckConstraint("price IS NULL OR price >= 0"),
        Index("ix_ticket_status_client", "status", "client_id"),
    )

    number: int | None = Field(default=None, primary_key=True)
    subject: str
    kind: str
    status: str
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    project_id: int | None = Field(default=None, foreign_key="project.id")
    requester_email: str = Field(index=True)
    requester_name: str = ""
    assignee_id: int | None = Field(default=None, foreign_key="staff.id", index=True)
    parent: int | None = Field(default=None, foreign_key="ticket.number")
    created_at: datetime = Field(sa_column=_moment(index=True))
    started_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    done_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True, index=True))
    closed_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    client_wrote_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    staff_wrote_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    price: int | None = None
    discount_percent: int = 0
    discount_amount: int = 0
    warranty: bool = False


class ParticipantRow(SQLModel, table=True):
    """Somebody beside the requester who gets a ticket's letters and may write to it (наблюдатель)."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("ticket", "email"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.number", index=True)
    email: str
    name: str = ""


class MessageRow(SQLModel, table=True):
    """One message of a ticket. `direction`: in (from the client), out (to the client), note (inside the studio).

    `letter` is its number in the spool; `unreadable` why it could not be shown; `sealed`: its text is encrypted.
    """

    __tablename__ = "message"

    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.number", index=True)
    direction: str
    from_email: str
    from_name: str = ""
    at: datetime = Field(sa_column=_moment(index=True))
    text: str = ""
    quoted: str = ""
    signature: str = ""
    message_id: str = ""
    fingerprint: str = Field(unique=True)
    raw_digest: str = ""
    authenticity: str
    verdict: str
    letter: int = 0
    unreadable: str = ""
    sealed: bool = False


class MessageFileRow(SQLModel, table=True):
    """A file of a message, by content hash in the file store."""

    __tablename__ = "message_file"

    id: int | None = Field(default=None, primary_key=True)
    message: int = Field(foreign_key="message.id", index=True)
    name: str
    content_type: str
    digest: str = Field(index=True)
    size: int
    inline: bool = False
    content_id: str = ""


class ThreadIdRow(SQLModel, table=True):
    """Which ticket a Message-ID belongs to: `ours` are letters that we sent, the others are claims."""

    __tablename__ = "thread_id"

    id: int | None = Field(default=None, primary_key=True)
    message_id: str = Field(index=True)
    ticket: int = Field(foreign_key="ticket.number", index=True)
    ours: bool


class TimeEntryRow(SQLModel, table=True):
    """Minutes of work (трудозатраты), never edited: a negative entry takes back."""

    __tablename__ = "time_entry"
    __table_args__ = (CheckConstraint("minutes <> 0"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.number", index=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    message: int | None = Field(default=None, foreign_key="message.id")
    minutes: int
    worked_on: date = Field(index=True)
    text: str = ""
    created_at: datetime = Field(sa_column=_moment())


class AuditRow(SQLModel, table=True):
    """Who changed what by which letter; append-only by trigger."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=_moment())
    actor: str
    action: str
    ticket: int | None = Field(default=None, index=True)
    detail: str = ""
    authenticity: str = ""
    raw_digest: str = ""


class FingerprintRow(SQLModel, table=True):
    """A letter that was handled, and how: its second copy changes nothing. `held_as`: the letter of the spool that waits for a person."""

    __tablename__ = "fingerprint"

    fingerprint: str = Field(primary_key=True)
    ticket: int | None = None
    held_as: int | None = None
    reason: str
    at: datetime = Field(sa_column=_moment())


class OutboxRow(SQLModel, table=True):
    """A letter to send. `status`: queued, sent, failed, bounced. `leased_by` has it in hand, till `leased_until`.

    `caused_by` is the message because of which it goes out; `tried_since` when its days of trying began; `answer` the relay's last
    word, and `answered_at` when that was.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "status", "next_attempt_at"),
        Index("ix_outbox_recipient", "recipient_email", "kind", "created_at"),
        Index("ix_outbox_in_hand", "leased_by", sqlite_where=text("leased_by IS NOT NULL"), postgresql_where=text("leased_by IS NOT NULL")),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    created_at: datetime = Field(sa_column=_moment())
    recipient_email: str
    recipient_name: str = ""
    sender_email: str
    sender_name: str = ""
    subject: str
    text: str
    html: str = ""
    message_id: str = Field(unique=True)
    in_reply_to: str = ""
    references: str = ""
    reply_to: str = ""
    ticket: int | None = Field(default=None, foreign_key="ticket.number", index=True)
    automatic: bool = True
    dedupe_key: str | None = Field(default=None, unique=True)
    status: str = "queued"
    attempts: int = 0
    next_attempt_at: datetime = Field(sa_column=_moment())
    leased_until: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    sent_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    answer: str = ""
    leased_by: str | None = None
    tried_since: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    answered_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True, index=True))
    caused_by: int | None = Field(default=None, index=True)


class OutboxFileRow(SQLModel, table=True):
    """A file of an outgoing letter, by content hash in the file store."""

    __tablename__ = "outbox_file"

    id: int | None = Field(default=None, primary_key=True)
    outbox: int = Field(foreign_key="outbox.id", index=True)
    name: str
    content_type: str
    digest: str
    size: int
    inline: bool = False
    content_id: str = ""


clients = table_of(ClientRow)
contacts = table_of(ContactRow)
projects = table_of(ProjectRow)
staff = table_of(StaffRow)
tickets = table_of(TicketRow)
participants = table_of(ParticipantRow)
messages = table_of(MessageRow)
message_files = table_of(MessageFileRow)
thread_ids = table_of(ThreadIdRow)
time_entries = table_of(TimeEntryRow)
audits = table_of(AuditRow)
fingerprints = table_of(FingerprintRow)
outbox = table_of(OutboxRow)
outbox_files = table_of(OutboxFileRow)
