"""The databases that tests run on: a copied SQLite file, or a database of a real PostgreSQL server started for the run."""

import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config.database import open_engine, upgrade_schema

ENGINES = ("sqlite", "postgresql")
_NUMBERS = itertools.count(1)
_START_SECONDS = 30
_SETTINGS = ("autovacuum=off", "shared_buffers=32MB", "max_connections=40")
# In memory, the server is as quick as it is safe elsewhere.
_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3


class PostgresServer:
    """A server on a socket of its own, with an empty studio's database to copy from."""

    def __init__(self, folder: Path) -> None:
        """`folder` belongs to the user the server runs as; its name is short, for sockets have short names."""
        self.folder = folder

    def url(self, name: str) -> str:
        """SQLAlchemy's URL of one of its databases."""
        return f"postgresql+psycopg://deskpost@/{name}?host={self.folder}"

    def make_template(self) -> None:
        """The database that others are copied from."""
        self._run("CREATE DATABASE empty")
        engine = open_engine(self.url("empty"))
        upgrade_schema(engine)
        engine.dispose()

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a database of one's own: with the schema, or without anything."""
        name = f"studio{next(_NUMBERS)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {'template1' if empty else 'empty'} STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="deskpost", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; gone with its folder at the end."""
    in_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_MEMORY if in_memory else None))
    as_user = _as_user(folder)
    programs = _programs()
    data = folder / "data"
    making = (
        *as_user,
        programs / "initdb",
        "-D",
        data,
        "-U",
        "deskpost",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    subprocess.run([str(word) for word in making], check=True, capture_output=True)
    options = [word for setting in _SETTINGS for word in ("-c", setting)]
    serving = (*as_user, programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *options)
    with (folder / "log").open("wb") as log, subprocess.Popen([str(word) for word in serving], stdout=log, stderr=log) as process:
        try:
            server = PostgresServer(folder)
            _await(server)
            server.make_template()
            yield server
        finally:
            process.terminate()
            process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _as_user(folder: Path) -> tuple[str, ...]:
    """PostgreSQL refuses to run as root: nobody does it then."""
    if os.getuid():
        return ()
    nobody = 65534
    os.chown(folder, nobody, nobody)
    return ("setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups")


def _programs() -> Path:
    """Where Debian keeps the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside or "initdb").parent


def _await(server: PostgresServer) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(server.folder), user="deskpost", dbname="postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
