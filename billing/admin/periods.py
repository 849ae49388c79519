"""`deskpost period` and `deskpost nightly`: look at a month, close it, and let the night do it."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from billing.admin.showing import open_cabinet, preview_document, problem_documents
from billing.admin.words import DAY, ClientOption, Month, progress, the_clients
from billing.archive import load_documents
from billing.checks import Level
from billing.close import ClientClose, Outcome, Preview, close_clients, occasion, preview
from billing.nightly import nightly as run_nightly
from billing.periods import Period, has_ended, studio_day
from billing.phrasing import phrase
from billing.printing import PrintReport, print_pending
from billing.store import all_closings
from config.console import Json, Refused, print_document, print_json, print_listing, surroundings
from config.database import transaction
from config.surroundings import Surroundings
from helpdesk.money import plain
from helpdesk.queries import all_clients

period_app = typer.Typer(no_args_is_help=True, help="Billing periods: months that are looked at and closed.")


def _today(around: Surroundings) -> date:
    return studio_day(around.clock(), ZoneInfo(around.settings.studio.timezone))


@period_app.command("list")
def listing(context: typer.Context, *, as_json: Json = False) -> None:
    """List what is closed, month by month."""
    with transaction(surroundings(context).engine) as connection:
        names = {card.id: card.name for card in all_clients(connection)}
        rows = [{**row, "client": names.get(row["client"], "—"), "amount": plain(row["amount"])} for row in all_closings(connection)]
    print_listing("periods", rows, as_json=as_json, columns=("period", "client", "outcome", "amount"))


@period_app.command("preview")
def look(context: typer.Context, *, month: Month, client: ClientOption = "", as_json: Json = False) -> None:
    """Show what a month would bring, and what stands in the way; any month may be looked at."""
    around = surroundings(context)
    rules = occasion(around.settings, now=around.clock(), today=_today(around))
    with transaction(around.engine) as connection:
        looks = [preview(connection, card, month, rules) for card in the_clients(connection, client)]
    document = preview_document(looks, month, around.settings.studio.language)
    if as_json:
        print_json(document)
    else:
        _write_preview(document)


def _write_preview(document: dict[str, Any]) -> None:
    for client in document["clients"]:
        sys.stdout.write(f"{client['client']}: {client['amount']}\n")
        for line in client["lines"]:
            sys.stdout.write(f"  {line['amount']:>12}  {line['text']}\n")
        for problem in client["problems"]:
            sys.stdout.write(f"  {problem['level']}: {problem['text']}\n")
    sys.stdout.write(f"{document['period']}: {document['amount']}\n")


@period_app.command("close")
def close(context: typer.Context, *, month: Month, client: ClientOption = "", as_json: Json = False) -> None:
    """Close a month that has ended: issue invoices and acts, print them, and write the letters that carry them."""
    around = surroundings(context)
    today = _today(around)
    if not has_ended(month, today):
        message = f"{month} is not over yet, close it from {month.following.first} on: look at it with `deskpost period preview {month}`"
        raise Refused(message)
    with transaction(around.engine) as connection:
        clients = the_clients(connection, client)
    rules = occasion(around.settings, now=around.clock(), today=today)
    closes = close_clients(around.engine, clients, month, rules, track=lambda items: progress(items, "Closing"))
    printed = print_pending(around, lambda items: progress(items, "Printing"))
    _report(around, _Night(closes, printed), {"period": str(month)}, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Night:
    """What was done, for the report: closes, the printer's run."""

    closes: Sequence[ClientClose]
    printed: PrintReport = field(default_factory=PrintReport)


def nightly(
    context: typer.Context,
    *,
    day: Annotated[date | None, typer.Option("--date", help="The studio's day whose night it is; today if left out.", **DAY)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be closed, and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Till the 10th close every month that has ended; print, and write the letters. Safe to run any number of times."""
    around = surroundings(context)
    report = run_nightly(around, day or _today(around), dry_run=dry_run)
    if dry_run:
        _say_previews(around, report.previews, report.day, as_json=as_json)
    else:
        _report(around, _Night(report.closes, report.printed), {"date": report.day.isoformat()}, as_json=as_json)
    for client, period in report.waiting:
        sys.stderr.write(f"{client.name}: {period} is not closed, and after the 10th a person does it: deskpost period close {period}\n")


def _say_previews(around: Surroundings, looks: Sequence[tuple[Period, Preview]], day: date, *, as_json: bool) -> None:
    months = sorted({period for period, _ in looks})
    language = around.settings.studio.language
    documents = [preview_document([look for period, look in looks if period == month], month, language) for month in months]
    if as_json:
        print_json({"date": day.isoformat(), "dry_run": True, "periods": documents})
        return
    for document in documents:
        _write_preview(document)


def _report(around: Surroundings, night: _Night, head: dict[str, str], *, as_json: bool) -> None:
    """Say what was issued; what could not be is said on standard error, and makes the exit status 1."""
    with transaction(around.engine) as connection:
        issued = _issued(connection, around, night.closes)
    language = around.settings.studio.language
    document = {
        **head,
        "invoices": [paper for paper in issued if paper["kind"] == "invoice"],
        "acts": [paper for paper in issued if paper["kind"] == "act"],
        "problems": [found for close in night.closes for found in problem_documents(close.problems, language, client=close.client.name)],
        "skipped": [
            {"client": close.client.name, "period": str(close.period), "reason": close.outcome.value} for close in _skipped(night.closes)
        ],
        "printed": night.printed.printed,
        "mailed": night.printed.mailed,
    }
    print_document(document, as_json=as_json, line=_summary(document))
    _complain(night, language)


def _issued(connection: Connection, around: Surroundings, closes: Iterable[ClientClose]) -> list[dict[str, Any]]:
    cabinet = open_cabinet(connection, around.files)
    return [cabinet.show(paper) for close in closes for paper in load_documents(connection, close.documents)]


def _skipped(closes: Iterable[ClientClose]) -> list[ClientClose]:
    return [close for close in closes if close.outcome is not Outcome.ISSUED]


def _summary(document: dict[str, Any]) -> str:
    papers = [
        f"{paper['kind']} {paper['number']}: {paper['client']}, {paper['amount']}, {paper['file'] or 'not printed'}"
        for paper in _both(document)
    ]
    return "\n".join([*papers, f"issued {len(papers)}, printed {document['printed']}, letters {document['mailed']}"])


def _both(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [*document["invoices"], *document["acts"]]


def _complain(night: _Night, language: str) -> None:
    """Each client that was refused with its reasons, warnings of the others, and jams of the printer."""
    for close in night.closes:
        for problem in close.problems:
            sys.stderr.write(f"{close.client.name}, {close.period}: {problem.level}: {phrase(problem, language)}\n")
    for jam in night.printed.jams:
        sys.stderr.write(jam + "\n")
    refused = any(problem.level is Level.BLOCKING for close in night.closes for problem in close.problems)
    if refused or night.printed.jams:
        raise typer.Exit(1)
