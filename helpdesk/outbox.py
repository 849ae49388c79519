"""The outbox: every letter that leaves is first a row here, written in the transaction of the change that caused it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, case, insert, or_, select, update

from helpdesk.messages import Address, OutgoingMessage, StoredFile
from helpdesk.models import outbox, outbox_files, thread_ids

QUEUED, SENT, FAILED = "queued", "sent", "failed"
_STANDING = select(
    outbox.c.id,
    outbox.c.recipient_email,
    outbox.c.subject,
    outbox.c.status,
    outbox.c.attempts,
    outbox.c.next_attempt_at,
    outbox.c.ticket,
    outbox.c.message_id,
    outbox.c.answer,
)


@dataclass(frozen=True, slots=True)
class Queued:
    """A letter of the outbox with where it stands."""

    id: int
    message: OutgoingMessage
    created_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a letter of the outbox stands, for people. `answer` is the relay's last word, or why there was none."""

    id: int
    to: str
    subject: str
    status: str
    attempts: int
    next_attempt_at: datetime
    ticket: int | None
    message_id: str
    answer: str


def new_message_id(ticket: int | None, domain: str) -> str:
    """A Message-ID of ours, without brackets: random, with the ticket's number for people who read headers."""
    return f"{f'ticket-{ticket}.' if ticket else ''}{uuid4().hex}@{domain}"


def enqueue(connection: Connection, message: OutgoingMessage, *, now: datetime) -> int | None:
    """Write one letter into the outbox and return its id; None where a letter with its dedupe key is there already."""
    if message.dedupe_key and _known(connection, message.dedupe_key):
        return None
    message_id = message.message_id or new_message_id(message.reply_ticket, message.sender.email.rpartition("@")[2])
    row = {
        "kind": message.kind,
        "created_at": now,
        "recipient_email": message.recipient.email,
        "recipient_name": message.recipient.name,
        "sender_email": message.sender.email,
        "sender_name": message.sender.name,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "message_id": message_id,
        "in_reply_to": message.in_reply_to,
        "references": " ".join(message.references),
        "reply_to": message.reply_to,
        "ticket": message.reply_ticket,
        "automatic": message.automatic,
        "dedupe_key": message.dedupe_key or None,
        "status": QUEUED,
        "attempts": 0,
        "next_attempt_at": now,
        "answer": "",
    }
    outbox_id: int = connection.execute(insert(outbox).values(row).returning(outbox.c.id)).scalar_one()
    _keep_files(connection, outbox_id, message.attachments)
    if message.reply_ticket:
        connection.execute(insert(thread_ids).values(message_id=message_id, ticket=message.reply_ticket, ours=True))
    return outbox_id


def _known(connection: Connection, dedupe_key: str) -> bool:
    return connection.execute(select(outbox.c.id).where(outbox.c.dedupe_key == dedupe_key)).first() is not None


def _keep_files(connection: Connection, outbox_id: int, files: Iterable[StoredFile]) -> None:
    rows = [
        {
            "outbox": outbox_id,
            "name": file.name,
            "content_type": file.content_type,
            "digest": file.digest,
            "size": file.size,
            "inline": file.inline,
            "content_id": file.content_id,
        }
        for file in files
    ]
    if rows:
        connection.execute(insert(outbox_files), rows)


def claim(connection: Connection, *, now: datetime, lease_until: datetime, limit: int) -> list[Queued]:
    """Take up to `limit` letters that are due, oldest first, and lease them; a lease that ran out may be taken again."""
    free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)
    due = (
        select(outbox)
        .where(outbox.c.status == QUEUED, outbox.c.next_attempt_at <= now, free)
        .order_by(outbox.c.next_attempt_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    ids = [row.id for row in rows]
    if ids:
        connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(leased_until=lease_until, attempts=outbox.c.attempts + 1))
    return [_queued(connection, row) for row in rows]


def lay_back(connection: Connection, ids: Iterable[int]) -> None:
    """Give letters back that were claimed and not tried."""
    for outbox_id in ids:
        values = {"leased_until": None, "attempts": outbox.c.attempts - 1}
        connection.execute(update(outbox).where(outbox.c.id == outbox_id, outbox.c.status == QUEUED).values(values))


def listing(connection: Connection, status: str = "") -> list[Standing]:
    """The letters of a status, or all, oldest first."""
    wanted = _STANDING.order_by(outbox.c.id)
    return [Standing(*row) for row in connection.execute(wanted.where(outbox.c.status == status) if status else wanted)]


def standing(connection: Connection, outbox_id: int) -> Standing | None:
    """Where one letter stands."""
    row = connection.execute(_STANDING.where(outbox.c.id == outbox_id)).first()
    return None if row is None else Standing(*row)


def load(connection: Connection, outbox_id: int) -> Queued | None:
    """One letter of the outbox, by id."""
    row = connection.execute(select(outbox).where(outbox.c.id == outbox_id)).first()
    return None if row is None else _queued(connection, row)


def _queued(connection: Connection, row: Row[tuple[object, ...]]) -> Queued:
    files = connection.execute(select(outbox_files).where(outbox_files.c.outbox == row.id).order_by(outbox_files.c.id)).all()
    message = OutgoingMessage(
        kind=row.kind,
        recipient=Address(row.recipient_email, row.recipient_name),
        sender=Address(row.sender_email, row.sender_name),
        subject=row.subject,
        text=row.text,
        html=row.html,
        message_id=row.message_id,
        in_reply_to=row.in_reply_to,
        references=tuple(row.references.split()),
        reply_ticket=row.ticket,
        reply_to=row.reply_to,
        attachments=tuple(StoredFile(f.name, f.content_type, f.digest, f.size, f.inline, f.content_id) for f in files),
        automatic=row.automatic,
        dedupe_key=row.dedupe_key or "",
    )
    return Queued(row.id, message, row.created_at, row.attempts)


def mark_sent(connection: Connection, outbox_id: int, *, at: datetime, answer: str) -> None:
    """The relay took the letter; `answer` is its words."""
    _mark(connection, outbox_id, status=SENT, sent_at=at, answer=answer)


def mark_deferred(connection: Connection, outbox_id: int, *, next_attempt_at: datetime, answer: str) -> None:
    """The relay said «later»; a letter that another sender got through in the meantime stays sent."""
    _mark(connection, outbox_id, outbox.c.status != SENT, status=QUEUED, next_attempt_at=next_attempt_at, answer=answer)


def mark_failed(connection: Connection, outbox_id: int, *, answer: str) -> None:
    """The letter cannot be sent; a person must look."""
    _mark(connection, outbox_id, outbox.c.status != SENT, status=FAILED, answer=answer)


def retry(connection: Connection, outbox_id: int, *, now: datetime) -> bool:
    """Queue a failed or waiting letter again, at once; False where there is none that was not sent.

    What a sender has in hand stays in his hand: two senders would send it twice.
    """
    in_hand = case((outbox.c.leased_until > now, outbox.c.leased_until), else_=None)
    statement = (
        update(outbox)
        .where(outbox.c.id == outbox_id, outbox.c.status != SENT)
        .values(status=QUEUED, next_attempt_at=now, leased_until=in_hand, attempts=0)
    )
    return bool(connection.execute(statement).rowcount)


def _mark(connection: Connection, outbox_id: int, *conditions: ColumnElement[bool], **values: object) -> None:
    connection.execute(update(outbox).where(outbox.c.id == outbox_id, *conditions).values(leased_until=None, **values))
