"""The database: engine, transactions, UTC datetimes, SQLite pragmas and schema migrations.

SQLite runs in WAL with `synchronous=FULL` (a simulated power cut lost nothing only there), foreign keys on, and every
transaction begins IMMEDIATE, so that a read which becomes a write never meets a busy snapshot.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, TypeDecorator, create_engine, event, inspect, text
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel

BUSY_TIMEOUT_MS = 30_000
# The newest revision in migrations/versions/.
NEWEST_SCHEMA = "0004"
_SYNCHRONOUS_FULL = 2


class SchemaOutdated(Exception):
    """The database's schema is not the one this program was written for."""


class NoDatabase(Exception):
    """There is no database where the configuration says."""


class UnsafeDatabase(Exception):
    """The database would not keep what it acknowledges (WAL and synchronous=FULL are not in force)."""


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
    event.listen(engine, "begin", _begin_immediate)
    return engine


def open_existing(url: str) -> Engine:
    """An engine on a database that is there; NoDatabase otherwise: an empty one in its place would hide that it is lost."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
        message = f"there is no database {parsed.database}: `deskpost init` makes a new one, `deskpost restore` brings a backup back"
        raise NoDatabase(message)
    return open_engine(url)


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


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: commits at the end of the block, rolls back on any exception."""
    with engine.begin() as connection:
        yield connection


def upgrade_schema(engine: Engine) -> None:
    """Bring the schema to this program's newest revision."""
    from alembic import command  # noqa: PLC0415 - half a second that only an upgrade needs
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(resources.files("config") / "migrations"))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def check_schema(engine: Engine) -> None:
    """Raise SchemaOutdated unless the schema is exactly this program's."""
    with engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if found != NEWEST_SCHEMA:
        message = f"the database schema is {found or 'empty'}, this program needs {NEWEST_SCHEMA}: run `deskpost db upgrade`"
        raise SchemaOutdated(message)
