"""Admin verbs of the gateway: `mail import|read`, `inbox …`, `outbox …`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from config.console import Json, Refused, json_text, print_document, print_listing, print_record, surroundings
from config.database import transaction
from config.settings import Limits
from config.surroundings import Surroundings
from gateway import composing, feeding, reader, spool
from gateway.models import SpoolStatus
from gateway.reading import parsing
from gateway.serving import open_identity, open_runner
from gateway.spool import Entry
from helpdesk import outbox
from helpdesk.commands import registry
from helpdesk.messages import Letter
from helpdesk.outbox import Standing

mail_app = typer.Typer(no_args_is_help=True, help="Letters from files: import them, or see how they are read.")
inbox_app = typer.Typer(no_args_is_help=True, help="The spool: what came in, what is held and what failed.")
outbox_app = typer.Typer(no_args_is_help=True, help="What goes out: what waits, what was sent and what failed.")

Paths = Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files or folders.")]
Id = Annotated[int, typer.Argument(metavar="ID")]
Raw = Annotated[bool, typer.Option("--raw", help="Write its bytes.")]
InboxStatus = Annotated[str, typer.Option("--status", help="queued, done, held or failed")]
OutboxStatus = Annotated[str, typer.Option("--status", help="queued (all that wait), deferred, sent, failed or bounced")]
_INBOX = ("id", "received_at", "envelope_from", "envelope_to", "status", "reason", "ticket")
_OUTBOX = ("id", "to", "subject", "status", "attempts", "next_attempt_at", "ticket", "message_id")
_RETRY_SECONDS = 60.0


@mail_app.command("import")
def import_(context: typer.Context, paths: Paths, *, as_json: Json = False) -> None:
    """Take in .eml files, mboxes, Maildirs and folders of them, as if they came by SMTP."""
    for path in paths:
        if not path.exists():
            message = f"{path} does not exist: nothing was imported"
            raise Refused(message)
    here = surroundings(context)
    with _progress() as progress:
        fed = feeding.feed(here, open_runner(here), paths, progress)
    counts = {name: fed.counts[name] for name in feeding.CATEGORIES}
    document = {"letters": sum(counts.values()), **counts, "errors": [{"file": str(bad.path), "reason": bad.reason} for bad in fed.errors]}
    line = ", ".join(f"{name.replace('_', '-')}: {number}" for name, number in document.items() if isinstance(number, int) and number)
    print_document(document, as_json=as_json, line=line or "no letters")
    for bad in fed.errors:
        typer.echo(f"{bad.path}: {bad.reason}", err=True)
    if fed.errors:
        raise typer.Exit(1)


@contextmanager
def _progress() -> Iterator[feeding.Progress]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("letters", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@mail_app.command("read")
def read(files: Paths, *, as_json: Json = False) -> None:
    """Show how letters are read; stores nothing."""
    missing = [file for file in files if not file.is_file()]
    for file in files:
        if file in missing:
            typer.echo(f"{file}: {'is a folder' if file.is_dir() else 'does not exist'}", err=True)
            continue
        document = parsing.as_json(str(file), _read(file), _is_command)
        if as_json:
            sys.stdout.write(json_text(document) + "\n")
        else:
            print_record(document, as_json=False)
            sys.stdout.write("\n")
    if missing:
        raise typer.Exit(1)


def _read(file: Path) -> Letter:
    try:
        return reader.of(Limits()).read(file.read_bytes())
    except OSError as error:
        return Letter(sender=None, unreadable=f"the file cannot be read: {error.strerror}")


def _is_command(line: str) -> bool:
    """Whether the desk would run the line, or ask what was meant by it; every other line is text."""
    return registry.recognise(line) is not None


@inbox_app.command("list")
def inbox_list(context: typer.Context, *, status: InboxStatus = "", as_json: Json = False) -> None:
    """List the letters that came in."""
    _check(status)
    with transaction(surroundings(context).engine) as connection:
        rows = [_entry(entry) for entry in spool.listing(connection, status)]
    print_listing("inbox", rows, as_json=as_json, columns=_INBOX)


@inbox_app.command("show")
def inbox_show(context: typer.Context, entry_id: Id, *, raw: Raw = False, as_json: Json = False) -> None:
    """Show one letter as it is read, or its bytes as they came."""
    here = surroundings(context)
    with transaction(here.engine) as connection:
        entry, content = _found(spool.find(connection, entry_id), entry_id), spool.raw(connection, entry_id)
    if raw:
        sys.stdout.buffer.write(content)
        return
    letter = reader.of(here.settings.limits).read(content)
    sender = asdict(letter.sender) if letter.sender else None
    words = {"from": sender, "subject": letter.subject, "text": letter.text, "unreadable": letter.unreadable or None, "size": len(content)}
    print_record(_entry(entry) | words, as_json=as_json)


@inbox_app.command("retry")
def inbox_retry(context: typer.Context, entry_id: Id, *, as_json: Json = False) -> None:
    """Handle a held or failed letter again, now."""
    here = surroundings(context)
    with transaction(here.engine) as connection:
        entry = _found(spool.find(connection, entry_id), entry_id)
        if not spool.retry(connection, entry_id):
            message = f"letter {entry_id} is {entry.status}: only held and failed letters are tried again"
            raise Refused(message)
    entry = _handled(here, entry_id)
    print_document(_entry(entry), as_json=as_json, line=f"letter {entry_id}: {entry.status}, {entry.reason}")


def _handled(here: Surroundings, entry_id: int) -> Entry:
    """The letter after a runner, this one or another, has dealt with it."""
    runner = open_runner(here)
    deadline = time.monotonic() + _RETRY_SECONDS
    while True:
        handled = runner.run_batch(feeding.wait)
        with transaction(here.engine) as connection:
            entry = _found(spool.find(connection, entry_id), entry_id)
        if entry.status is not SpoolStatus.QUEUED or time.monotonic() > deadline:
            return entry
        time.sleep(0 if handled else 0.2)


@inbox_app.command("drop")
def inbox_drop(context: typer.Context, entry_id: Id, *, as_json: Json = False) -> None:
    """Be done with a held or failed letter; its bytes are kept."""
    with transaction(surroundings(context).engine) as connection:
        entry = _found(spool.find(connection, entry_id), entry_id)
        if not spool.drop(connection, entry_id):
            message = f"letter {entry_id} is {entry.status}: only held and failed letters are dropped"
            raise Refused(message)
        entry = _found(spool.find(connection, entry_id), entry_id)
    print_document(_entry(entry), as_json=as_json, line=f"letter {entry_id} is dropped")


@outbox_app.command("list")
def outbox_list(context: typer.Context, *, status: OutboxStatus = "", as_json: Json = False) -> None:
    """List the letters that go out."""
    if status and status not in outbox.STATUSES:
        message = f"--status {status} is none of {', '.join(outbox.STATUSES)}"
        raise typer.BadParameter(message)
    with transaction(surroundings(context).engine) as connection:
        rows = [_standing(row) for row in outbox.listing(connection, status)]
    print_listing("outbox", rows, as_json=as_json, columns=_OUTBOX)


@outbox_app.command("show")
def outbox_show(context: typer.Context, entry_id: Id, *, as_json: Json = False) -> None:
    """Show one letter with its headers, and the relay's last word."""
    here = surroundings(context)
    with transaction(here.engine) as connection:
        queued, row = outbox.load(connection, entry_id), _found(outbox.standing(connection, entry_id), entry_id)
    message = _found(queued, entry_id).message
    try:
        headers = dict(composing.headers_of(message, _found(queued, entry_id).created_at, open_identity(here)))
    except composing.Uncomposable as error:
        headers = {"error": str(error)}
    files = [{"name": file.name, "content_type": file.content_type, "size": file.size} for file in message.attachments]
    words = {
        "answer": row.answer,
        "at": row.at.isoformat(),
        "headers": headers,
        "text": message.text,
        "html": message.html,
        "attachments": files,
    }
    print_record(_standing(row) | words, as_json=as_json)


@outbox_app.command("retry")
def outbox_retry(context: typer.Context, entry_id: Id, *, as_json: Json = False) -> None:
    """Queue a letter that failed, bounced or waits, to be sent at once by the running server, and for as long as a new one."""
    here = surroundings(context)
    with transaction(here.engine) as connection:
        _found(outbox.standing(connection, entry_id), entry_id)
        if not outbox.retry(connection, entry_id, now=here.clock()):
            message = f"letter {entry_id} was sent already"
            raise Refused(message)
        row = _found(outbox.standing(connection, entry_id), entry_id)
    print_document(_standing(row), as_json=as_json, line=f"letter {entry_id} is queued")


_Thing = TypeVar("_Thing")


def _found(thing: _Thing | None, entry_id: int) -> _Thing:
    if thing is None:
        message = f"there is no letter {entry_id}"
        raise Refused(message)
    return thing


def _check(status: str) -> None:
    if status and status not in set(SpoolStatus):
        message = f"--status {status} is none of {', '.join(SpoolStatus)}"
        raise typer.BadParameter(message)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "received_at": entry.received_at.isoformat(),
        "envelope_from": entry.envelope_from,
        "envelope_to": list(entry.envelope_to),
        "status": entry.status.value,
        "reason": entry.reason,
        "ticket": entry.ticket,
    }


def _standing(row: Standing) -> dict[str, Any]:
    document = asdict(row) | {"next_attempt_at": row.next_attempt_at.isoformat()}
    return {name: document[name] for name in _OUTBOX}
