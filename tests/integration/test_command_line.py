"""`deskpost` itself: whatever happens, the operator reads one line and no traceback."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

import cli
import rounds.serving
from config.database import transaction
from config.surroundings import Surroundings
from demo.mailboxes import NoLetter
from demo.studio import CommandFailed
from helpdesk import people
from helpdesk.models import tickets, time_entries
from helpdesk.roles import StaffRole

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """One command as the operator types it: exit status, standard output, standard error."""

    def typed(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["deskpost", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return typed


@pytest.fixture
def studio(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a studio that is configured for the commands that follow."""
    folder = tmp_path / "studio"
    assert run("init", str(folder), "--director", "anna@studio.example", "--yes")[0] == 0
    monkeypatch.setenv("DESKPOST_CONFIG", str(folder / "deskpost.toml"))
    return folder


def test_a_database_that_is_none_is_one_line(run: Run, studio: Path) -> None:
    for journal in (studio / "data").glob("deskpost.db-*"):
        journal.unlink()
    (studio / "data" / "deskpost.db").write_bytes(b"no database " * 100)
    status, out, err = run("ticket", "list", "--json")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "not a database" in err


def test_a_digest_is_sent_to_addresses_only(run: Run, studio: Path) -> None:
    assert studio.is_dir()
    status, _, err = run("digest", "--to", "two words")
    assert (status, err.count("\n")) == (1, 1)
    assert "is not a mail address" in err


@pytest.mark.parametrize("error", [NoLetter("no letter came"), CommandFailed("it did not start")])
def test_a_demo_that_fails_is_one_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(_folder: Path, **_: object) -> None:
        raise error

    monkeypatch.setattr("demo.story.play", fail)
    assert run("demo", "--keep", str(tmp_path / "new")) == (1, "", f"deskpost: {error}\n")


def test_what_the_night_cannot_close_is_logged(world: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    now = world.clock()
    with transaction(world.engine) as connection:
        client = people.add_client(connection, "Ромашка", rate=150_000, language="ru", now=now)
        member = people.add_staff(connection, people.NewStaff("dev@studio.example", "Пётр", StaffRole.PROGRAMMER))
        ticket = {"number": 1, "client_id": client, "subject": "x", "kind": "request", "status": "new", "created_at": now}
        usual = {"requester_email": "a@b.example", "discount_percent": 0, "discount_amount": 0, "warranty": False, "project_id": None}
        connection.execute(tickets.insert().values({**ticket, **usual}))
        worked_on = now.date().replace(month=9)
        entry = {"ticket": 1, "staff_id": member, "minutes": 40, "worked_on": worked_on, "created_at": now, "text": ""}
        connection.execute(time_entries.insert().values(entry))
    with caplog.at_level(logging.WARNING):
        rounds.serving.log_nightly(world, now.date())
    assert [record.getMessage().partition(" reason=")[0] for record in caplog.records] == ["not closed client=Ромашка period=2026-09"]


def test_a_database_that_is_gone_is_said_and_no_empty_one_takes_its_place(run: Run, studio: Path) -> None:
    database = studio / "data" / "deskpost.db"
    database.unlink()
    for words in (("ticket", "list"), ("db", "upgrade")):
        status, out, err = run(*words)
        assert (status, out) == (2, "")
        assert "there is no database" in err
    assert not database.exists()


def test_the_studios_own_address_is_nobodys_contact(run: Run, studio: Path) -> None:
    assert studio.is_dir()
    assert run("client", "add", "Ромашка")[0] == 0
    status, _, err = run("contact", "add", "Ромашка", "support@studio.example")
    assert (status, "own address" in err) == (1, True)
