"""`deskpost contact` and `deskpost staff`: who may write, at the clients' and in the studio."""

from typing import Annotated, Any

import typer

from config.console import Json, Refused, print_document, print_listing, surroundings
from config.database import transaction
from helpdesk import people
from helpdesk.admin.clients import contact_document
from helpdesk.admin.words import named_client, rubles
from helpdesk.money import plain
from helpdesk.queries import all_clients, all_staff, contacts_of
from helpdesk.readmodels import StaffCard
from helpdesk.roles import ContactRole, StaffRole

contact_app = typer.Typer(help="Contacts: a client's people who may write.", no_args_is_help=True)
staff_app = typer.Typer(help="Staff: the studio's people.", no_args_is_help=True)


def _staff_document(card: StaffCard) -> dict[str, Any]:
    return {"id": card.id, "email": card.email, "name": card.name, "role": card.role, "pay_rate": plain(card.pay_rate)}


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
    print_document(contact_document(added, card.name), as_json=as_json, line=f"{added.email}: {added.role} of {card.name}")


@contact_app.command("list")
def contact_list(
    context: typer.Context,
    client: Annotated[str, typer.Argument(help="Only this client's.")] = "",
    as_json: Json = False,
) -> None:
    """List the contacts."""
    with surroundings(context).engine.connect() as connection:
        cards = (named_client(connection, client),) if client else all_clients(connection)
        rows = [contact_document(contact, card.name) for card in cards for contact in contacts_of(connection, card.id)]
    print_listing("contacts", rows, as_json=as_json, columns=("client", "email", "name", "role"))


@contact_app.command("remove")
def contact_remove(context: typer.Context, email: str, as_json: Json = False) -> None:
    """Let a contact write no longer; what he wrote stays."""
    with transaction(surroundings(context).engine) as connection:
        if not people.remove_contact(connection, email):
            message = f"there is no contact {email}: see `deskpost contact list`"
            raise Refused(message)
    print_document({"email": email.lower(), "removed": True}, as_json=as_json, line=f"{email} may write no longer")


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
