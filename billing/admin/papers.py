"""`deskpost invoice` and `deskpost act`: what was issued, and sending it again."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from billing.admin.showing import open_cabinet
from billing.admin.words import MONTH, ClientOption, the_client
from billing.archive import IssuedDocument, Wanted, find_documents, pair_of
from billing.documents import DocumentKind
from billing.mailing import enqueue_documents
from billing.periods import Period
from billing.printing import print_pending
from config.console import Json, Refused, print_document, print_json, print_listing, print_record, surroundings
from config.database import transaction
from config.surroundings import Surroundings
from helpdesk.messages import parse_mailbox

Number = Annotated[int, typer.Argument(metavar="N", help="The document's number.")]
Year = Annotated[int | None, typer.Option(help="Numbers begin anew every year; the newest year if left out.")]
Seller = Annotated[str, typer.Option("--seller", metavar="ИНН", help="Which of the studio's legal entities, where it has several.")]
PeriodOption = Annotated[Period | None, typer.Option("--period", help="Only this month, as 2026-10.", **MONTH)]
To = Annotated[str, typer.Option(metavar="EMAIL", help="Somebody else than the client's accountant.")]


def _make_app(kind: DocumentKind, title: str) -> typer.Typer:
    """The verbs of one kind of document."""
    app = typer.Typer(no_args_is_help=True, help=title)
    app.command("list", help="List what was issued.")(_listing(kind))
    app.command("show", help="Show one document with its lines and where its PDF lies.")(_show(kind))
    app.command("resend", help="Send the invoice and its act once more.")(_resend(kind))
    return app


def _listing(kind: DocumentKind) -> Callable[..., None]:
    def listing(context: typer.Context, *, client: ClientOption = "", period: PeriodOption = None, as_json: Json = False) -> None:
        around = surroundings(context)
        with transaction(around.engine) as connection:
            client_id = the_client(connection, client).id if client else None
            cabinet = open_cabinet(connection, around.files)
            wanted = Wanted(kind, client_id=client_id, period=str(period or ""))
            rows = [cabinet.show(paper) for paper in find_documents(connection, wanted)]
        columns = ("number", "date", "client", "entity", "period", "amount", "vat", "status")
        print_listing(f"{kind.value}s", rows, as_json=as_json, columns=columns)

    return listing


def _show(kind: DocumentKind) -> Callable[..., None]:
    def show(context: typer.Context, *, number: Number, year: Year = None, seller: Seller = "", as_json: Json = False) -> None:
        around = surroundings(context)
        with transaction(around.engine) as connection:
            document = open_cabinet(connection, around.files).show(_the_document(connection, Wanted(kind, number, year), seller))
        _say(document, as_json=as_json)

    return show


def _say(document: dict[str, Any], *, as_json: bool) -> None:
    """A document as JSON; for people its lines come last, one by one."""
    if as_json:
        print_json(document)
        return
    print_record({key: value for key, value in document.items() if key != "lines"}, as_json=False)
    for line in document["lines"]:
        sys.stdout.write(f"{line['amount']:>12}  {line['text']}\n")


def _resend(kind: DocumentKind) -> Callable[..., None]:
    def resend(
        context: typer.Context,
        *,
        number: Number,
        year: Year = None,
        seller: Seller = "",
        to: To = "",
        as_json: Json = False,
    ) -> None:
        around = surroundings(context)
        for jam in print_pending(around).jams:
            sys.stderr.write(jam + "\n")
        with transaction(around.engine) as connection:
            paper = _the_document(connection, Wanted(kind, number, year), seller)
            letters = _send_again(connection, paper, around, _address(to))
            document = open_cabinet(connection, around.files).show(paper)
        print_document({**document, "letters": letters}, as_json=as_json, line=f"{letters} letters written")

    return resend


def _address(to: str) -> str:
    """The address of --to, empty where nobody is named."""
    address = parse_mailbox(to) if to else ""
    if address is None:
        message = f"--to {to} is not a mail address"
        raise typer.BadParameter(message)
    return address


def _send_again(connection: Connection, paper: IssuedDocument, around: Surroundings, to: str) -> int:
    pair = pair_of(connection, paper)
    if not all(one.digest for one in pair):
        message = f"{paper.kind} {paper.number} is not printed yet, so it cannot be sent: see what jams with `deskpost nightly`"
        raise Refused(message)
    letters = enqueue_documents(connection, pair, around, occasion=around.clock().isoformat(), to=to)
    if not letters:
        message = "the client has nobody to send documents to: `deskpost contact add CLIENT EMAIL --role accountant`, or say --to EMAIL"
        raise Refused(message)
    return letters


def _the_document(connection: Connection, wanted: Wanted, seller: str) -> IssuedDocument:
    """The one document of a number: of the newest year, unless a year is named."""
    found = [paper for paper in find_documents(connection, wanted) if seller in {"", paper.content["seller"]["inn"]}]
    newest = [paper for paper in found if paper.dated.year == found[-1].dated.year]
    if len(newest) == 1:
        return newest[0]
    if not found:
        message = f"there is no {wanted.kind} {wanted.number}: see `deskpost {wanted.kind} list`"
        raise Refused(message)
    sellers = ", ".join(f"{paper.content['seller']['inn']} ({paper.content['seller']['name']})" for paper in newest)
    message = f"several {wanted.kind}s have the number {wanted.number}: say --seller, one of {sellers}"
    raise Refused(message)


invoice_app = _make_app(DocumentKind.INVOICE, "Invoices (счета): they ask, and move nothing.")
act_app = _make_app(DocumentKind.ACT, "Acts (акты): they debit the client.")
