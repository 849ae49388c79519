"""What `deskpost doctor` looks at: each check says what it found, and what to mend where that is not well."""

import importlib
import os
import shutil
import socket
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from config.database import NoDatabase, SchemaOutdated, UnsafeDatabase, check_schema, open_engine, refuse_unsafe_server
from config.keyfile import read_key
from config.readers import split_endpoint
from config.settings import Settings, SettingsError

PATIENCE = 5
_LEAST_FREE = 1024**3
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Health(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's. `remedy` says what to do, empty where all is well."""

    about: str
    health: Health
    found: str
    remedy: str = ""


Check = Callable[[Settings, datetime], Iterator[Finding]]


def examine(settings: Settings, now: datetime) -> tuple[Finding, ...]:
    """Every check's findings, in order."""
    return tuple(finding for check in CHECKS for finding in check(settings, now))


def _ok(about: str, found: str) -> Finding:
    return Finding(about, Health.OK, found)


def check_python(_settings: Settings, _now: datetime) -> Iterator[Finding]:
    """What the program runs on; worth knowing, never wrong."""
    yield _ok("python", f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")


def check_studio(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """The addresses are the studio's own, not those of the example."""
    studio = settings.studio
    borrowed = [word for word in (studio.support_address, studio.billing_address, studio.url) if word.endswith(".example")]
    if borrowed:
        yield Finding("studio", Health.WARN, f"{', '.join(borrowed)}: nobody has these", f"set the studio's own in {settings.path}")
    else:
        yield _ok("studio", f"{studio.name}, {studio.support_address}")


def check_database(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """The database is there, safe, whole, and of this program's schema."""
    if not settings.database.url.startswith("sqlite"):
        yield _judge_server(settings)
        return
    file = Path(settings.database.url.removeprefix("sqlite:///"))
    if not file.is_file():
        yield Finding("database", Health.FAIL, f"{file} is missing", "run `deskpost init`, or bring it back from a backup")
        return
    engine = open_engine(settings.database.url)
    try:
        with engine.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        check_schema(engine)
    except SchemaOutdated as error:
        yield Finding("database", Health.FAIL, str(error), "run `deskpost db upgrade`")
    except (UnsafeDatabase, SQLAlchemyError) as error:
        yield Finding("database", Health.FAIL, str(error).splitlines()[0], f"see that {file} lies on a local disk and may be written")
    else:
        yield _judge_integrity(file, str(verdict))
    finally:
        engine.dispose()


def _judge_server(settings: Settings) -> Finding:
    engine = open_engine(settings.database.url)
    try:
        version = refuse_unsafe_server(engine)
        check_schema(engine)
    except SchemaOutdated as error:
        return Finding("database", Health.FAIL, str(error), "run `deskpost db upgrade`")
    except (NoDatabase, UnsafeDatabase) as error:
        return Finding("database", Health.FAIL, str(error), "mend the server, or [database] url")
    finally:
        engine.dispose()
    return _ok("database", f"PostgreSQL {version}: commits are kept, schema up to date")


def _judge_integrity(file: Path, verdict: str) -> Finding:
    if verdict == "ok":
        return _ok("database", f"{file}: WAL, synchronous=FULL, schema up to date, whole")
    return Finding("database", Health.FAIL, f"{file}: {verdict}", "stop the server and restore a backup")


def check_files(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """The file store can be written and has room."""
    folder = Path(settings.files.url)
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        remedy = f"make it and give it to the user that runs Deskpost: install -d -m 700 {folder}"
        yield Finding("files", Health.FAIL, f"{folder} cannot be written: {error.strerror}", remedy)
        return
    if free < _LEAST_FREE:
        yield Finding("files", Health.WARN, f"{folder}: {free // 1024**2} MB free", "free some space: with a full disk no mail is taken")
    else:
        yield _ok("files", f"{folder}: {free // 1024**3} GB free")


def check_key(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """The secret key is there and nobody else may read it."""
    path = settings.secrets.key_file
    try:
        read_key(path)
    except SettingsError as error:
        yield Finding("secret key", Health.FAIL, str(error), "run `deskpost init`, or bring the key back")
        return
    mode = path.stat().st_mode
    if mode & _OTHERS:
        yield Finding("secret key", Health.FAIL, f"{path} may be read by others ({stat.filemode(mode)})", f"chmod 600 {path}")
    else:
        yield _ok("secret key", f"{path}, for its owner alone")


def check_printing(_settings: Settings, _now: datetime) -> Iterator[Finding]:
    """Invoices and acts can be printed: WeasyPrint finds its libraries."""
    try:
        importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:
        remedy = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig"
        yield Finding("printing", Health.FAIL, str(error).splitlines()[0], remedy)
    else:
        yield _ok("printing", "WeasyPrint and Pango are here")


def check_relay(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """The server that mail leaves through answers."""
    yield _reach("relay", settings.outgoing.host, settings.outgoing.port, "see [outgoing] host and port, and whether the mail server runs")


def check_mailboxes(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """The servers of the mailboxes answer."""
    for box in settings.imap:
        yield _reach(f"mailbox {box.user}", box.host, box.port, "see [[imap]] host and port, and the firewall")


def _reach(about: str, host: str, port: int, remedy: str) -> Finding:
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError as error:
        return Finding(about, Health.FAIL, f"{host}:{port} does not answer: {error.strerror or error}", remedy)
    return _ok(about, f"{host}:{port} answers")


def check_doors(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """The doors can be opened, or are open already."""
    doors = (("[smtp] listen", settings.smtp.listen), ("[smtp] lmtp", settings.smtp.lmtp), ("[web] listen", settings.web.listen))
    for name, endpoint in doors:
        if endpoint:
            yield _judge_socket(name, Path(endpoint)) if endpoint.startswith("/") else _judge_door(name, endpoint)


def _judge_socket(name: str, path: Path) -> Finding:
    if os.access(path.parent, os.W_OK):
        return _ok(name, f"{path} can be made")
    return Finding(name, Health.FAIL, f"{path.parent} cannot be written", f"make {path.parent} and give it to the user that runs Deskpost")


def _judge_door(name: str, endpoint: str) -> Finding:
    host, port = split_endpoint(endpoint)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with closing(socket.socket(family, kind, protocol)) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(address)
    except PermissionError:
        remedy = "listen above 1023 behind a mail server, or give the program CAP_NET_BIND_SERVICE"
        return Finding(name, Health.FAIL, f"{endpoint} is for root alone", remedy)
    except OSError as error:
        return _judge_taken(name, endpoint, error)
    return _ok(name, f"{endpoint} is free")


def _judge_taken(name: str, endpoint: str, error: OSError) -> Finding:
    host, port = split_endpoint(endpoint)
    if _reach(name, host or "localhost", port, "").health is Health.OK:
        return Finding(name, Health.WARN, f"{endpoint} is taken", "well if `deskpost serve` runs now; else another program has it")
    return Finding(name, Health.FAIL, f"{endpoint} cannot be opened: {error.strerror or error}", "see the address and the port")


def check_clock(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The clock is not behind what was already written."""
    file = Path(settings.database.url.removeprefix("sqlite:///"))
    written = file.stat().st_mtime if settings.database.url.startswith("sqlite") and file.exists() else 0
    local = now.astimezone(ZoneInfo(settings.studio.timezone))
    if now.timestamp() < written:
        yield Finding("clock", Health.FAIL, f"{local:%Y-%m-%d %H:%M} is before the last change of the database", "set the clock; use NTP")
    else:
        yield _ok("clock", f"{local:%Y-%m-%d %H:%M} in the studio's zone, {settings.studio.timezone}")


CHECKS: tuple[Check, ...] = (
    check_python,
    check_studio,
    check_database,
    check_files,
    check_key,
    check_printing,
    check_relay,
    check_mailboxes,
    check_doors,
    check_clock,
)
