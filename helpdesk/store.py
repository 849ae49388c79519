"""A decision into rows: ticket, message, files, time, audit, fingerprint and outgoing letters, in the caller's one transaction."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import TypeGuard, assert_never

from sqlalchemy import Connection, Update, bindparam, delete, func, insert, null, select, update

from config.database import UtcDateTime
from helpdesk.effects import (
    AddMessage,
    AddParticipant,
    Assign,
    Change,
    Decision,
    LogTime,
    MarkBounced,
    MarkReturned,
    NewTicket,
    Notice,
    NoTicket,
    OnTicket,
    RemoveParticipant,
    SetDiscount,
    SetPrice,
    SetStatus,
    SetWarranty,
)
from helpdesk.messages import InboundMessage, OutgoingMessage, StoredFile
from helpdesk.models import (
    audits,
    contacts,
    fingerprints,
    message_files,
    messages,
    participants,
    thread_ids,
    tickets,
    time_entries,
)
from helpdesk.outbox import enqueue_all, mark_bounced
from helpdesk.workflow import FINISHED, Status

Render = Callable[[Notice, tuple[StoredFile, ...]], OutgoingMessage]


class Applying:
    """One decision being written: knows the letter, the ticket's number and the message's id as soon as there are any."""

    def __init__(self, connection: Connection, message: InboundMessage, files: tuple[StoredFile, ...], now: datetime) -> None:
        """`files` are the letter's attachments, already in the file store."""
        self.connection = connection
        self.message = message
        self.files = files
        self.now = now
        self.ticket: int | None = None
        self.message_row: int | None = None

    def decision(self, decision: Decision, render: Render, *, tried_before: bool = False) -> int | None:
        """Write everything; the ticket's number, or None. `tried_before`: the letter was held, and is tried again."""
        self._target(decision)
        changes = _messages_first(decision.changes)
        for change in changes:
            self._change(change)
        if changes:
            self.connection.execute(_AUDIT, [self._audit(change) for change in changes])
        self._remember(decision, tried_before=tried_before)
        letters = [render(notice, self.files) for notice in decision.notices]
        enqueue_all(self.connection, letters, now=self.now, caused_by=self.message_row)
        return self.ticket

    def _target(self, decision: Decision) -> None:
        written = {_STAMPS[change.direction]: self.now for change in decision.changes if _is_stamped(change)}
        match decision.target:
            case OnTicket(number):
                self.ticket = number
                if written:
                    self._set(**written)
            case NewTicket() as new:
                self.ticket = self._open(new, written)
            case NoTicket():
                pass
            case _ as unreachable:
                assert_never(unreachable)

    def _open(self, new: NewTicket, written: Mapping[str, datetime]) -> int:
        row = {
            "number": new.number,
            "subject": new.subject,
            "kind": new.kind,
            "status": Status.NEW,
            "client_id": new.client_id,
            "project_id": new.project_id,
            "requester_email": new.requester.email,
            "requester_name": new.requester.name,
            "parent": new.parent,
            "created_at": self.now,
            "discount_percent": 0,
            "discount_amount": 0,
            "warranty": False,
        }
        self.connection.execute(_TICKET, {**row, **written})
        return new.number

    def _change(self, change: Change) -> None:  # noqa: C901 - one case for each change there is
        match change:
            case AddMessage():
                self._add_message(change)
            case LogTime():
                self._log_time(change)
            case SetStatus(status):
                self._set_status(status)
            case Assign(staff_id):
                self._set(assignee_id=staff_id)
            case SetPrice(price):
                self._set(price=price)
            case SetDiscount(percent, amount):
                self._set(discount_percent=percent, discount_amount=amount)
            case SetWarranty(on):
                self._set(warranty=on)
            case AddParticipant(address):
                self.connection.execute(_PARTICIPANT, {"ticket": self.ticket, "email": address.email, "name": address.name})
            case RemoveParticipant(email):
                self.connection.execute(_NO_PARTICIPANT, {"of_ticket": self.ticket, "whose": email})
            case MarkBounced(email):
                self.connection.execute(_BOUNCED, {"whose": email, "bounced_at": self.now})
            case MarkReturned(message_id, answer):
                mark_bounced(self.connection, message_id, at=self.now, answer=answer)
            case _ as unreachable:
                assert_never(unreachable)

    def _set(self, **values: object) -> None:
        self.connection.execute(_OF_TICKET, {"of_ticket": self.ticket, **values})

    def _add_message(self, change: AddMessage) -> None:
        letter, fingerprint = self.message.letter, self.message.fingerprint
        row = {
            "ticket": self.ticket,
            "direction": change.direction,
            "from_email": change.sender.email,
            "from_name": change.sender.name,
            "at": self.now,
            "text": change.text,
            "quoted": change.quoted,
            "signature": change.signature,
            "message_id": letter.message_id,
            "fingerprint": fingerprint if self.message_row is None else f"{fingerprint}:note",
            "raw_digest": self.message.raw_digest,
            "authenticity": self.message.authenticity,
            "verdict": letter.verdict,
            "letter": self.message.spool_id,
            "unreadable": letter.unreadable,
            "sealed": letter.sealed,
        }
        row_id: int = self.connection.execute(_MESSAGE, row).scalar_one()
        if self.message_row is None:
            self.message_row = row_id
            self._thread(letter.message_id)
        if change.with_files:
            self._keep_files(row_id)

    def _thread(self, message_id: str) -> None:
        if message_id:
            self.connection.execute(_THREAD, {"message_id": message_id, "ticket": self.ticket, "ours": False})

    def _keep_files(self, row_id: int) -> None:
        if self.files:
            self.connection.execute(_FILE, [{"message": row_id, **asdict(file)} for file in self.files])

    def _log_time(self, change: LogTime) -> None:
        row = {
            "ticket": self.ticket,
            "staff_id": change.staff_id,
            "message": self.message_row,
            "minutes": change.minutes,
            "worked_on": change.worked_on,
            "text": change.text,
            "created_at": self.now,
        }
        self.connection.execute(_TIME, row)

    def _set_status(self, status: Status) -> None:
        self.connection.execute(_moved_to(status), {"of_ticket": self.ticket, "at": self.now})

    def _audit(self, change: Change) -> dict[str, object]:
        letter = self.message.letter
        detail = {} if isinstance(change, AddMessage) else asdict(change)
        return {
            "at": self.now,
            "actor": letter.sender.email if letter.sender else "",
            "action": type(change).__name__,
            "ticket": self.ticket,
            "detail": json.dumps(detail, ensure_ascii=False, default=str),
            "authenticity": self.message.authenticity,
            "raw_digest": self.message.raw_digest,
        }

    def _remember(self, decision: Decision, *, tried_before: bool) -> None:
        """A handled letter is handled once; a held one may be tried again, but its copies change nothing either."""
        if decision.reason == "duplicate":
            return
        fingerprint = self.message.fingerprint
        if tried_before:
            self.connection.execute(_FORGET, {"known": fingerprint})
        values = {
            "fingerprint": fingerprint,
            "ticket": self.ticket,
            "held_as": self.message.spool_id if decision.held else None,
            "reason": decision.reason,
            "at": self.now,
        }
        self.connection.execute(_REMEMBER, values)


def _messages_first(changes: Iterable[Change]) -> list[Change]:
    """Messages before the rest, so that time entries can name the message that logged them."""
    return sorted(changes, key=lambda change: not isinstance(change, AddMessage))


def _is_stamped(change: Change) -> TypeGuard[AddMessage]:
    return isinstance(change, AddMessage) and change.direction in _STAMPS


@cache
def _moved_to(status: Status) -> Update:
    """A ticket to a status, with the moments that go with it."""
    at = bindparam("at", type_=UtcDateTime)
    started = func.coalesce(tickets.c.started_at, at) if status is Status.IN_PROGRESS else tickets.c.started_at
    return _OF_TICKET.values(
        status=status.value,
        started_at=started,
        done_at=func.coalesce(tickets.c.done_at, at) if status in FINISHED else null(),
        closed_at=at if status is Status.CLOSED else null(),
    )


def message_count(connection: Connection) -> int:
    """How many messages all tickets have."""
    return int(connection.execute(select(func.count()).select_from(messages)).scalar_one())


# The statements, made once: SQLAlchemy takes longer over making one than the database over obeying it.
_STAMPS = {"in": "client_wrote_at", "out": "staff_wrote_at"}
_TICKET, _MESSAGE, _FILE = insert(tickets), insert(messages).returning(messages.c.id), insert(message_files)
_THREAD, _TIME, _AUDIT = insert(thread_ids), insert(time_entries), insert(audits)
_PARTICIPANT, _REMEMBER = insert(participants), insert(fingerprints)
_NO_PARTICIPANT = delete(participants).where(participants.c.ticket == bindparam("of_ticket"), participants.c.email == bindparam("whose"))
_FORGET = delete(fingerprints).where(fingerprints.c.fingerprint == bindparam("known"))
_OF_TICKET = update(tickets).where(tickets.c.number == bindparam("of_ticket"))
_BOUNCED = update(contacts).where(contacts.c.email == bindparam("whose"))
