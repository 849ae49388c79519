"""A decision into rows: ticket, message, files, time, audit, fingerprint and outgoing letters, in the caller's one transaction."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection, case, delete, func, insert, select, update

from helpdesk.effects import (
    AddMessage,
    AddParticipant,
    Assign,
    Change,
    Decision,
    LogTime,
    MarkBounced,
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
from helpdesk.outbox import enqueue
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

    def decision(self, decision: Decision, render: Render) -> int | None:
        """Write everything; the ticket's number, or None."""
        self._target(decision)
        for change in _messages_first(decision.changes):
            self._change(change)
        self._remember(decision)
        for notice in decision.notices:
            enqueue(self.connection, render(notice, self.files), now=self.now)
        return self.ticket

    def _target(self, decision: Decision) -> None:
        match decision.target:
            case OnTicket(number):
                self.ticket = number
            case NewTicket() as new:
                self.ticket = self._open(new)
            case NoTicket():
                pass
            case _ as unreachable:
                assert_never(unreachable)

    def _open(self, new: NewTicket) -> int:
        self.connection.execute(
            insert(tickets).values(
                number=new.number,
                subject=new.subject,
                kind=new.kind,
                status=Status.NEW,
                client_id=new.client_id,
                project_id=new.project_id,
                requester_email=new.requester.email,
                requester_name=new.requester.name,
                parent=new.parent,
                created_at=self.now,
                discount_percent=0,
                discount_amount=0,
                warranty=False,
            )
        )
        return new.number

    def _change(self, change: Change) -> None:  # noqa: C901 - one case for each change there is
        self._audit(change)
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
                self.connection.execute(insert(participants).values(ticket=self.ticket, email=address.email, name=address.name))
            case RemoveParticipant(email):
                self.connection.execute(delete(participants).where(participants.c.ticket == self.ticket, participants.c.email == email))
            case MarkBounced(email):
                self.connection.execute(update(contacts).where(contacts.c.email == email).values(bounced_at=self.now))
            case _ as unreachable:
                assert_never(unreachable)

    def _set(self, **values: object) -> None:
        self.connection.execute(update(tickets).where(tickets.c.number == self.ticket).values(**values))

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
        row_id = self.connection.execute(insert(messages).values(row).returning(messages.c.id)).scalar_one()
        if self.message_row is None:
            self.message_row = row_id
            self._thread(letter.message_id)
        if change.with_files:
            self._keep_files(row_id)
        self._stamp(change.direction)

    def _thread(self, message_id: str) -> None:
        if message_id:
            self.connection.execute(insert(thread_ids).values(message_id=message_id, ticket=self.ticket, ours=False))

    def _keep_files(self, row_id: int) -> None:
        if self.files:
            self.connection.execute(insert(message_files), [{"message": row_id, **asdict(file)} for file in self.files])

    def _stamp(self, direction: str) -> None:
        if direction == "in":
            self._set(client_wrote_at=self.now)
        elif direction == "out":
            self._set(staff_wrote_at=self.now)

    def _log_time(self, change: LogTime) -> None:
        self.connection.execute(
            insert(time_entries).values(
                ticket=self.ticket,
                staff_id=change.staff_id,
                message=self.message_row,
                minutes=change.minutes,
                worked_on=change.worked_on,
                text=change.text,
                created_at=self.now,
            )
        )

    def _set_status(self, status: Status) -> None:
        finished = status in FINISHED
        started = case((tickets.c.started_at.is_(None), self.now), else_=tickets.c.started_at)
        self._set(
            status=status,
            started_at=started if status is Status.IN_PROGRESS else tickets.c.started_at,
            done_at=func.coalesce(tickets.c.done_at, self.now) if finished else None,
            closed_at=self.now if status is Status.CLOSED else None,
        )

    def _audit(self, change: Change) -> None:
        letter = self.message.letter
        detail = {} if isinstance(change, AddMessage) else asdict(change)
        self.connection.execute(
            insert(audits).values(
                at=self.now,
                actor=letter.sender.email if letter.sender else "",
                action=type(change).__name__,
                ticket=self.ticket,
                detail=json.dumps(detail, ensure_ascii=False, default=str),
                authenticity=self.message.authenticity,
                raw_digest=self.message.raw_digest,
            )
        )

    def _remember(self, decision: Decision) -> None:
        """A handled letter is handled once; a held one may be tried again, but its copies change nothing either."""
        if decision.reason == "duplicate":
            return
        fingerprint = self.message.fingerprint
        self.connection.execute(delete(fingerprints).where(fingerprints.c.fingerprint == fingerprint))
        values = {
            "fingerprint": fingerprint,
            "ticket": self.ticket,
            "held_as": self.message.spool_id if decision.held else None,
            "reason": decision.reason,
            "at": self.now,
        }
        self.connection.execute(insert(fingerprints).values(values))


def _messages_first(changes: Iterable[Change]) -> list[Change]:
    """Messages before the rest, so that time entries can name the message that logged them."""
    return sorted(changes, key=lambda change: not isinstance(change, AddMessage))


def message_count(connection: Connection) -> int:
    """How many messages all tickets have."""
    return int(connection.execute(select(func.count()).select_from(messages)).scalar_one())
