"""What `deskpost doctor` finds."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.doctor import (
    Check,
    Health,
    check_clock,
    check_database,
    check_doors,
    check_files,
    check_key,
    check_relay,
    check_studio,
    examine,
)
from config.founding import Wishes, found
from config.settings import Settings
from tests.databases import PostgresServer

LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def studio(folder: Path, relay: int, listen: str = "127.0.0.1:0") -> Settings:
    environment = {"DESKPOST_OUTGOING__PORT": str(relay), "DESKPOST_SMTP__LISTEN": listen, "DESKPOST_WEB__LISTEN": ""}
    return found(folder, Wishes(support="help@romashka.ru"), environment).settings


def health(check: Check, settings: Settings, now: datetime = LATER) -> list[Health]:
    findings = list(check(settings, now))
    assert all(bool(finding.remedy) != (finding.health is Health.OK) for finding in findings)
    return [finding.health for finding in findings]


def test_a_new_studio_is_well(tmp_path: Path, listener: int) -> None:
    findings = examine(studio(tmp_path, listener), LATER)
    assert {finding.health for finding in findings} == {Health.OK}


def test_the_examples_addresses_are_noticed(tmp_path: Path, listener: int) -> None:
    assert health(check_studio, found(tmp_path, Wishes(), {"DESKPOST_OUTGOING__PORT": str(listener)}).settings) == [Health.WARN]


def test_a_silent_relay_is_a_failure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert health(check_relay, studio(tmp_path, port)) == [Health.FAIL]


def test_a_missing_or_broken_database_is_a_failure(tmp_path: Path, listener: int) -> None:
    settings = studio(tmp_path, listener)
    file = tmp_path / "data" / "deskpost.db"
    for path in tmp_path.glob("data/deskpost.db*"):
        path.unlink()
    assert health(check_database, settings) == [Health.FAIL]
    assert not file.exists()
    file.write_bytes(b"")
    assert health(check_database, settings) == [Health.FAIL]
    for path in tmp_path.glob("data/deskpost.db*"):
        path.unlink()
    file.write_bytes(b"not a database" * 1000)
    assert health(check_database, settings) == [Health.FAIL]


def test_a_missing_folder_for_files_is_a_failure(tmp_path: Path, listener: int) -> None:
    settings = studio(tmp_path, listener)
    (tmp_path / "data" / "files").rmdir()
    assert health(check_files, settings) == [Health.FAIL]


def test_a_key_that_others_may_read_is_a_failure(tmp_path: Path, listener: int) -> None:
    settings = studio(tmp_path, listener)
    settings.secrets.key_file.chmod(0o644)
    assert health(check_key, settings) == [Health.FAIL]
    settings.secrets.key_file.unlink()
    assert health(check_key, settings) == [Health.FAIL]


def test_a_door_that_is_taken_is_noticed(tmp_path: Path, listener: int) -> None:
    assert health(check_doors, studio(tmp_path, listener, f"127.0.0.1:{listener}")) == [Health.WARN]
    assert health(check_doors, studio(tmp_path, listener, "192.0.2.1:2525")) == [Health.FAIL]


def test_a_clock_that_went_back_is_a_failure(tmp_path: Path, listener: int) -> None:
    assert health(check_clock, studio(tmp_path, listener), datetime(2020, 1, 1, tzinfo=UTC)) == [Health.FAIL]


def test_a_database_server_is_looked_at_too(tmp_path: Path, listener: int, postgresql: PostgresServer) -> None:
    with postgresql.database() as url:
        settings = studio(tmp_path, listener)
        on_server = replace(settings, database=replace(settings.database, url=url))
        assert health(check_database, on_server) == [Health.OK]
        assert health(check_clock, on_server) == [Health.OK]
    assert health(check_database, on_server) == [Health.FAIL]
