"""The desk's admin verbs: client, contact, project, staff, ticket, audit."""

from typing import Annotated, Any

import typer
from sqlalchemy import Connection, select

from config.console import Json, Refused, print_document, print_listing, print_record, surroundings
from config.database import transaction
from helpdesk import people, ticketfile
from helpdesk.commands.arguments import parse_number
from helpdesk.models import audits, projects
from helpdesk.money import parse_money, plain
from helpdesk.queries import all_clients, all_staff, contacts_of, find_client
from helpdesk.readmodels import ClientCard, ContactCard, StaffCard
from helpdesk.roles import ContactRole, StaffRole
from helpdesk.ticketfile import Filter
from helpdesk.workflow import Kind, Status

client_app = typer.Typer(help="Clients: who pays.", no_args_is_help=True)
contact_app = typer.Typer(help="Contacts: a client's people who may write.", no_args_is_help=True)
project_app = typer.Typer(help="Projects: a client's sites.", no_args_is_help=True)
staff_app = typer.Typer(help="Staff: the studio's people.", no_args_is_help=True)
ticket_app = typer.Typer(help="Tickets: list, show, search.", no_args_is_help=True)
audit_app = typer.Typer(help="Audit: who changed what by which letter.", no_args_is_help=True)

_SETTABLE = "name=…, rate=… (rubles per hour), language=ru|en"


def named_client(connection: Connection, word: str) -> ClientCard:
    """The client of a name or id; Refused where there is none."""
    card = find_client(connection, word)
    if card is None:
        names = ", ".join(f"«{one.name}»" for one in all_clients(connection)[:10]) or "none yet: deskpost client add NAME"
        message = f"there is no client «{word}». Clients: {names}"
        raise Refused(message)
    return card


def rubles(text: str, *, what: str) -> int:
    """Kopecks of a sum in rubles as typed; Refused where it is none."""
    amount = parse_money(text)
    if amount is None:
        message = f"{what} «{text}» is no sum of money: write 1500 or 1500.50"
        raise Refused(message)
    return amount


def _client_document(card: ClientCard) -> dict[str, Any]:
    return {"id": card.id, "name": card.name, "rate": plain(card.rate), "language": card.language}


def _contact_document(card: ContactCard, client: str) -> dict[str, Any]:
    bounced = card.bounced_at.isoformat() if card.bounced_at else None
    return {"client": client, "email": card.email, "name": card.name, "role": card.role, "bounced_at": bounced}


def _staff_document(card: StaffCard) -> dict[str, Any]:
    return {"id": card.id, "email": card.email, "name": card.name, "role": card.role, "pay_rate": plain(card.pay_rate)}


@client_app.command("add")
def client_add(
    context: typer.Context,
    name: str,
    rate: Annotated[str, typer.Option(help="Rubles per hour.")] = "1500",
    language: Annotated[str, typer.Option(help="Language of this client's letters: ru or en.")] = "",
    as_json: Json = False,
) -> None:
    """Add a client."""
    world = surroundings(context)
    chosen = language or world.settings.studio.language
    _check_language(chosen)
    with transaction(world.engine) as connection:
        people.add_client(connection, name, rate=rubles(rate, what="--rate"), language=chosen, now=world.clock())
        card = named_client(connection, name)
    print_document(_client_document(card), as_json=as_json, line=f"client {card.id}: {card.name}, {plain(card.rate)} an hour")


@client_app.command("list")
def client_list(context: typer.Context, as_json: Json = False) -> None:
    """List the clients."""
    with surroundings(context).engine.connect() as connection:
        rows = [_client_document(card) for card in all_clients(connection)]
    print_listing("clients", rows, as_json=as_json, columns=("id", "name", "rate", "language"))


@client_app.command("show")
def client_show(context: typer.Context, client: str, as_json: Json = False) -> None:
    """Show a client with its people and sites."""
    with surroundings(context).engine.connect() as connection:
        card = named_client(connection, client)
        contacts = [_contact_document(one, card.name) for one in contacts_of(connection, card.id)]
        sites = _sites(connection, card)
    print_record({**_client_document(card), "contacts": contacts, "projects": sites}, as_json=as_json)


@client_app.command("set")
def client_set(
    context: typer.Context,
    client: str,
    changes: Annotated[list[str], typer.Argument(metavar="KEY=VALUE…", help=_SETTABLE)],
    as_json: Json = False,
) -> None:
    """Change a client's name, rate or language."""
    with transaction(surroundings(context).engine) as connection:
        card = named_client(connection, client)
        for change in changes:
            _set_client(connection, card, change)
        after = named_client(connection, str(card.id))
    print_document(_client_document(after), as_json=as_json, line=f"client {after.id}: {after.name}, {plain(after.rate)} an hour")


def _set_client(connection: Connection, card: ClientCard, change: str) -> None:
    key, _, value = change.partition("=")
    match key.strip().lower():
        case "rate":
            people.set_client_rate(connection, card.id, rubles(value, what="rate"))
        case "language":
            _check_language(value)
            people.set_client_language(connection, card.id, value)
        case "name" if value.strip():
            people.rename_client(connection, card.id, value)
        case _:
            message = f"«{change}» cannot be set; known: {_SETTABLE}"
            raise Refused(message)


def _check_language(language: str) -> None:
    if language not in ("ru", "en"):
        message = f"language «{language}» is not known: ru or en"
        raise Refused(message)


@contact_app.command("add")
def contact_add(
    context: typer.Context,
    client: str,
    email: str,
    name: Annotated[str, typer.Option(help="How the person is called.")] = "",
    role: Annotated[ContactRole, typer.Option(help="What the person is at the client's.")] = ContactRole.MEMBER,
    as_json: Json = False,
) -> None:
    """Add a client's contact."""
    world = surroundings(context)
    studio = world.settings.studio
    if email.strip().lower() in (studio.support_address.lower(), studio.billing_address.lower()):
        message = f"{email} is the studio's own address: letters from it would be answered in a circle"
        raise Refused(message)
    with transaction(world.engine) as connection:
        card = named_client(connection, client)
        people.add_contact(connection, people.NewContact(card.id, email, name, role))
        added = next(one for one in contacts_of(connection, card.id) if one.email == people.parse_address(email))
    print_document(_contact_document(added, card.name), as_json=as_json, line=f"{added.email}: {added.role} of {card.name}")


@contact_app.command("list")
def contact_list(
    context: typer.Context,
    client: Annotated[str, typer.Argument(help="Only this client's.")] = "",
    as_json: Json = False,
) -> None:
    """List the contacts."""
    with surroundings(context).engine.connect() as connection:
        cards = (named_client(connection, client),) if client else all_clients(connection)
        rows = [_contact_document(contact, card.name) for card in cards for contact in contacts_of(connection, card.id)]
    print_listing("contacts", rows, as_json=as_json, columns=("client", "email", "name", "role"))


@contact_app.command("remove")
def contact_remove(context: typer.Context, email: str, as_json: Json = False) -> None:
    """Let a contact write no longer; what he wrote stays."""
    with transaction(surroundings(context).engine) as connection:
        if not people.remove_contact(connection, email):
            message = f"there is no contact {email}: see `deskpost contact list`"
            raise Refused(message)
    print_document({"email": email.lower(), "removed": True}, as_json=as_json, line=f"{email} may write no longer")


@project_app.command("add")
def project_add(
    context: typer.Context,
    client: str,
    domain: str,
    address: Annotated[str, typer.Option(help="A recipient address of its own: letters to it are about this site.")] = "",
    as_json: Json = False,
) -> None:
    """Add a client's site."""
    with transaction(surroundings(context).engine) as connection:
        card = named_client(connection, client)
        people.add_project(connection, card.id, domain=domain, address=address)
        added = _sites(connection, card)[-1]
    print_document(added, as_json=as_json, line=f"{added['domain']}: a site of {card.name}")


@project_app.command("list")
def project_list(context: typer.Context, as_json: Json = False) -> None:
    """List the sites."""
    with surroundings(context).engine.connect() as connection:
        rows = [site for card in all_clients(connection) for site in _sites(connection, card)]
    print_listing("projects", rows, as_json=as_json, columns=("client", "domain", "address"))


def _sites(connection: Connection, card: ClientCard) -> list[dict[str, Any]]:
    rows = connection.execute(select(projects).where(projects.c.client_id == card.id).order_by(projects.c.id))
    return [{"id": row.id, "client": card.name, "domain": row.domain, "address": row.address or None} for row in rows]


@staff_app.command("add")
def staff_add(
    context: typer.Context,
    email: str,
    name: Annotated[str, typer.Option(help="How the person is called.")],
    role: Annotated[StaffRole, typer.Option(help="What the person is in the studio.")],
    pay_rate: Annotated[str, typer.Option(help="Rubles per hour paid to the person.")] = "0",
    as_json: Json = False,
) -> None:
    """Add somebody of the studio."""
    person = people.NewStaff(email, name, role, rubles(pay_rate, what="--pay-rate"))
    with transaction(surroundings(context).engine) as connection:
        people.add_staff(connection, person)
        added = next(card for card in all_staff(connection) if card.email == people.parse_address(email))
    print_document(_staff_document(added), as_json=as_json, line=f"{added.name} <{added.email}>: {added.role}")


@staff_app.command("list")
def staff_list(context: typer.Context, as_json: Json = False) -> None:
    """List the studio's people."""
    with surroundings(context).engine.connect() as connection:
        rows = [_staff_document(card) for card in all_staff(connection)]
    print_listing("staff", rows, as_json=as_json, columns=("email", "name", "role", "pay_rate"))


@staff_app.command("remove")
def staff_remove(context: typer.Context, email: str, as_json: Json = False) -> None:
    """Let somebody of the studio command no longer; the time he logged stays."""
    with transaction(surroundings(context).engine) as connection:
        if not people.remove_staff(connection, email):
            message = f"there is nobody of the studio with {email}: see `deskpost staff list`"
            raise Refused(message)
    print_document({"email": email.lower(), "removed": True}, as_json=as_json, line=f"{email} may command no longer")


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
def ticket_show(context: typer.Context, number: str, as_json: Json = False) -> None:
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
        typer.echo(f"\n[{message['direction']}] {message['from']['address']}, {message['at']}\n{message['text']}")


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
