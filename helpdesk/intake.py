"""The desk's front door for the gateway: one letter in, one transaction's worth of rows out."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, func, select

from config.files import FileStore
from config.settings import Settings
from helpdesk import logos
from helpdesk.clues import clues_of
from helpdesk.decide import decide
from helpdesk.letters import render
from helpdesk.loading import load_snapshot
from helpdesk.messages import Attachment, InboundMessage, StoredFile
from helpdesk.policy import policy_of
from helpdesk.store import Applying

_DECIDING = 0x6465736B
DONE, HELD = "done", "held"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter. `status` is done or held; `reason` is the decision's one word."""

    status: str
    reason: str
    ticket: int | None


def keep_files(attachments: tuple[Attachment, ...], store: FileStore) -> tuple[StoredFile, ...]:
    """Put the attachments of some letters into the file store, before their transaction begins."""
    digests = store.put_all(file.content for file in attachments)
    return tuple(
        StoredFile(file.name, file.content_type, digest, len(file.content), file.inline, file.content_id)
        for file, digest in zip(attachments, digests, strict=True)
    )


def _one_at_a_time(connection: Connection) -> None:
    """Until the transaction ends, no other process decides: two would give two tickets one number. SQLite's transactions are so anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_DECIDING)))


def receive(
    connection: Connection,
    message: InboundMessage,
    *,
    files: tuple[StoredFile, ...],
    settings: Settings,
    now: datetime,
) -> Outcome:
    """Decide on a letter and write all that follows from it; the caller's transaction makes it one."""
    _one_at_a_time(connection)
    message, files = logos.left_out(connection, message, files)
    policy = policy_of(settings)
    snapshot = load_snapshot(connection, clues_of(message), policy=policy, now=now)
    decision = decide(message, snapshot, policy)
    applying = Applying(connection, message, files, now)
    ticket = applying.decision(decision, partial(render, policy=policy), tried_before=snapshot.tried_before)
    return Outcome(HELD if decision.held else DONE, decision.reason, ticket)
