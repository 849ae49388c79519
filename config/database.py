"""The database: engine, transactions, UTC datetimes, SQLite pragmas and schema migrations.

SQLite runs in WAL with `synchronous=FULL` (a simulated power cut lost nothing only there), foreign keys on, and every
transaction begins IMMEDIATE, so that a read which becomes a write never meets a busy snapshot. The threads of a process write
in the order in which they came: SQLite itself lets whoever asks at the right moment go first.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, TypeDecorator, create_engine, event, inspect, text
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel

BUSY_TIMEOUT_MS = 30_000
# The newest revision in migrations/versions/.
NEWEST_SCHEMA = "0005"
_SYNCHRONOUS_FULL = 2
# Without these a PostgreSQL server says «committed» of what is not on its disk.
_KEEPS = ("fsync", "synchronous_commit", "full_page_writes")


class SchemaOutdated(Exception):
    """The database's schema is not the one this program was written for."""


class NoDatabase(Exception):
    """There is no database where the configuration says."""


class UnsafeDatabase(Exception):
    """The database would not keep what it acknowledges (WAL and synchronous=FULL are not in force)."""


class SavepointLost(Exception):
    """The database has given up the whole transaction, not the part since the savepoint alone."""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out; stored naive in UTC, for SQLite hands datetimes back naive."""

    impl = SqlDateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive datetimes and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"naive datetime {value!r} cannot be stored: pass an aware one"
            raise ValueError(message)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Hand back aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def table_of(model: type[SQLModel]) -> Table:
    """The Core table behind an SQLModel class, for statements."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
    return table


def open_engine(url: str) -> Engine:
    """An engine with this module's guarantees; for SQLite folder and file are made, for their owner alone: they hold people's mail."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    in_memory = parsed.database in (None, "", ":memory:")
    if not in_memory:
        _make_private(Path(str(parsed.database)))
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}, "hide_parameters": True}
    if in_memory:
        options["poolclass"] = StaticPool
    engine = create_engine(parsed, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    _turns[engine] = _Turns()
    return engine


def open_existing(url: str) -> Engine:
    """An engine on a database that is there; NoDatabase otherwise: an empty one in its place would hide that it is lost."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
        message = f"there is no database {parsed.database}: `deskpost init` makes a new one, `deskpost restore` brings a backup back"
        raise NoDatabase(message)
    engine = open_engine(url)
    try:
        if parsed.get_backend_name() != "sqlite":
            refuse_unsafe_server(engine)
    except (NoDatabase, UnsafeDatabase):
        engine.dispose()
        raise
    return engine


def refuse_unsafe_server(engine: Engine) -> str:
    """The version of a PostgreSQL server; NoDatabase where it cannot be reached, UnsafeDatabase where a commit is not on its disk."""
    try:
        with engine.connect() as connection:
            version = str(connection.exec_driver_sql("SHOW server_version").scalar_one())
            lax = [name for name in _KEEPS if connection.exec_driver_sql(f"SHOW {name}").scalar_one() == "off"]
    except OperationalError as error:
        message = f"the database server does not answer: {' '.join(str(error.orig).split())}; see [database] url, and that it runs"
        raise NoDatabase(message) from error
    if lax:
        message = f"the PostgreSQL server would lose acknowledged mail at a power cut: set {', '.join(f'{name} = on' for name in lax)}"
        raise UnsafeDatabase(message)
    return version


def _make_private(file: Path) -> None:
    """SQLite gives its journals the mode of the file."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous=FULL")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if mode not in ("wal", "memory") or synchronous != _SYNCHRONOUS_FULL:
        message = f"SQLite refused a safe mode (journal_mode={mode}, synchronous={synchronous}): use a local disk, not a network share"
        raise UnsafeDatabase(message)


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


class _Turns:
    """Who may write: one thread at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for the turn; false where it did not come in time."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(seconds):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
        return False

    def give(self) -> None:
        """Let the next one write."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    def is_awaited(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)


_turns: WeakKeyDictionary[Engine, _Turns] = WeakKeyDictionary()


def is_awaited(engine: Engine) -> bool:
    """Whether another thread waits to write, so that who may take up more work should commit first."""
    turns = _turns.get(engine)
    return turns is not None and turns.is_awaited()


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: commits at the end of the block, rolls back on any exception."""
    turns = _turns.get(engine)
    # Who waits too long asks SQLite all the same, and hears from it that the database is locked.
    mine = turns if turns is not None and turns.take(BUSY_TIMEOUT_MS / 1000) else None
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        if mine is not None:
            mine.give()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads: it sees one state of the database, and neither waits for writers nor keeps them waiting."""
    with engine.connect().execution_options(only_reads=True) as connection, connection.begin():
        yield connection


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """A part of a transaction that is undone alone on any exception. SavepointLost where the whole is lost, and must begin anew."""
    connection.exec_driver_sql("SAVEPOINT part")
    try:
        yield
    except BaseException:
        try:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT part")
            connection.exec_driver_sql("RELEASE SAVEPOINT part")
        except DBAPIError as error:
            raise SavepointLost(str(error.orig)) from error
        raise
    connection.exec_driver_sql("RELEASE SAVEPOINT part")


def upgrade_schema(engine: Engine) -> None:
    """Bring the schema to this program's newest revision."""
    from alembic import command  # noqa: PLC0415 - half a second that only an upgrade needs
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(resources.files("config") / "migrations"))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def has_schema(engine: Engine) -> bool:
    """Whether there is a schema of any revision."""
    with engine.connect() as connection:
        return inspect(connection).has_table("alembic_version")


def check_schema(engine: Engine) -> None:
    """Raise SchemaOutdated unless the schema is exactly this program's."""
    with engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if found != NEWEST_SCHEMA:
        message = f"the database schema is {found or 'empty'}, this program needs {NEWEST_SCHEMA}: run `deskpost db upgrade`"
        raise SchemaOutdated(message)
