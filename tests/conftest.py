"""What many tests share: a studio on SQLite in a folder of its own, whose clock stands in the test's hands."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.database import open_engine, upgrade_schema
from config.files import FileStore
from config.founding import Wishes, configuration
from config.loading import load
from config.surroundings import Surroundings
from tests.databases import ENGINES, PostgresServer, postgres_server


class StandingClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime) -> None:
        """`now` is aware UTC."""
        self.now = now

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now

    def advance(self, step: timedelta) -> None:
        """Move the hands."""
        self.now += step


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with this program's schema and nothing in it, to copy from."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def clock() -> StandingClock:
    """Monday morning."""
    return StandingClock(datetime(2026, 10, 5, 7, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A server for the whole run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database of this test's own lies, with the schema: each test runs on every engine."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgresql")
        with server.database() as url:
            yield url
        return
    path = tmp_path / "deskpost.db"
    empty: Path = request.getfixturevalue("empty_database")
    path.write_bytes(empty.read_bytes())
    yield f"sqlite:///{path}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of this test's own."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def open_world(tmp_path: Path, engine: Engine, clock: StandingClock) -> Callable[..., Surroundings]:
    """Opens a studio whose settings may be overridden: `open_world(SECURITY__VERIFY="local")`."""

    def open_with(**overrides: str) -> Surroundings:
        file = tmp_path / "deskpost.toml"
        file.write_text(configuration(Wishes("Студия Лад", "support@studio.example", "")), encoding="utf-8")
        given = {"SECURITY__VERIFY": "none", "DATABASE__URL": engine.url.render_as_string(hide_password=False), **overrides}
        environment = {f"DESKPOST_{key}": value for key, value in given.items()}
        return Surroundings(load(file, environment), engine, FileStore(tmp_path / "files"), clock, b"k" * 32)

    return open_with


@pytest.fixture
def world(open_world: Callable[..., Surroundings]) -> Surroundings:
    """A studio with everything as it comes."""
    return open_world()
