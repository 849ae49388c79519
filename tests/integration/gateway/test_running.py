"""The runner serves every letter once; what breaks it is set aside with its error, and what passes is waited for."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from config.console import Refused
from config.database import transaction
from config.files import FileStore
from config.settings import Settings
from config.surroundings import Surroundings
from gateway import authenticity, feeding, reader, runner, spool
from gateway.admin import inbox_app, mail_app, outbox_app
from gateway.directory import open_directory
from gateway.inbound import Reading
from gateway.reading import parsing
from gateway.runner import Runner
from gateway.schedule import Job, Schedule
from gateway.serving import open_runner
from gateway.spool import Arrival
from helpdesk.intake import Outcome
from helpdesk.messages import Attachment, Authenticity, InboundMessage, StoredFile
from helpdesk.models import messages
from tests.integration.gateway.throwaway import CLIENT, STAFF, letter

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@dataclass
class Fake:
    """A desk that does what the subject says."""

    received: list[InboundMessage] = field(default_factory=list)

    def keep_files(self, attachments: tuple[Attachment, ...], store: FileStore) -> tuple[StoredFile, ...]:
        return tuple(StoredFile(file.name, file.content_type, store.put(file.content)) for file in attachments)

    def receive(
        self, connection: Connection, message: InboundMessage, *, files: tuple[StoredFile, ...], settings: Settings, now: datetime
    ) -> Outcome:
        connection.exec_driver_sql("UPDATE client SET name = name || 'x'")
        assert (files, settings, now) is not None
        match message.letter.subject:
            case "breaks":
                message_to_see = "two\nlines"
                raise ValueError(message_to_see)
            case "recurses":
                return self.receive(connection, message, files=files, settings=settings, now=now)
            case "memory":
                raise MemoryError
            case "held":
                return Outcome("held", "unknown-sender", None)
        self.received.append(message)
        return Outcome("done", "new-ticket", 7)


def _put(studio: Surroundings, *raws: bytes) -> list[int]:
    with transaction(studio.engine) as connection:
        return spool.put(connection, [Arrival("smtp", raw, NOW, "a@b.example", ("support@studio.example",)) for raw in raws])


def _run(studio: Surroundings, desk: Any) -> None:
    keys = authenticity.Keys("none", (), lambda _name, _left: b"")
    directory = open_directory(studio.engine, studio.settings)
    reading = Reading(studio.settings, studio.key, directory, keys, reader.of(studio.settings.limits))
    working = Runner(studio.engine, studio.files, reading, desk, clock=studio.clock)
    while working.run_batch(feeding.wait):
        pass


def _standing(studio: Surroundings) -> list[tuple[str, str]]:
    with transaction(studio.engine) as connection:
        return [(entry.status.value, entry.reason) for entry in spool.listing(connection)]


def test_a_letter_that_breaks_the_desk_is_shunted_and_the_next_is_served(studio: Surroundings) -> None:
    _put(studio, *(letter(subject).as_bytes() for subject in ("breaks", "recurses", "memory", "held", "good")))
    _run(studio, Fake())
    assert [(status, reason.partition(" max")[0]) for status, reason in _standing(studio)] == [
        ("failed", "ValueError: two lines"),
        ("failed", "RecursionError:"),
        ("failed", "MemoryError"),
        ("held", "unknown-sender"),
        ("done", "new-ticket"),
    ]


def test_a_shunted_letter_leaves_no_half_of_its_work(studio: Surroundings) -> None:
    _put(studio, letter("breaks").as_bytes())
    _run(studio, Fake())
    with transaction(studio.engine) as connection:
        assert connection.exec_driver_sql("SELECT name FROM client").scalar_one() == "Клиент"


def test_the_desk_is_told_all_that_the_gateway_knows(studio: Surroundings) -> None:
    token = "support+7.aaaaaaaaaaaaaaaa@studio.example"
    raw = letter("Re: [#7] x", sender=STAFF, To=token).as_bytes()
    _put(studio, raw)
    desk = Fake()
    _run(studio, desk)
    (message,) = desk.received
    assert (message.subject_ticket, message.reply_claim, message.unsigned_claims) == (7, None, 1)
    assert (message.envelope_from, message.authenticity) == ("a@b.example", Authenticity.VERIFIED)
    assert message.fingerprint == parsing.fingerprint(raw)


@pytest.mark.parametrize("raw", [b"", b"\n", b"\xff" * 1000, b"no header at all\n", b"Subject: x\n\n" + b"y" * 100])
def test_bytes_that_are_hardly_a_letter_reach_the_desk_or_are_held(studio: Surroundings, raw: bytes) -> None:
    _put(studio, raw)
    working = open_runner(studio)
    working.run_batch(lambda _seconds: False)
    assert _standing(studio) == [("held", "no-sender")]


def test_a_locked_database_is_waited_out_and_blamed_on_no_letter(studio: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "FIRST_PAUSE", 0.05)
    _put(studio, letter("good").as_bytes())
    tries: list[int] = []

    class Locked(Fake):
        def receive(self, connection: Connection, message: InboundMessage, **rest: Any) -> Outcome:
            tries.append(1)
            if len(tries) <= 5:
                raise _busy(connection)
            return super().receive(connection, message, **rest)

    _run(studio, Locked())
    assert _standing(studio) == [("done", "new-ticket")]
    with transaction(studio.engine) as connection:
        (entry,) = spool.listing(connection)
    assert entry.attempts == 1


def _busy(connection: Connection) -> BaseException:
    """«database is locked», as SQLAlchemy raises it."""
    other = sqlite3.connect(str(connection.engine.url.database), timeout=0)
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return OperationalError("BEGIN", None, error)
    finally:
        other.close()
    pytest.fail("the database was not locked")


def test_a_full_disk_for_files_is_waited_out_too(studio: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "FIRST_PAUSE", 0.05)
    _put(studio, letter("good").as_bytes())
    tries: list[int] = []

    class Full(Fake):
        def keep_files(self, attachments: tuple[Attachment, ...], store: FileStore) -> tuple[StoredFile, ...]:
            tries.append(1)
            if len(tries) < 3:
                raise OSError(28, "No space left on device")
            return super().keep_files(attachments, store)

    _run(studio, Full())
    assert _standing(studio) == [("done", "new-ticket")]


def test_the_program_may_end_while_it_waits_and_the_letter_stays_queued(studio: Surroundings) -> None:
    _put(studio, letter("good").as_bytes(), letter("good too").as_bytes())
    working = open_runner(studio)
    assert working.run_batch(lambda _seconds: True) == 0
    with transaction(studio.engine) as connection:
        assert [(entry.status, entry.attempts) for entry in spool.listing(connection)] == [("queued", 0)] * 2


def test_the_same_letter_twice_is_one_message(studio: Surroundings) -> None:
    raw = letter().as_bytes()
    _put(studio, raw, raw)
    open_runner(studio).run_batch(lambda _seconds: False)
    assert _standing(studio) == [("done", "new-ticket"), ("done", "duplicate")]
    with transaction(studio.engine) as connection:
        assert connection.execute(select(func.count()).select_from(messages)).scalar_one() == 1


def _said(app: typer.Typer, studio: Surroundings, *arguments: str) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"], obj=lambda: studio, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_import_accounts_for_every_letter(studio: Surroundings, tmp_path: Path) -> None:
    box = tmp_path / "letters"
    box.mkdir()
    for number in range(5):
        (box / f"{number}.eml").write_bytes(letter(f"Тема {number}").as_bytes())
    (box / "copy.eml").write_bytes((box / "0.eml").read_bytes())
    (box / "stranger.eml").write_bytes(letter(sender="stranger@elsewhere.example").as_bytes())
    (box / "body").write_bytes(b"just text")
    report = _said(mail_app, studio, "import", str(box))
    errors = report.pop("errors")
    assert report["letters"] == 8 == sum(number for name, number in report.items() if name != "letters")
    assert (report["tickets"], report["duplicates"], report["held"], errors) == (5, 1, 2, [])
    again = _said(mail_app, studio, "import", str(box))
    assert (again["tickets"], again["duplicates"]) == (0, 8)


def test_an_import_of_nothing_names_what_is_missing(studio: Surroundings) -> None:
    with pytest.raises(Refused, match="nowhere"):
        CliRunner().invoke(mail_app, ["import", "nowhere"], obj=lambda: studio, catch_exceptions=False)


def test_reading_needs_no_studio_and_gives_a_document_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(letter("Тема", "Готово\n/spent 40m\n/nginx не отвечает\n/var/www\n/spnt 5m\n").as_bytes())
    (tmp_path / "b.eml").write_bytes(b"")
    result = CliRunner().invoke(mail_app, ["read", str(tmp_path / "a.eml"), str(tmp_path / "b.eml"), "--json"], catch_exceptions=False)
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["subject"], first["from"]["address"], first["unreadable"]) == ("Тема", CLIENT, None)
    assert (first["text"], first["commands"]) == ("Готово\n/nginx не отвечает\n/var/www", ["/spent 40m", "/spnt 5m"])
    assert second["unreadable"]
    missing = CliRunner().invoke(mail_app, ["read", str(tmp_path / "a.eml"), "nowhere", "--json"], catch_exceptions=False)
    assert (missing.exit_code, len(missing.stdout.splitlines())) == (1, 1)


def test_what_is_held_is_listed_shown_tried_again_and_dropped(studio: Surroundings) -> None:
    raw = letter("Кто я", "Текст", "stranger@elsewhere.example").as_bytes()
    first, second = _put(studio, raw, letter("Другое", sender="other@elsewhere.example").as_bytes())
    open_runner(studio).run_batch(lambda _seconds: False)
    listed = _said(inbox_app, studio, "list", "--status", "held")["inbox"]
    assert [(entry["id"], entry["status"], entry["reason"]) for entry in listed] == [
        (first, "held", "unknown-sender"),
        (second, "held", "unknown-sender"),
    ]
    assert set(listed[0]) == {"id", "received_at", "envelope_from", "envelope_to", "status", "reason", "ticket"}
    shown = _said(inbox_app, studio, "show", str(first))
    assert (shown["subject"], shown["text"].strip(), shown["from"]["email"]) == ("Кто я", "Текст", "stranger@elsewhere.example")
    assert CliRunner().invoke(inbox_app, ["show", str(first), "--raw"], obj=lambda: studio).stdout_bytes == raw
    assert _said(inbox_app, studio, "drop", str(second))["reason"] == "dropped"
    with transaction(studio.engine) as connection:
        connection.exec_driver_sql("UPDATE contact SET email = 'stranger@elsewhere.example'")
    retried = _said(inbox_app, studio, "retry", str(first))
    assert (retried["status"], retried["reason"]) == ("done", "new-ticket")
    assert retried["ticket"]
    with pytest.raises(Refused, match="done"):
        CliRunner().invoke(inbox_app, ["retry", str(first)], obj=lambda: studio, catch_exceptions=False)
    with pytest.raises(Refused, match="no letter 99"):
        CliRunner().invoke(inbox_app, ["show", "99"], obj=lambda: studio, catch_exceptions=False)


def test_the_outbox_is_listed_and_shown_with_its_headers(studio: Surroundings) -> None:
    _put(studio, letter().as_bytes())
    open_runner(studio).run_batch(lambda _seconds: False)
    listed = _said(outbox_app, studio, "list")["outbox"]
    assert {entry["to"] for entry in listed} >= {CLIENT, STAFF}
    assert set(listed[0]) == {"id", "to", "subject", "status", "attempts", "next_attempt_at", "ticket", "message_id"}
    shown = _said(outbox_app, studio, "show", str(listed[0]["id"]))
    assert shown["headers"]["Message-ID"] == f"<{listed[0]['message_id']}>"
    assert shown["text"]
    assert _said(outbox_app, studio, "retry", str(listed[0]["id"]))["status"] == "queued"


def _schedule(run: Callable[[date], None], clock: Callable[[], datetime]) -> Schedule:
    return Schedule([Job("nightly", "02:00", run)], ZoneInfo("Europe/Moscow"), clock)


def test_a_job_runs_once_a_day_of_the_studio_after_its_hour() -> None:
    before, after = datetime(2026, 11, 21, 22, 59, tzinfo=UTC), datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
    moments = [before, after, NOW, datetime(2026, 11, 23, 3, tzinfo=UTC)]
    ran: list[date] = []
    now = [NOW]
    schedule = _schedule(ran.append, lambda: now[0])
    for moment in moments:
        now[0] = moment
        schedule.run_due()
        schedule.run_due()
    assert ran == [date(2026, 11, 22), date(2026, 11, 23)]


def test_a_job_that_breaks_is_tried_again_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[date] = []
    others: list[date] = []
    now = [NOW]

    def broken(day: date) -> None:
        tries.append(day)
        message = "no font"
        raise ValueError(message)

    schedule = Schedule([Job("a", "02:00", broken), Job("b", "02:00", others.append)], ZoneInfo("Europe/Moscow"), lambda: now[0])
    for minutes in (0, 1, 16):
        now[0] = NOW.replace(minute=minutes)
        schedule.run_due()
    assert (len(tries), len(others)) == (2, 1)
    assert "no font" in caplog.text
