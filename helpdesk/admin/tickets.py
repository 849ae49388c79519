"""`deskpost ticket` and `deskpost audit`: what was asked, what was done, and by which letter."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from sqlalchemy import select

from config.console import Json, Refused, print_listing, print_record, surroundings
from helpdesk import ticketfile
from helpdesk.admin.words import named_client
from helpdesk.commands.arguments import parse_number
from helpdesk.models import audits
from helpdesk.ticketfile import Filter
from helpdesk.workflow import Kind, Status

ticket_app = typer.Typer(help="Tickets: list, show, search.", no_args_is_help=True)
audit_app = typer.Typer(help="Audit: who changed what by which letter.", no_args_is_help=True)


@ticket_app.command("list")
def ticket_list(
    context: typer.Context,
    *,
    status: Annotated[Status | None, typer.Option(help="Only this status.")] = None,
    assignee: Annotated[str, typer.Option(help="Only this person's: name or address.")] = "",
    client: Annotated[str, typer.Option(help="Only this client's.")] = "",
    project: Annotated[str, typer.Option(help="Only this site's.")] = "",
    kind: Annotated[Kind | None, typer.Option(help="Only requests, or only tasks.")] = None,
    as_json: Json = False,
) -> None:
    """List tickets, newest first."""
    with surroundings(context).engine.connect() as connection:
        name = named_client(connection, client).name if client else ""
        wanted = Filter(status.value if status else "", assignee, name, project, kind.value if kind else "")
        found = ticketfile.find_tickets(connection, wanted)
    _print_tickets([ticketfile.ticket_document(ticket) for ticket in found], as_json=as_json)


@ticket_app.command("search")
def ticket_search(context: typer.Context, words: list[str], as_json: Json = False) -> None:
    """List tickets that have all the words, in subject or text."""
    with surroundings(context).engine.connect() as connection:
        found = ticketfile.find_tickets(connection, Filter(words=tuple(words)))
    _print_tickets([ticketfile.ticket_document(ticket) for ticket in found], as_json=as_json)


def _print_tickets(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    columns = ("number", "status", "client", "assignee", "minutes", "cost", "subject")
    print_listing("tickets", rows, as_json=as_json, columns=columns)


@ticket_app.command("show")
def ticket_show(
    context: typer.Context,
    number: str,
    *,
    quoted: Annotated[bool, typer.Option("--quoted", help="With what was cut from the messages: quotes and signatures.")] = False,
    as_json: Json = False,
) -> None:
    """Show one ticket with its messages."""
    wanted = parse_number(number)
    with surroundings(context).engine.connect() as connection:
        ticket = ticketfile.load_ticket(connection, wanted) if wanted is not None else None
        if ticket is None:
            message = f"there is no ticket {number}: see `deskpost ticket list`"
            raise Refused(message)
        document = {**ticketfile.ticket_document(ticket), "messages": ticketfile.message_documents(connection, ticket.number)}
    if as_json:
        print_record(document, as_json=True)
        return
    shown = document.pop("messages")
    print_record(document, as_json=False)
    for message in shown:
        typer.echo("\n" + "\n".join(_message_lines(message, quoted=quoted)))


def _message_lines(message: dict[str, Any], *, quoted: bool) -> Iterator[str]:
    """A message as people read it on a terminal."""
    raw = f"deskpost inbox show {message['letter']} --raw"
    yield f"[{message['direction']}] {message['from']['address']}, {message['at']}"
    if message["unreadable"]:
        yield f"(could not be displayed: {message['unreadable']}; the letter as it came: {raw})"
    if message["sealed"]:
        yield f"(encrypted; the letter as it came: {raw})"
    if message["text"]:
        yield message["text"]
    for file in message["attachments"]:
        yield f"[{file['name']}, {file['size']} bytes]"
    cut = "\n".join(filter(None, (message["signature"], message["quoted"])))
    if cut and quoted:
        yield from (f"    {line}" for line in cut.split("\n"))
    elif cut:
        yield f"({cut.count(chr(10)) + 1} lines cut: see --quoted)"
    for one in message["deliveries"]:
        yield f"→ {one['to']}: {one['status']} {one['at']}" + (f" ({one['answer']})" if one["answer"] else "")


@audit_app.command("list")
def audit_list(
    context: typer.Context,
    ticket: Annotated[int | None, typer.Option(help="Only this ticket's.")] = None,
    as_json: Json = False,
) -> None:
    """List what was changed, by whom and by which letter, newest first."""
    statement = select(audits).order_by(audits.c.id.desc()).limit(1000)
    if ticket is not None:
        statement = statement.where(audits.c.ticket == ticket)
    with surroundings(context).engine.connect() as connection:
        rows = [{**row._mapping, "at": row.at.isoformat()} for row in connection.execute(statement)]  # noqa: SLF001 - SQLAlchemy's name for it
    print_listing("audit", rows, as_json=as_json, columns=("at", "actor", "action", "ticket", "detail", "authenticity"))
