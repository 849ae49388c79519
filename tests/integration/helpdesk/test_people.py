"""Clients, contacts, sites and staff are added, changed and removed."""

import pytest
from sqlalchemy import Connection, Engine

from config.database import transaction
from helpdesk.messages import parse_mailbox
from helpdesk.people import (
    AlreadyThere,
    NewContact,
    NewStaff,
    NotAnAddress,
    add_client,
    add_contact,
    add_project,
    add_staff,
    parse_domain,
    remove_contact,
    remove_staff,
    rename_client,
    set_client_language,
    set_client_rate,
)
from helpdesk.queries import all_clients, all_staff, contacts_of, find_client
from helpdesk.readmodels import ClientCard
from helpdesk.roles import ContactRole, StaffRole
from tests.unit.helpdesk.hand_made import NOW

IVAN = NewStaff("ivan@studio.example", "Иван Петров", StaffRole.PROGRAMMER, 70_000)


def client(connection: Connection, name: str = "Ромашка") -> int:
    return add_client(connection, name, rate=150_000, language="ru", now=NOW)


def test_a_client_is_added_found_and_changed(engine: Engine) -> None:
    with transaction(engine) as connection:
        number = client(connection, "  Ромашка   Плюс ")
        set_client_rate(connection, number, 200_000)
        set_client_language(connection, number, "en")
        rename_client(connection, number, "ромашка плюс")
        assert find_client(connection, "РОМАШКА ПЛЮС") == ClientCard(number, "ромашка плюс", "en", 200_000)
        assert find_client(connection, str(number)) == find_client(connection, "ромашка плюс")
        assert find_client(connection, "Василёк") is None


@pytest.mark.parametrize("name", ["Ромашка", "ромашка", " РОМАШКА "])
def test_two_clients_never_share_a_name(engine: Engine, name: str) -> None:
    with transaction(engine) as connection:
        client(connection)
        other = client(connection, "Василёк")
        with pytest.raises(AlreadyThere, match="already"):
            client(connection, name)
        with pytest.raises(AlreadyThere, match="already"):
            rename_client(connection, other, name)
        assert len(all_clients(connection)) == 2


def test_a_client_without_a_name_is_none(engine: Engine) -> None:
    with transaction(engine) as connection, pytest.raises(NotAnAddress, match="needs a name"):
        client(connection, "  ")


def test_a_contact_is_known_by_a_plain_address(engine: Engine) -> None:
    with transaction(engine) as connection:
        number = client(connection)
        add_contact(connection, NewContact(number, " <Olga@Romashka.Example> ", "Ольга", ContactRole.OWNER))
        add_contact(connection, NewContact(number, "info@лад.рф"))
        assert [card.email for card in contacts_of(connection, number)] == ["olga@romashka.example", "info@xn--80ait.xn--p1ai"]


def test_an_address_belongs_to_one_person(engine: Engine) -> None:
    with transaction(engine) as connection:
        number, other = client(connection), client(connection, "Василёк")
        add_contact(connection, NewContact(number, "olga@romashka.example"))
        add_staff(connection, IVAN)
        with pytest.raises(AlreadyThere):
            add_contact(connection, NewContact(other, "olga@romashka.example"))
        with pytest.raises(AlreadyThere, match="somebody of the studio"):
            add_contact(connection, NewContact(number, IVAN.email))
        with pytest.raises(AlreadyThere, match="a client's contact"):
            add_staff(connection, NewStaff("olga@romashka.example", "Ольга", StaffRole.MANAGER))


def test_who_was_removed_may_come_back_with_another_role(engine: Engine) -> None:
    with transaction(engine) as connection:
        add_staff(connection, IVAN)
        assert remove_staff(connection, "IVAN@studio.example")
        assert not remove_staff(connection, IVAN.email)
        assert all_staff(connection) == ()
        add_staff(connection, NewStaff(IVAN.email, "Иван Иванович", StaffRole.DIRECTOR))
        assert [(card.name, card.role) for card in all_staff(connection)] == [("Иван Иванович", "director")]


def test_who_left_the_studio_may_become_a_clients_contact(engine: Engine) -> None:
    with transaction(engine) as connection:
        number = client(connection)
        add_staff(connection, IVAN)
        remove_staff(connection, IVAN.email)
        add_contact(connection, NewContact(number, IVAN.email))
        assert remove_contact(connection, IVAN.email)
        assert contacts_of(connection, number) == ()


def test_a_site_and_its_address_belong_to_one_client(engine: Engine) -> None:
    with transaction(engine) as connection:
        number = client(connection)
        add_project(connection, number, domain="https://www.Romashka.example/shop", address="Romashka@studio.example")
        with pytest.raises(AlreadyThere, match=r"romashka\.example"):
            add_project(connection, number, domain="romashka.example")
        with pytest.raises(AlreadyThere, match="belongs to another project"):
            add_project(connection, number, domain="other.example", address="romashka@studio.example")


@pytest.mark.parametrize(
    "text", ["", "olga", "olga@", "@romashka.example", "a b@c.d", "a@b@c.d", "ольга@romashka.example", "a@" + "x" * 64]
)
def test_what_mail_cannot_be_sent_to_is_no_address(engine: Engine, text: str) -> None:
    assert parse_mailbox(text) is None
    with transaction(engine) as connection, pytest.raises(NotAnAddress, match="is not a mail address"):
        add_contact(connection, NewContact(client(connection), text))


@pytest.mark.parametrize("text", ["", "romashka", "a b.example", "olga@romashka.example", "https://"])
def test_what_is_no_site_is_no_domain(text: str) -> None:
    with pytest.raises(NotAnAddress, match="is not a domain"):
        parse_domain(text)
