"""The spool: raw letters, put before they are acknowledged and kept for good.

A letter is queued, then done, held (by the desk) or failed (by an error); nothing is ever deleted. Letters that arrive
together share one commit: the `Writer` is the one thread through which the doors put.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue

from sqlalchemy import Connection, Engine, Integer, Row, bindparam, case, func, insert, literal, literal_column, or_, select, update

from config.database import UtcDateTime, transaction
from gateway import holders
from gateway.faults import is_the_machines, one_line
from gateway.models import SpoolStatus, raw_letters, spool

# So often a letter may be in hand while the program dies. What kills its reader is known by the reader (`gateway.reader`), so this
# is for what kills later on; who kills the program again and again from outside kills no letter by it.
ATTEMPTS = 30
TAKEN_LETTERS = 256
BATCH_LETTERS = 64
BATCH_BYTES = 32 * 1024 * 1024
_BLAME = f"taken in hand {ATTEMPTS} times, and each time the program died"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A letter at a door. `peer` is the sending host's address, empty for local doors."""

    door: str
    raw: bytes
    received_at: datetime
    envelope_from: str = ""
    envelope_to: tuple[str, ...] = ()
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A letter of the spool with where it stands, without its bytes."""

    id: int
    received_at: datetime
    door: str
    peer: str
    envelope_from: str
    envelope_to: tuple[str, ...]
    digest: str
    size: int
    status: SpoolStatus
    attempts: int
    reason: str
    ticket: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a letter of the spool."""

    id: int
    status: str
    reason: str
    ticket: int | None = None


def put(connection: Connection, arrivals: Sequence[Arrival]) -> list[int]:
    """Write letters into the spool; their ids, in order. Nothing may be acknowledged before the commit."""
    if not arrivals:
        return []
    ids = list(connection.execute(_PUT, [_row(arrival) for arrival in arrivals]).scalars())
    contents = [{"spool_id": spool_id, "content": arrival.raw} for spool_id, arrival in zip(ids, arrivals, strict=True)]
    connection.execute(_PUT_RAW, contents)
    return ids


_PUT = insert(spool).returning(spool.c.id, sort_by_parameter_order=True)
_PUT_RAW = insert(raw_letters)


def _row(arrival: Arrival) -> dict[str, object]:
    return {
        "received_at": arrival.received_at,
        "door": arrival.door,
        "peer": arrival.peer,
        "envelope_from": _storable(arrival.envelope_from),
        "envelope_to": json.dumps([_storable(address) for address in arrival.envelope_to], ensure_ascii=False),
        "digest": hashlib.sha256(arrival.raw).hexdigest(),
        "size": len(arrival.raw),
        "status": SpoolStatus.QUEUED,
        "attempts": 0,
        "reason": "",
        "leased_by": "",
    }


def _storable(text: str) -> str:
    """Text that every database takes: no surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def take(connection: Connection, *, now: datetime, lease_until: datetime, limit: int = TAKEN_LETTERS) -> list[Entry]:
    """Take up to `limit` waiting letters in hand, oldest first; commit before working on them.

    A letter that was in hand before is taken alone, so that one which kills the process takes no others along; what was
    in hand too often is shunted.
    """
    rows = list(connection.execute(_WAITING, {"now": now, "most": limit}))
    while rows and rows[0].attempts >= ATTEMPTS:
        shunt(connection, rows.pop(0).id, reason=_BLAME)
    chosen = rows[:1] if rows and rows[0].attempts else [row for row in rows if not row.attempts]
    if chosen:
        lease = {"leased_by": holders.this_process(), "leased_until": lease_until}
        connection.execute(_LEASE, {"ids": [row.id for row in chosen], **lease})
    return [_entry(row) for row in chosen]


# The status is written out, for SQLite uses an index over one status for no statement that is told the status later.
_WAITING = (
    select(spool)
    .where(
        spool.c.status == literal_column(f"'{SpoolStatus.QUEUED.value}'"),
        or_(spool.c.leased_until.is_(None), spool.c.leased_until <= bindparam("now", type_=UtcDateTime)),
    )
    .order_by(spool.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_LEASE = update(spool).where(spool.c.id.in_(bindparam("ids", expanding=True))).values(attempts=spool.c.attempts + 1)


def release(connection: Connection, ids: Sequence[int]) -> None:
    """Lay letters back that were not worked on through no fault of theirs."""
    values = {"attempts": case((spool.c.attempts > 0, spool.c.attempts - 1), else_=0), "leased_by": "", "leased_until": None}
    ours = (spool.c.status == SpoolStatus.QUEUED, spool.c.leased_by == holders.this_process())
    for spool_id in ids:
        connection.execute(update(spool).where(spool.c.id == spool_id, *ours).values(values))


def renew(connection: Connection, ids: Sequence[int], *, lease_until: datetime) -> None:
    """Keep letters in hand for longer."""
    ours = (spool.c.id.in_(list(ids)), spool.c.leased_by == holders.this_process())
    connection.execute(update(spool).where(*ours).values(leased_until=lease_until))


def release_of_the_dead(connection: Connection) -> None:
    """Free the letters that killed processes of this host had in hand; their attempts stay counted."""
    in_hand = select(spool.c.leased_by).where(spool.c.status == SpoolStatus.QUEUED, spool.c.leased_by != "").distinct()
    for holder in filter(holders.is_dead, connection.execute(in_hand).scalars().all()):
        held = (spool.c.status == SpoolStatus.QUEUED, spool.c.leased_by == holder)
        connection.execute(update(spool).where(*held).values(leased_by="", leased_until=None))


def finish(connection: Connection, spool_id: int, *, status: str, reason: str, ticket: int | None) -> None:
    """The desk has dealt with the letter, or holds it."""
    settle(connection, (Settled(spool_id, status, reason, ticket),))


def shunt(connection: Connection, spool_id: int, *, reason: str) -> None:
    """Set a letter aside with the error that it caused."""
    settle(connection, (Settled(spool_id, SpoolStatus.FAILED, reason),))


def settle(connection: Connection, letters: Iterable[Settled]) -> None:
    """Write down what became of some letters."""
    rows = [
        {
            "settled": one.id,
            "status": SpoolStatus(one.status),
            "reason": _storable(one.reason),
            "ticket": one.ticket,
            "leased_by": "",
            "leased_until": None,
        }
        for one in letters
    ]
    if rows:
        connection.execute(_SETTLE, rows)


# Who settles a letter first is right: another may have had it in hand too, when the first one's lease ran out.
_SETTLE = update(spool).where(spool.c.id == bindparam("settled"), spool.c.status == literal_column(f"'{SpoolStatus.QUEUED.value}'"))


def retry(connection: Connection, spool_id: int) -> bool:
    """Queue a held or failed letter again; False where there is no such letter."""
    aside = spool.c.status.in_((SpoolStatus.HELD, SpoolStatus.FAILED))
    values = {"status": SpoolStatus.QUEUED, "reason": "", "attempts": 0, "leased_by": "", "leased_until": None}
    return bool(connection.execute(update(spool).where(spool.c.id == spool_id, aside).values(values)).rowcount)


def drop(connection: Connection, spool_id: int) -> bool:
    """Call a held or failed letter done without a ticket; its bytes stay."""
    aside = spool.c.status.in_((SpoolStatus.HELD, SpoolStatus.FAILED))
    values = {"status": SpoolStatus.DONE, "reason": "dropped"}
    return bool(connection.execute(update(spool).where(spool.c.id == spool_id, aside).values(values)).rowcount)


def find(connection: Connection, spool_id: int) -> Entry | None:
    """One letter of the spool."""
    row = connection.execute(select(spool).where(spool.c.id == spool_id)).first()
    return None if row is None else _entry(row)


def listing(connection: Connection, status: str = "") -> list[Entry]:
    """The letters of a status, or all, oldest first."""
    wanted = select(spool).order_by(spool.c.id)
    return [_entry(row) for row in connection.execute(wanted.where(spool.c.status == status) if status else wanted)]


def count_waiting(connection: Connection) -> int:
    """How many letters wait or are in hand."""
    queued = literal(SpoolStatus.QUEUED.value, literal_execute=True)  # so that the partial index is seen to fit
    return connection.execute(select(func.count()).select_from(spool).where(spool.c.status == queued)).scalar_one()


def settled(connection: Connection, first: int, last: int) -> list[tuple[int, SpoolStatus, str]]:
    """Id, status and reason of the letters between two ids, both included, that wait no more."""
    done = (spool.c.id >= first, spool.c.id <= last, spool.c.status != SpoolStatus.QUEUED)
    rows = connection.execute(select(spool.c.id, spool.c.status, spool.c.reason).where(*done))
    return [(row.id, SpoolStatus(row.status), row.reason) for row in rows]


def raw(connection: Connection, spool_id: int) -> bytes:
    """A letter's bytes as they came in."""
    content = connection.execute(select(raw_letters.c.content).where(raw_letters.c.spool_id == spool_id)).scalar_one()
    return bytes(content)


def raws(connection: Connection, ids: Sequence[int]) -> list[bytes]:
    """The bytes of several letters, in the order of the ids."""
    found = {row.spool_id: bytes(row.content) for row in connection.execute(_RAWS, {"ids": list(ids)})}
    return [found[spool_id] for spool_id in ids]


_RAWS = select(raw_letters.c.spool_id, raw_letters.c.content).where(raw_letters.c.spool_id.in_(bindparam("ids", expanding=True)))


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(
        id=row.id,
        received_at=row.received_at,
        door=row.door,
        peer=row.peer,
        envelope_from=row.envelope_from,
        envelope_to=tuple(json.loads(row.envelope_to)),
        digest=row.digest,
        size=row.size,
        status=SpoolStatus(row.status),
        attempts=row.attempts,
        reason=row.reason,
        ticket=row.ticket,
    )


_Waiting = tuple[Arrival, "Future[int]"]


class Writer:
    """The thread through which all doors put: what waits goes into one transaction, then every door hears of the commit."""

    def __init__(self, engine: Engine, on_commit: Callable[[], None]) -> None:
        """`on_commit` wakes the runner."""
        self._engine = engine
        self._on_commit = on_commit
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="spool-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, arrival: Arrival) -> "Future[int]":
        """Queue a letter; the future has its id after the commit, or the error that kept it out."""
        future: Future[int] = Future()
        self._queue.put((arrival, future))
        return future

    def stop(self) -> None:
        """Write what waits, then end."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, ended = self._with_company(first)
            self._write(batch)
            if ended:
                return

    def _with_company(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """The letter with those that wait behind it, and whether the end was among them."""
        batch, size = [first], len(first[0].raw)
        while len(batch) < BATCH_LETTERS and size < BATCH_BYTES:
            try:
                following = self._queue.get_nowait()
            except Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
            size += len(following[0].raw)
        return batch, False

    def _write(self, batch: list[_Waiting]) -> None:
        # A door whose client has gone cancels its future: that letter was never acknowledged.
        awaited = [(arrival, future) for arrival, future in batch if future.running() or future.set_running_or_notify_cancel()]
        if not awaited:
            return
        try:
            with transaction(self._engine) as connection:
                ids = put(connection, [arrival for arrival, _ in awaited])
        except Exception as error:  # noqa: BLE001  this is the door: whatever happens here is told to the client as «later»
            self._refuse(awaited, error)
        else:
            for (_, future), spool_id in zip(awaited, ids, strict=True):
                future.set_result(spool_id)
            self._on_commit()

    def _refuse(self, awaited: list[_Waiting], error: Exception) -> None:
        """Tell the doors; where one letter may be to blame, the others are tried without it."""
        if len(awaited) > 1 and not is_the_machines(error):
            for one in awaited:
                self._write([one])
            return
        log.error("%d letters were not accepted: %s", len(awaited), one_line(error))
        for _, future in awaited:
            future.set_exception(error)
