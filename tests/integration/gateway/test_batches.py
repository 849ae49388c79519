"""Letters that wait together share a transaction, and none of them pays for another; who waits to write gets his turn."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from config.database import is_awaited, open_engine, reading, savepoint, transaction
from config.files import FileStore
from config.settings import Settings
from config.surroundings import Surroundings
from gateway import feeding, runner, spool
from gateway.serving import open_runner
from gateway.spool import Arrival, Settled
from helpdesk import intake
from helpdesk.intake import Outcome
from helpdesk.messages import Attachment, InboundMessage, StoredFile
from helpdesk.models import clients, messages
from tests.integration.gateway.throwaway import letter, until

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@dataclass
class Scribe:
    """A desk that writes each subject into the client's name; some subjects break it."""

    tries: list[str] = field(default_factory=list)

    def keep_files(self, attachments: tuple[Attachment, ...], store: FileStore) -> tuple[StoredFile, ...]:
        return intake.keep_files(attachments, store)

    def receive(
        self, connection: Connection, message: InboundMessage, *, files: tuple[StoredFile, ...], settings: Settings, now: datetime
    ) -> Outcome:
        assert (files, settings, now) is not None
        subject = message.letter.subject
        self.tries.append(subject)
        connection.execute(clients.update().values(name=clients.c.name + f" {subject}"))
        if subject == "breaks":
            raise ValueError(subject)
        if subject == "ends the transaction":
            connection.exec_driver_sql("ROLLBACK")
            raise ValueError(subject)
        return Outcome("done", "new-ticket", 1)


def _run(studio: Surroundings, desk: Any, *subjects: str) -> None:
    raws = [letter(subject, message_id=f"{number}").as_bytes() for number, subject in enumerate(subjects)]
    with transaction(studio.engine) as connection:
        spool.put(connection, [Arrival("smtp", raw, NOW) for raw in raws])
    working = open_runner(studio)
    working._desk = desk
    working.run_batch(feeding.wait)


def _statuses(studio: Surroundings) -> list[str]:
    with reading(studio.engine) as connection:
        return [entry.status.value for entry in spool.listing(connection)]


def _written(studio: Surroundings) -> str:
    with reading(studio.engine) as connection:
        return str(connection.execute(select(clients.c.name)).scalar_one())


def test_letters_that_wait_together_share_a_commit(studio: Surroundings) -> None:
    commits: list[Connection] = []
    event.listen(studio.engine, "commit", commits.append)
    _run(studio, Scribe(), *map(str, range(20)))
    assert set(_statuses(studio)) == {"done"}
    assert len(commits) < 10


def test_a_letter_that_breaks_is_undone_alone(studio: Surroundings) -> None:
    desk = Scribe()
    _run(studio, desk, "first", "breaks", "last")
    assert _statuses(studio) == ["done", "failed", "done"]
    assert (_written(studio), desk.tries) == ("Клиент first last", ["first", "breaks", "last"])


def test_a_letter_that_ends_the_transaction_of_all_takes_none_along(studio: Surroundings) -> None:
    _run(studio, Scribe(), "first", "ends the transaction", "last")
    assert _statuses(studio) == ["done", "failed", "done"]
    assert _written(studio) == "Клиент first last"


def test_letters_that_cannot_be_committed_together_are_taken_one_by_one(studio: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    settle = spool.settle

    def refuse_many(connection: Connection, letters: Sequence[Settled]) -> None:
        settle(connection, letters)
        if len(letters) > 1:
            message = "too many at once"
            raise ValueError(message)

    monkeypatch.setattr(spool, "settle", refuse_many)
    _run(studio, Scribe(), "first", "breaks", "last")
    assert _statuses(studio) == ["done", "failed", "done"]
    assert _written(studio) == "Клиент first last"


def test_a_transaction_that_took_its_time_leaves_the_rest_to_the_next(studio: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "DECIDING_SECONDS", 0)
    monkeypatch.setattr(runner, "JUDGING_SECONDS", 0)
    desk = Scribe()
    _run(studio, desk, "first", "second", "third")
    assert (_statuses(studio), desk.tries) == (["done"] * 3, ["first", "second", "third"])


def test_groups_are_read_ahead_and_dealt_with_in_their_order(studio: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "GROUP_LETTERS", 2)
    desk = Scribe()
    _run(studio, desk, *map(str, range(7)))
    assert desk.tries == [str(number) for number in range(7)]


def test_two_programs_on_one_spool_serve_each_letter_once(studio: Surroundings) -> None:
    names = [f"letter-{number}" for number in range(120)]
    with transaction(studio.engine) as connection:
        spool.put(connection, [Arrival("smtp", letter(name, message_id=name).as_bytes(), NOW) for name in names])
    engine = open_engine(studio.settings.database.url)
    other = Surroundings(studio.settings, engine, studio.files, studio.clock, studio.key)
    threads = [threading.Thread(target=_work_off, args=(one,)) for one in (studio, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with reading(studio.engine) as connection:
        kept = Counter(connection.execute(select(messages.c.message_id)).scalars())
        reasons = {entry.reason for entry in spool.listing(connection)}
    engine.dispose()
    assert (len(kept), set(kept.values()), reasons) == (len(names), {1}, {"new-ticket"})


def _work_off(studio: Surroundings) -> None:
    working = open_runner(studio)
    with reading(studio.engine) as connection:
        last = max(entry.id for entry in spool.listing(connection))
    while True:
        handled = working.run_batch(feeding.wait)
        with reading(studio.engine) as connection:
            if len(spool.settled(connection, 1, last)) == last:
                return
        time.sleep(0 if handled else 0.02)


def _rename(studio: Surroundings, name: str) -> None:
    with transaction(studio.engine) as connection:
        connection.execute(clients.update().values(name=clients.c.name + name))


def test_who_waits_to_write_comes_before_who_has_just_written(studio: Surroundings) -> None:
    door = threading.Thread(target=_rename, args=(studio, " door"))
    with transaction(studio.engine) as connection:
        assert not is_awaited(studio.engine)
        connection.execute(clients.update().values(name=clients.c.name + " worker"))
        door.start()
        until(lambda: is_awaited(studio.engine))
    _rename(studio, " worker")
    door.join()
    assert _written(studio) == "Клиент worker door worker"


def test_who_only_reads_waits_for_nobody(studio: Surroundings) -> None:
    with transaction(studio.engine) as connection:
        connection.execute(clients.update().values(name="new"))
        assert _written(studio) == "Клиент"
    assert _written(studio) == "new"


def test_a_part_of_a_transaction_is_undone_alone(studio: Surroundings) -> None:
    with transaction(studio.engine) as connection:
        connection.execute(clients.update().values(name="kept"))
        with pytest.raises(ValueError, match="part"):
            _write_and_break(connection)
    assert _written(studio) == "kept"


def _write_and_break(connection: Connection) -> None:
    with savepoint(connection):
        connection.execute(clients.update().values(name="lost"))
        message = "part"
        raise ValueError(message)


def test_whatever_breaks_the_reading_of_a_batch_its_letters_are_laid_back(studio: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(studio.engine) as connection:
        spool.put(connection, [Arrival("smtp", letter("x").as_bytes(), NOW)])
    working = open_runner(studio)
    with monkeypatch.context() as patch:
        patch.setattr(type(working), "_load", _breaks)
        with pytest.raises(RuntimeError):
            working.run_batch(feeding.wait)
    with transaction(studio.engine) as connection:
        assert [(entry.status.value, entry.attempts) for entry in spool.listing(connection)] == [("queued", 0)]
    assert working.run_batch(feeding.wait) == 1


def _breaks(*_: object) -> None:
    raise RuntimeError
