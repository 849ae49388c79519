"""A backup holds the whole studio, and a restored one goes on where it stopped."""

from pathlib import Path

import pytest
from sqlalchemy import select

from config.backup import CannotBackUp, back_up, restore
from config.database import check_schema, open_engine, transaction
from config.files import FileStore
from config.founding import Wishes, found
from config.keyfile import read_key
from config.settings import Settings
from helpdesk.models import clients
from helpdesk.people import add_client
from tests.conftest import StandingClock


@pytest.fixture
def studio(tmp_path: Path, clock: StandingClock) -> Settings:
    """A founded studio with a client and a file."""
    settings = found(tmp_path / "studio", Wishes("Лад", "support@studio.example", ""), {}).settings
    engine = open_engine(settings.database.url)
    with transaction(engine) as connection:
        add_client(connection, "Ромашка", rate=150000, language="ru", now=clock())
    engine.dispose()
    files = FileStore(Path(settings.files.url))
    files.publish(files.put(b"a file"), "2026/act.pdf")
    return settings


def test_a_restored_studio_has_its_rows_files_and_key(studio: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    assert back_up(studio, archive) > 0
    restored = restore(archive, tmp_path / "new" / "deskpost.toml", {})
    engine = open_engine(restored.database.url)
    check_schema(engine)
    with transaction(engine) as connection:
        assert connection.execute(select(clients.c.name)).scalars().all() == ["Ромашка"]
    engine.dispose()
    assert read_key(restored.secrets.key_file) == read_key(studio.secrets.key_file)
    kept = FileStore(Path(restored.files.url))
    digest = FileStore(Path(studio.files.url)).put(b"a file")
    assert kept.read(digest) == kept.published("2026/act.pdf").read_bytes() == b"a file"


def test_a_backup_is_readable_for_its_owner_alone(studio: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    back_up(studio, archive)
    assert archive.stat().st_mode & 0o077 == 0


def test_a_backup_taken_in_the_middle_of_a_change_holds_none_of_it(studio: Settings, tmp_path: Path, clock: StandingClock) -> None:
    archive = tmp_path / "backup.tar.gz"
    engine = open_engine(studio.database.url)
    with transaction(engine) as connection:
        add_client(connection, "Василёк", rate=0, language="ru", now=clock())
        back_up(studio, archive)
    engine.dispose()
    other = open_engine(restore(archive, tmp_path / "new" / "deskpost.toml", {}).database.url)
    with transaction(other) as connection:
        assert connection.execute(select(clients.c.name)).scalars().all() == ["Ромашка"]
    other.dispose()


def test_nothing_is_overwritten(studio: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    back_up(studio, archive)
    with pytest.raises(CannotBackUp, match="exists already"):
        back_up(studio, archive)
    with pytest.raises(CannotBackUp, match="nothing was overwritten"):
        restore(archive, studio.path, {})


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_what_is_no_backup_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(CannotBackUp, match="cannot be restored"):
        restore(tmp_path / "bad", tmp_path / "new" / "deskpost.toml", {})
