"""The gateway's tables: the spool, its raw letters, and how far each mailbox was read. Rows, no behaviour."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from config.database import UtcDateTime, table_of


class SpoolStatus(StrEnum):
    """Where a raw letter stands: waiting or in hand, handled, set aside by the desk, set aside by an error."""

    QUEUED = "queued"
    DONE = "done"
    HELD = "held"
    FAILED = "failed"


class SpoolRow(SQLModel, table=True):
    """A letter as it came in. `envelope_to` is a JSON list; `peer` the sending host's address, empty where there is none.

    `attempts` counts how often it was taken in hand; `leased_by` names who has it in hand, till `leased_until`.
    """

    __tablename__ = "spool"
    __table_args__ = (
        Index("ix_spool_queued", "id", sqlite_where=text("status = 'queued'"), postgresql_where=text("status = 'queued'")),
        Index("ix_spool_aside", "status", "id", sqlite_where=text("status <> 'done'"), postgresql_where=text("status <> 'done'")),
    )

    id: int | None = Field(default=None, primary_key=True)
    received_at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))
    door: str
    peer: str = ""
    envelope_from: str = ""
    envelope_to: str = "[]"
    digest: str
    size: int
    status: str = SpoolStatus.QUEUED
    attempts: int = 0
    reason: str = ""
    ticket: int | None = None
    leased_by: str = ""
    leased_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime(), nullable=True))


class RawLetterRow(SQLModel, table=True):
    """A letter's bytes, unchanged and kept for good; apart from `spool`, so that a change of status rewrites no megabytes."""

    __tablename__ = "raw_letter"

    spool_id: int | None = Field(default=None, primary_key=True, foreign_key="spool.id")
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MailboxRow(SQLModel, table=True):
    """How far an IMAP folder was read: every UID up to `last_uid` of this UIDVALIDITY is in the spool."""

    __tablename__ = "mailbox"
    __table_args__ = (UniqueConstraint("name"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    uid_validity: int = Field(sa_type=BigInteger)
    last_uid: int = Field(sa_type=BigInteger)


spool = table_of(SpoolRow)
raw_letters = table_of(RawLetterRow)
mailboxes = table_of(MailboxRow)
