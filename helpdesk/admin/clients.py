"""`deskpost client` and `deskpost project`: who pays, and for which sites."""

from typing import Annotated, Any

import typer
from sqlalchemy import Connection, select

from config.console import Json, Refused, print_document, print_listing, print_record, surroundings
from config.database import transaction
from helpdesk import people
from helpdesk.admin.words import named_client, rubles
from helpdesk.models import projects
from helpdesk.money import plain
from helpdesk.queries import all_clients, contacts_of
from helpdesk.readmodels import ClientCard, ContactCard

client_app = typer.Typer(help="Clients: who pays.", no_args_is_help=True)
project_app = typer.Typer(help="Projects: a client's sites.", no_args_is_help=True)

_SETTABLE = "name=…, rate=… (rubles per hour), language=ru|en"


def _client_document(card: ClientCard) -> dict[str, Any]:
    return {"id": card.id, "name": card.name, "rate": plain(card.rate), "language": card.language}


def contact_document(card: ContactCard, client: str) -> dict[str, Any]:
    """A contact as JSON."""
    bounced = card.bounced_at.isoformat() if card.bounced_at else None
    return {"client": client, "email": card.email, "name": card.name, "role": card.role, "bounced_at": bounced}


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
        contacts = [contact_document(one, card.name) for one in contacts_of(connection, card.id)]
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
