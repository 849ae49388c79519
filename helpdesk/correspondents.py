"""Who writes to us and where: what the gateway must know of the desk before it hands a letter in."""

from sqlalchemy import Connection, exists, select, union

from helpdesk.models import contacts, participants, projects, staff, tickets


def project_addresses(connection: Connection) -> frozenset[str]:
    """The addresses that belong to projects, lower-case."""
    found = connection.execute(select(projects.c.address).where(projects.c.address != "")).scalars()
    return frozenset(address.lower() for address in found)


def people_of_ticket(connection: Connection, number: int) -> tuple[str, ...]:
    """Everybody who may have been handed a reply address of the ticket: requester, participants, the client's contacts, staff."""
    everybody = union(
        select(tickets.c.requester_email).where(tickets.c.number == number),
        select(participants.c.email).where(participants.c.ticket == number),
        select(contacts.c.email).join(tickets, tickets.c.client_id == contacts.c.client_id).where(tickets.c.number == number),
        select(staff.c.email),
    )
    return tuple(connection.execute(everybody).scalars())


def is_known(connection: Connection, email: str) -> bool:
    """Whether the address is a staff member's or a contact's."""
    wanted = email.lower()
    known = select(exists().where(staff.c.email == wanted) | exists().where(contacts.c.email == wanted))
    return bool(connection.execute(known).scalar_one())
