"""Too little room: the doors say «later», and the directors hear of it once a day."""

import os
import smtplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from config.database import open_engine, transaction
from config.surroundings import Surroundings
from gateway import models, pressure, spool
from gateway.pressure import DISK, SPOOL, Floor, Gauge, Squeeze, floor_of
from gateway.spool import Arrival
from helpdesk import outbox
from rounds.serving import tell_directors
from tests.integration.gateway.throwaway import STAFF, serving

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENDLESS = 1 << 60


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path}/spool.db")
    SQLModel.metadata.create_all(made, tables=[models.spool, models.raw_letters])
    yield made
    made.dispose()


class Told(list[Squeeze]):
    def __call__(self, _connection: object, squeeze: Squeeze) -> None:
        self.append(squeeze)


def fill(engine: Engine, letters: int) -> None:
    with transaction(engine) as connection:
        spool.put(connection, [Arrival("smtp", b"x", NOW) for _ in range(letters)])


def test_a_disk_that_is_nearly_full_is_said_and_so_is_room_again(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    gauge = Gauge(engine, Floor((tmp_path,), ENDLESS, 10), told, lambda: NOW)
    gauge.look()
    assert "MB are free on the disk of" in gauge.reason()
    answer = list(os.statvfs(tmp_path))
    answer[4] = ENDLESS
    monkeypatch.setattr(os, "statvfs", lambda _folder: os.statvfs_result(answer))
    gauge.look()
    assert gauge.reason() == ""
    assert [squeeze.kind for squeeze in told] == [DISK]


def test_a_spool_that_is_too_long_is_said_until_it_is_shorter(engine: Engine, tmp_path: Path) -> None:
    told = Told()
    gauge = Gauge(engine, Floor((tmp_path,), 1, 3), told, lambda: NOW)
    fill(engine, 2)
    gauge.look()
    assert gauge.reason() == ""
    fill(engine, 1)
    gauge.look()
    assert gauge.reason() == "3 letters wait to be worked on"
    with transaction(engine) as connection:
        spool.finish(connection, 1, status="done", reason="", ticket=None)
    gauge.look()
    assert gauge.reason() == ""
    assert told == [Squeeze(SPOOL, "", 3)]


def test_one_who_was_told_is_told_again_on_the_next_day(engine: Engine, tmp_path: Path) -> None:
    told, days = Told(), [NOW]
    gauge = Gauge(engine, Floor((tmp_path,), ENDLESS, 10), told, lambda: days[0])
    for _ in range(3):
        gauge.look()
    days[0] += timedelta(days=1)
    gauge.look()
    assert len(told) == 2


def test_a_folder_that_cannot_be_asked_is_no_reason_to_refuse_mail(engine: Engine, tmp_path: Path) -> None:
    gauge = Gauge(engine, Floor((tmp_path / "gone",), ENDLESS, 10), pressure.tell_nobody, lambda: NOW)
    gauge.look()
    assert gauge.reason() == ""


def test_the_disks_are_those_of_database_and_files(studio: Surroundings) -> None:
    floor = floor_of(studio.settings)
    assert floor.folders == (Path(studio.settings.files.url).parent, Path(studio.settings.files.url))
    elsewhere = replace(studio.settings.database, url="postgresql+psycopg://host/name")
    assert floor_of(replace(studio.settings, database=elsewhere)).folders == (Path(studio.settings.files.url),)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("squeeze", [Squeeze(DISK, "/srv/desk", 200 * 1024**2), Squeeze(SPOOL, "", 50_012)])
def test_the_directors_are_told_once_a_day_for_each_cause(studio: Surroundings, squeeze: Squeeze, language: str) -> None:
    settings = replace(studio.settings, studio=replace(studio.settings.studio, language=language))
    world = replace(studio, settings=settings, clock=lambda: NOW)
    with transaction(world.engine) as connection:
        tell_directors(connection, squeeze, world=world)
        tell_directors(connection, replace(squeeze, left=1), world=world)
        (standing,) = outbox.listing(connection)
        letter = outbox.load(connection, standing.id)
    assert letter is not None
    assert letter.message.recipient.email == STAFF
    assert ("200" if squeeze.kind == DISK else "50012") in letter.message.text
    assert ("min_free" if squeeze.kind == DISK else "max_waiting") in letter.message.text


def test_a_server_without_room_asks_for_mail_later(studio: Surroundings) -> None:
    smtp = replace(studio.settings.smtp, min_free=ENDLESS)
    with serving(replace(studio, settings=replace(studio.settings, smtp=smtp)), "smtp") as door, smtplib.SMTP(*door) as client:
        client.helo()
        assert client.mail("a@b") == (452, b"4.3.1 No room for the letter now, try again later")
