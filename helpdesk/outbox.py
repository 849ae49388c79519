"""The outbox: every letter that leaves is first a row here, written in the transaction of the change that caused it.

A row is one letter to one recipient: queued, then sent, failed (by the relay or by itself) or bounced (a delivery report
came). «Deferred» is a queued letter that has an answer already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, insert, literal, select, update

from helpdesk.messages import Address, OutgoingMessage, StoredFile
from helpdesk.models import outbox, outbox_files, thread_ids

QUEUED, SENT, FAILED, BOUNCED, DEFERRED = "queued", "sent", "failed", "bounced", "deferred"
STATUSES = (QUEUED, DEFERRED, SENT, FAILED, BOUNCED)
_WAITING = outbox.c.status == QUEUED
_PUT_OFF = and_(_WAITING, outbox.c.answer != "")
# Where a letter stands, for people; and since when.
SHOWN_STATUS = case((_PUT_OFF, DEFERRED), else_=outbox.c.status).label("status")
SHOWN_AT = func.coalesce(outbox.c.answered_at, outbox.c.sent_at, outbox.c.created_at, type_=outbox.c.created_at.type).label("at")
_STANDING: Select[Any] = select(
    outbox.c.id,
    outbox.c.recipient_email,
    outbox.c.subject,
    SHOWN_STATUS,
    outbox.c.attempts,
    outbox.c.next_attempt_at,
    outbox.c.ticket,
    outbox.c.message_id,
    outbox.c.answer,
    SHOWN_AT,
)


@dataclass(frozen=True, slots=True)
class Queued:
    """A letter of the outbox with where it stands. `tried_since`: when it was first shown to the relay, or last queued anew.

    `unanswered` ones were in hand before, and whoever had them died of it, or by the way.
    """

    id: int
    message: OutgoingMessage
    created_at: datetime
    attempts: int
    tried_since: datetime | None = None
    unanswered: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a letter of the outbox stands, for people, and since when. `answer` is the relay's last word, or why there was none."""

    id: int
    to: str
    subject: str
    status: str
    attempts: int
    next_attempt_at: datetime
    ticket: int | None
    message_id: str
    answer: str
    at: datetime


def new_message_id(ticket: int | None, domain: str) -> str:
    """A Message-ID of ours, without brackets: random, with the ticket's number for people who read headers."""
    return f"{f'ticket-{ticket}.' if ticket else ''}{uuid4().hex}@{domain}"


def enqueue(connection: Connection, message: OutgoingMessage, *, now: datetime, caused_by: int | None = None) -> int | None:
    """Write one letter into the outbox and return its id; None where a letter with its dedupe key is there already.

    `caused_by` is the message of a ticket because of which it goes out.
    """
    return next(iter(enqueue_all(connection, (message,), now=now, caused_by=caused_by)), None)


def enqueue_all(connection: Connection, messages: Iterable[OutgoingMessage], *, now: datetime, caused_by: int | None = None) -> list[int]:
    """The same for several at once; the ids of those that were written."""
    new: dict[str, OutgoingMessage] = {}
    for number, message in enumerate(messages):
        if not (message.dedupe_key and _known(connection, message.dedupe_key)):
            new.setdefault(message.dedupe_key or f"{number}", message)
    if not new:
        return []
    rows = [_row(message, now=now, caused_by=caused_by) for message in new.values()]
    ids: list[int] = list(connection.execute(_PUT, rows).scalars())
    for outbox_id, message in zip(ids, new.values(), strict=True):
        _keep_files(connection, outbox_id, message.attachments)
    threads = [{"message_id": row["message_id"], "ticket": row["ticket"], "ours": True} for row in rows if row["ticket"]]
    if threads:
        connection.execute(_PUT_THREAD, threads)
    return ids


_PUT = insert(outbox).returning(outbox.c.id, sort_by_parameter_order=True)
_PUT_FILE, _PUT_THREAD = insert(outbox_files), insert(thread_ids)


def _row(message: OutgoingMessage, *, now: datetime, caused_by: int | None) -> dict[str, object]:
    return {
        "kind": message.kind,
        "created_at": now,
        "recipient_email": message.recipient.email,
        "recipient_name": _storable(message.recipient.name),
        "sender_email": message.sender.email,
        "sender_name": _storable(message.sender.name),
        "subject": _storable(message.subject),
        "text": _storable(message.text),
        "html": _storable(message.html),
        "message_id": message.message_id or new_message_id(message.reply_ticket, message.sender.email.rpartition("@")[2]),
        "in_reply_to": message.in_reply_to,
        "references": " ".join(message.references),
        "reply_to": message.reply_to,
        "ticket": message.reply_ticket,
        "caused_by": caused_by,
        "automatic": message.automatic,
        "dedupe_key": message.dedupe_key or None,
        "status": QUEUED,
        "attempts": 0,
        "next_attempt_at": now,
        "answer": "",
    }


def _storable(text: str) -> str:
    """Text that every database takes: no surrogates, no NUL. A letter may hold them, a decision may not fail by them."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def _known(connection: Connection, dedupe_key: str) -> bool:
    return connection.execute(select(outbox.c.id).where(outbox.c.dedupe_key == dedupe_key)).first() is not None


def _keep_files(connection: Connection, outbox_id: int, files: Iterable[StoredFile]) -> None:
    rows = [
        {
            "outbox": outbox_id,
            "name": _storable(file.name),
            "content_type": file.content_type,
            "digest": file.digest,
            "size": file.size,
            "inline": file.inline,
            "content_id": file.content_id,
        }
        for file in files
    ]
    if rows:
        connection.execute(_PUT_FILE, rows)


def claim(connection: Connection, *, now: datetime, lease_until: datetime, limit: int, holder: str) -> list[Queued]:
    """Take up to `limit` letters that are due in hand, oldest first.

    While a letter of a ticket to somebody is in another's hand, the later ones to him wait: they would overtake it.
    """
    earlier = outbox.alias("earlier")
    in_hand = (earlier.c.leased_by.is_not(None), earlier.c.ticket == outbox.c.ticket, earlier.c.recipient_email == outbox.c.recipient_email)
    due = (
        select(outbox)
        .where(_WAITING, outbox.c.next_attempt_at <= now, outbox.c.leased_by.is_(None), ~exists().where(*in_hand))
        .order_by(outbox.c.next_attempt_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=outbox)
    )
    rows = _company(connection.execute(due).all())
    lease = {"leased_by": holder, "leased_until": lease_until, "attempts": outbox.c.attempts + 1, "tried_since": _since(now)}
    connection.execute(update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(lease))
    return [_queued(connection, row) for row in rows]


def _company(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Letters that may be in hand together, in their order: one with which a sender died is alone, so that it takes no others along."""
    if rows and _is_unanswered(rows[0]):
        return list(rows[:1])
    return sorted((row for row in rows if not _is_unanswered(row)), key=lambda row: int(row.id))


def _is_unanswered(row: Row[Any]) -> bool:
    return bool(row.attempts and not row.answer)


def _since(now: datetime) -> ColumnElement[datetime]:
    return func.coalesce(outbox.c.tried_since, literal(now, outbox.c.tried_since.type), type_=outbox.c.tried_since.type)


def holders(connection: Connection) -> list[tuple[str, datetime]]:
    """Who has letters in hand, and till when."""
    leases = select(outbox.c.leased_by, func.max(outbox.c.leased_until, type_=outbox.c.leased_until.type))
    rows = connection.execute(leases.where(outbox.c.leased_by.is_not(None)).group_by(outbox.c.leased_by))
    return [(row[0], row[1]) for row in rows]


def free(connection: Connection, holder: str) -> list[tuple[int, int]]:
    """Take everything out of somebody's hand; which letters those were, and their attempts, which stay counted."""
    held = update(outbox).where(outbox.c.leased_by == holder).values(_LAID_DOWN).returning(outbox.c.id, outbox.c.attempts)
    return sorted((row.id, row.attempts) for row in connection.execute(held))


def postpone(connection: Connection, outbox_id: int, next_attempt_at: datetime) -> None:
    """Let a letter wait, without a word about it."""
    connection.execute(update(outbox).where(outbox.c.id == outbox_id, _WAITING).values(next_attempt_at=next_attempt_at))


def lay_back(connection: Connection, ids: Iterable[int], *, holder: str) -> None:
    """Give letters back that were claimed and not tried."""
    for outbox_id in ids:
        mine = (outbox.c.id == outbox_id, outbox.c.leased_by == holder)
        connection.execute(update(outbox).where(*mine).values(attempts=outbox.c.attempts - 1, **_LAID_DOWN))


_LAID_DOWN: dict[str, None] = {"leased_by": None, "leased_until": None}


def tried_since(connection: Connection, start: datetime, now: datetime) -> int:
    """How many letters had an answer since then or are in hand now, whoever tried them."""
    answered = and_(outbox.c.answered_at > start, outbox.c.answered_at <= now)
    counts = (select(func.count()).where(condition).scalar_subquery() for condition in (answered, outbox.c.leased_by.is_not(None)))
    return sum(connection.execute(select(*counts)).one())


def listing(connection: Connection, status: str = "") -> list[Standing]:
    """The letters of a status, or all, oldest first; the queued ones are all that wait, deferred or not."""
    wanted = _STANDING.order_by(outbox.c.id)
    asked = _PUT_OFF if status == DEFERRED else outbox.c.status == status
    return [Standing(*row) for row in connection.execute(wanted.where(asked) if status else wanted)]


def standing(connection: Connection, outbox_id: int) -> Standing | None:
    """Where one letter stands."""
    row = connection.execute(_STANDING.where(outbox.c.id == outbox_id)).first()
    return None if row is None else Standing(*row)


def load(connection: Connection, outbox_id: int) -> Queued | None:
    """One letter of the outbox, by id."""
    row = connection.execute(select(outbox).where(outbox.c.id == outbox_id)).first()
    return None if row is None else _queued(connection, row)


def _queued(connection: Connection, row: Row[Any]) -> Queued:
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
    return Queued(row.id, message, row.created_at, row.attempts, row.tried_since, _is_unanswered(row))


def mark_sent(connection: Connection, outbox_id: int, *, at: datetime, answer: str) -> None:
    """The relay took the letter, whoever holds it now; `answer` is its words. A delivery report may have been faster."""
    _mark(connection, outbox_id, outbox.c.status != BOUNCED, status=SENT, sent_at=at, answered_at=at, answer=answer)


def mark_deferred(connection: Connection, outbox_id: int, *, at: datetime, next_attempt_at: datetime, answer: str, holder: str) -> None:
    """The relay said «later»."""
    mine = (_WAITING, outbox.c.leased_by == holder)
    _mark(connection, outbox_id, *mine, next_attempt_at=next_attempt_at, answered_at=at, answer=answer)


def mark_waiting(connection: Connection, outbox_id: int, *, at: datetime, answer: str, holder: str) -> None:
    """There is no relay to be talked to: the letter keeps its place and its count, and for all that is due the days begin to run."""
    mine = (_WAITING, outbox.c.leased_by == holder)
    _mark(connection, outbox_id, *mine, answered_at=at, answer=answer, attempts=outbox.c.attempts - 1)
    due = (_WAITING, outbox.c.next_attempt_at <= at, outbox.c.tried_since.is_(None))
    connection.execute(update(outbox).where(*due).values(tried_since=at))


def mark_failed(connection: Connection, outbox_id: int, *, at: datetime, answer: str, holder: str) -> bool:
    """The letter cannot be sent, and a person must look; false where it is in this hand no more."""
    return _mark(connection, outbox_id, _WAITING, outbox.c.leased_by == holder, status=FAILED, answered_at=at, answer=answer)


def mark_bounced(connection: Connection, message_id: str, *, at: datetime, answer: str) -> bool:
    """A delivery report says that the letter with this Message-ID came back; false where there is none of ours."""
    statement = update(outbox).where(outbox.c.message_id == message_id)
    values = {"status": BOUNCED, "answered_at": at, "answer": _storable(answer), **_LAID_DOWN}
    return bool(connection.execute(statement.values(values)).rowcount)


def retry(connection: Connection, outbox_id: int, *, now: datetime) -> bool:
    """Queue a letter that failed, bounced or waits again, at once and for as long as a new one; False where none was not sent.

    What a sender has in hand stays in his hand: two senders would send it twice.
    """
    statement = (
        update(outbox)
        .where(outbox.c.id == outbox_id, outbox.c.status != SENT)
        .values(status=QUEUED, next_attempt_at=now, attempts=0, tried_since=None, answer="")
    )
    return bool(connection.execute(statement).rowcount)


def _mark(connection: Connection, outbox_id: int, *conditions: ColumnElement[bool], **values: object) -> bool:
    statement = update(outbox).where(outbox.c.id == outbox_id, *conditions).values(**_LAID_DOWN, **values)
    return bool(connection.execute(statement).rowcount)
