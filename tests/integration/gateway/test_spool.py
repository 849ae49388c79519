"""The spool's states: nothing is lost in them, and nothing goes round in circles."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from config.database import open_engine, transaction
from gateway import holders, models, spool
from gateway.faults import is_the_machines, one_line
from gateway.spool import Arrival, Writer

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = open_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=[models.spool, models.raw_letters])
    yield engine
    engine.dispose()


def put(engine: Engine, *raws: bytes) -> list[int]:
    with transaction(engine) as connection:
        return spool.put(connection, [Arrival("smtp", raw, NOW) for raw in raws])


def take(engine: Engine, at: datetime = NOW) -> list[int]:
    with transaction(engine) as connection:
        return [entry.id for entry in spool.take(connection, now=at, lease_until=at + timedelta(minutes=5))]


def test_bytes_and_envelope_come_back_unchanged(engine: Engine) -> None:
    arrival = Arrival("smtp", b"\x00\xff\r\n.\r\n", NOW, "a@b.example", ("c@d.example", "e@f.example"), "127.0.0.1")
    with transaction(engine) as connection:
        (entry_id,) = spool.put(connection, [arrival])
        entry = spool.find(connection, entry_id)
        assert entry is not None
        assert spool.raw(connection, entry_id) == arrival.raw
    assert (entry.envelope_from, entry.envelope_to, entry.peer, entry.received_at) == ("a@b.example", arrival.envelope_to, "127.0.0.1", NOW)


def test_half_characters_in_an_envelope_break_nothing(engine: Engine) -> None:
    with transaction(engine) as connection:
        spool.put(connection, [Arrival("smtp", b"x", NOW, "a\udcff@b\x00", ("\udc80@c",))])


def test_what_is_in_hand_is_taken_by_nobody_else_until_its_lease_ends(engine: Engine) -> None:
    ids = put(engine, b"1", b"2")
    assert take(engine) == ids
    assert take(engine) == []
    assert take(engine, LATER) == ids[:1]


def test_a_letter_that_kills_the_program_is_shunted_and_takes_no_other_along(engine: Engine) -> None:
    ids = put(engine, b"poison", b"good", b"good too")
    handled = []
    for crash in range(2 * spool.ATTEMPTS):
        taken = take(engine, NOW + crash * timedelta(minutes=6))
        for entry_id in taken:
            if entry_id == ids[0]:
                break
            handled.append(entry_id)
            with transaction(engine) as connection:
                spool.finish(connection, entry_id, status="done", reason="new-ticket", ticket=1)
    with transaction(engine) as connection:
        poison = spool.find(connection, ids[0])
    assert poison is not None
    assert (poison.status, poison.attempts) == ("failed", spool.ATTEMPTS)
    assert f"{spool.ATTEMPTS} times" in poison.reason
    assert handled == ids[1:]


def test_what_is_laid_back_counts_as_never_taken(engine: Engine) -> None:
    put(engine, b"1")
    for _ in range(10):
        (entry_id,) = take(engine)
        with transaction(engine) as connection:
            spool.release(connection, [entry_id])
    assert take(engine)


def test_the_letters_of_a_killed_process_are_free_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = put(engine, b"1")
    process = subprocess.Popen(["sleep", "60"])
    dead = holders._of_process(process.pid)
    monkeypatch.setattr(holders, "this_process", lambda: dead)
    assert take(engine) == ids
    _free(engine)
    assert take(engine) == []
    process.kill()
    process.wait()
    _free(engine)
    assert take(engine) == ids


def _free(engine: Engine) -> None:
    with transaction(engine) as connection:
        spool.release_of_the_dead(connection)


def test_this_process_and_other_hosts_are_never_called_dead() -> None:
    assert not holders.is_dead(holders.this_process())
    assert not holders.is_dead("other-host/boot/1/1")
    assert holders.is_dead(holders.this_process().replace(f"/{os.getpid()}/", "/4194305/"))


def test_held_and_failed_letters_are_tried_again_or_dropped_and_no_others(engine: Engine) -> None:
    (entry_id,) = put(engine, b"1")
    with transaction(engine) as connection:
        assert not spool.retry(connection, entry_id)
        spool.shunt(connection, entry_id, reason="ValueError: x")
        assert spool.retry(connection, entry_id)
        spool.finish(connection, entry_id, status="held", reason="unknown-sender", ticket=None)
        assert spool.drop(connection, entry_id)
        assert not spool.drop(connection, entry_id)
        assert not spool.retry(connection, entry_id)
        entry = spool.find(connection, entry_id)
        assert entry is not None
        assert (entry.status, entry.reason) == ("done", "dropped")
        assert spool.raw(connection, entry_id) == b"1"


def test_letters_that_arrive_together_share_one_commit(engine: Engine) -> None:
    commits: list[None] = []
    event.listen(engine, "commit", lambda _connection: commits.append(None))
    writer = Writer(engine, lambda: None)
    futures = [writer.put(Arrival("smtp", b"x", NOW)) for _ in range(spool.BATCH_LETTERS)]
    writer.start()
    ids = [future.result(10) for future in futures]
    writer.stop()
    assert len(set(ids)) == spool.BATCH_LETTERS
    assert len(commits) == 1


def test_a_client_that_has_gone_is_not_put(engine: Engine) -> None:
    writer = Writer(engine, lambda: None)
    gone, there = writer.put(Arrival("smtp", b"gone", NOW)), writer.put(Arrival("smtp", b"there", NOW))
    gone.cancel()
    writer.start()
    assert there.result(10) == 1
    writer.stop()


def test_a_letter_that_cannot_be_written_keeps_no_other_out(engine: Engine) -> None:
    writer = Writer(engine, lambda: None)
    good, bad = writer.put(Arrival("smtp", b"x", NOW)), writer.put(Arrival("smtp", b"x", "no time"))  # type: ignore[arg-type]
    writer.start()
    assert good.result(10)
    with pytest.raises(Exception, match="tzinfo"):
        bad.result(10)
    assert writer.put(Arrival("smtp", b"y", NOW)).result(10)
    writer.stop()


def test_a_missing_table_is_told_to_every_door(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE spool RENAME TO away")
    writer = Writer(engine, lambda: None)
    futures = [writer.put(Arrival("smtp", b"x", NOW)) for _ in range(3)]
    writer.start()
    for future in futures:
        with pytest.raises(OperationalError):
            future.result(10)
    writer.stop()


def test_a_full_disk_is_the_machines_fault_and_a_bad_letter_is_not() -> None:
    assert is_the_machines(OSError(28, "No space left on device"))
    assert not is_the_machines(ValueError("x"))
    assert not is_the_machines(FileNotFoundError(2, "x"))
    assert one_line(ValueError("two\nlines")) == "ValueError: two lines"
    assert one_line(RecursionError()) == "RecursionError"


def test_who_settles_a_letter_first_is_right(engine: Engine) -> None:
    (entry_id,) = put(engine, b"x")
    with transaction(engine) as connection:
        spool.finish(connection, entry_id, status="done", reason="new-ticket", ticket=None)
        spool.finish(connection, entry_id, status="done", reason="duplicate", ticket=None)
        found = spool.find(connection, entry_id)
    assert found is not None
    assert found.reason == "new-ticket"


def test_a_lease_is_renewed_by_its_holder(engine: Engine) -> None:
    (entry_id,) = put(engine, b"x")
    with transaction(engine) as connection:
        spool.take(connection, now=NOW, lease_until=NOW + timedelta(minutes=5))
        spool.renew(connection, [entry_id], lease_until=NOW + timedelta(hours=1))
        assert spool.take(connection, now=NOW + timedelta(minutes=30), lease_until=NOW + timedelta(hours=2)) == []
        assert len(spool.take(connection, now=NOW + timedelta(minutes=61), lease_until=NOW + timedelta(hours=2))) == 1
