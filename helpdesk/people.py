"""Clients, contacts, sites and staff: adding and changing them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, insert, select, update

from helpdesk.messages import parse_mailbox
from helpdesk.models import clients, contacts, projects, staff
from helpdesk.roles import ContactRole, StaffRole


class AlreadyThere(Exception):
    """What is to be added is there already; the message says where."""


class NotAnAddress(Exception):
    """What should be a mail address is none."""


class NotAName(NotAnAddress):
    """What should be a name is empty."""


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact to add."""

    client_id: int
    email: str
    name: str = ""
    role: ContactRole = ContactRole.MEMBER


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Somebody of the studio to add. `pay_rate` in kopecks per hour."""

    email: str
    name: str
    role: StaffRole
    pay_rate: int = 0


def add_client(connection: Connection, name: str, *, rate: int, language: str, now: datetime) -> int:
    """Add a client and return its id; AlreadyThere where the name is taken."""
    wanted = _free_name(connection, name)
    values = {"name": wanted, "rate": rate, "language": language, "created_at": now, "active": True}
    return _insert(connection, clients, values)


def add_contact(connection: Connection, contact: NewContact) -> int:
    """Add a contact and return his id; one who was removed comes back. AlreadyThere where the address is somebody's."""
    email = parse_address(contact.email)
    _refuse_active(connection, staff, email, f"{email} is somebody of the studio")
    values = {"client_id": contact.client_id, "email": email, "name": contact.name, "role": contact.role.value}
    return _insert_or_revive(connection, contacts, values)


def add_staff(connection: Connection, person: NewStaff) -> int:
    """Add somebody of the studio and return his id; one who was removed comes back. AlreadyThere where the address is somebody's."""
    email = parse_address(person.email)
    _refuse_active(connection, contacts, email, f"{email} is a client's contact")
    values = {"email": email, "name": person.name, "role": person.role.value, "pay_rate": person.pay_rate}
    return _insert_or_revive(connection, staff, values)


def add_project(connection: Connection, client_id: int, *, domain: str, address: str = "") -> int:
    """Add a site and return its id; AlreadyThere where the domain or the address is a site's already."""
    plain = parse_domain(domain)
    recipient = parse_address(address) if address else ""
    _refuse_known(connection, projects, "domain", plain, f"there is a project {plain} already")
    if recipient:
        _refuse_known(connection, projects, "address", recipient, f"{recipient} belongs to another project already")
    return _insert(connection, projects, {"client_id": client_id, "domain": plain, "address": recipient})


def remove_contact(connection: Connection, email: str) -> bool:
    """Let a contact write no longer (his letters stay); False where there is none."""
    return _deactivate(connection, contacts, email)


def remove_staff(connection: Connection, email: str) -> bool:
    """Let somebody of the studio command no longer (his time stays); False where there is none."""
    return _deactivate(connection, staff, email)


def set_client_rate(connection: Connection, client_id: int, rate: int) -> None:
    """The client's price of an hour, in kopecks."""
    connection.execute(update(clients).where(clients.c.id == client_id).values(rate=rate))


def set_client_language(connection: Connection, client_id: int, language: str) -> None:
    """The language of the client's letters: ru or en."""
    connection.execute(update(clients).where(clients.c.id == client_id).values(language=language))


def rename_client(connection: Connection, client_id: int, name: str) -> None:
    """Give the client another name; AlreadyThere where it is another's."""
    wanted = _free_name(connection, name, but=client_id)
    connection.execute(update(clients).where(clients.c.id == client_id).values(name=wanted))


def _free_name(connection: Connection, name: str, *, but: int = 0) -> str:
    """The name with single blanks; AlreadyThere where a client bears it in any case, for clients are named on the command line."""
    wanted = " ".join(name.split())
    if not wanted:
        message = "a client needs a name"
        raise NotAName(message)
    taken = connection.execute(select(clients.c.name).where(clients.c.id != but)).scalars()
    if any(known.casefold() == wanted.casefold() for known in taken):
        message = f"there is a client «{wanted}» already"
        raise AlreadyThere(message)
    return wanted


def parse_address(text: str) -> str:
    """A bare mail address in lower case with an IDNA domain; NotAnAddress otherwise."""
    email = parse_mailbox(text)
    if email is None:
        message = f"«{text}» is not a mail address: write it as name@domain.ru"
        raise NotAnAddress(message)
    return email


def parse_domain(text: str) -> str:
    """A site's domain in lower case, without scheme, path and «www.»; as people write it, not IDNA."""
    plain = text.strip().lower().removeprefix("https://").removeprefix("http://").partition("/")[0].removeprefix("www.").rstrip(".")
    if not plain or "." not in plain or any(char.isspace() or char == "@" for char in plain):
        message = f"«{text}» is not a domain: write it as site.ru"
        raise NotAnAddress(message)
    return plain


def _refuse_known(connection: Connection, table: Table, column: str, value: str, message: str) -> None:
    if connection.execute(select(table.c.id).where(table.c[column] == value)).first() is not None:
        raise AlreadyThere(message)


def _refuse_active(connection: Connection, table: Table, email: str, message: str) -> None:
    """Who was removed there may be added here."""
    if connection.execute(select(table.c.id).where(table.c.email == email, table.c.active)).first() is not None:
        raise AlreadyThere(message)


def _insert(connection: Connection, table: Table, values: Mapping[str, object]) -> int:
    return int(connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def _insert_or_revive(connection: Connection, table: Table, values: Mapping[str, object]) -> int:
    known = connection.execute(select(table.c.id, table.c.active).where(table.c.email == values["email"])).first()
    if known is None:
        return _insert(connection, table, {**values, "active": True})
    if known.active:
        message = f"{values['email']} is there already"
        raise AlreadyThere(message)
    connection.execute(update(table).where(table.c.id == known.id).values({**values, "active": True}))
    return int(known.id)


def _deactivate(connection: Connection, table: Table, email: str) -> bool:
    wanted = parse_mailbox(email)
    return bool(connection.execute(update(table).where(table.c.email == wanted, table.c.active).values(active=False)).rowcount)
