"""`deskpost payment` and `deskpost ledger`: what came, and what a client owes."""

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from billing.admin.words import DAY, SUM, ClientOption, the_client
from billing.ledger import Entry, statement
from billing.payments import PaidAlready, Payment, add_payment, all_payments, load_entries
from billing.periods import studio_day
from config.console import Json, Refused, print_document, print_json, print_listing, surroundings
from config.database import transaction
from config.surroundings import Surroundings
from helpdesk.money import plain
from helpdesk.queries import all_clients

payment_app = typer.Typer(no_args_is_help=True, help="Payments of clients.")
ledger_app = typer.Typer(no_args_is_help=True, help="The ledger: acts debit a client, payments credit him.")

Client = Annotated[str, typer.Argument(metavar="CLIENT")]


@payment_app.command("add")
def add(
    context: typer.Context,
    *,
    client: Client,
    amount: Annotated[int, typer.Option(help="Rubles that came.", **SUM)],
    dated: Annotated[date, typer.Option("--date", help="When they came.", **DAY)],
    number: Annotated[str, typer.Option(help="Number of the payment order (п/п №).")] = "",
    as_json: Json = False,
) -> None:
    """Enter a payment."""
    around = surroundings(context)
    with transaction(around.engine) as connection:
        card = the_client(connection, client)
        payment = Payment(card.id, _not_ahead(around, dated), _positive(amount), number.strip())
        try:
            payment_id = add_payment(connection, payment, now=around.clock())
        except PaidAlready as error:
            raise Refused(str(error)) from error
    document = _payment(payment_id, payment, card.name)
    print_document(document, as_json=as_json, line=f"{card.name} paid {document['amount']} on {document['date']}")


@payment_app.command("list")
def listing(context: typer.Context, *, client: ClientOption = "", as_json: Json = False) -> None:
    """List payments, oldest first."""
    with transaction(surroundings(context).engine) as connection:
        names = {card.id: card.name for card in all_clients(connection)}
        client_id = the_client(connection, client).id if client else None
        rows = [_payment(number, payment, names.get(payment.client_id, "—")) for number, payment in all_payments(connection, client_id)]
    print_listing("payments", rows, as_json=as_json, columns=("id", "date", "client", "amount", "number"))


@ledger_app.command("show")
def show(
    context: typer.Context,
    *,
    client: Client,
    since: Annotated[date | None, typer.Option("--from", help="First day.", **DAY)] = None,
    until: Annotated[date | None, typer.Option("--to", help="Last day.", **DAY)] = None,
    as_json: Json = False,
) -> None:
    """Show a client's ledger; a negative balance is what he owes."""
    with transaction(surroundings(context).engine) as connection:
        card = the_client(connection, client)
        account = statement(load_entries(connection, card.id), since=since, until=until)
    rows = [_entry(entry, balance) for entry, balance in account.entries]
    if as_json:
        print_json({"client": card.name, "balance": plain(account.balance), "opening": plain(account.opening), "entries": rows})
        return
    print_listing("entries", rows, as_json=False, columns=("date", "kind", "document", "debit", "credit", "balance"))
    print_document({}, as_json=False, line=f"{card.name}: {plain(account.balance)}")


def _entry(entry: Entry, balance: int) -> dict[str, Any]:
    return {
        "date": entry.day.isoformat(),
        "kind": entry.kind,
        "document": entry.document,
        "debit": plain(entry.debit),
        "credit": plain(entry.credit),
        "balance": plain(balance),
    }


def _payment(number: int, payment: Payment, client: str) -> dict[str, Any]:
    return {"id": number, "client": client, "date": payment.dated.isoformat(), "amount": plain(payment.amount), "number": payment.number}


def _positive(amount: int) -> int:
    if not amount:
        message = "a payment of 0 rubles moves nothing"
        raise Refused(message)
    return amount


def _not_ahead(around: Surroundings, day: date) -> date:
    today = studio_day(around.clock(), ZoneInfo(around.settings.studio.timezone))
    if day > today:
        message = f"{day} is yet to come (today is {today}): enter the payment when it is there"
        raise Refused(message)
    return day
