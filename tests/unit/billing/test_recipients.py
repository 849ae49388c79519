from datetime import UTC, datetime

from billing.mailing import recipients
from helpdesk.readmodels import ContactCard

OWNER = ContactCard(1, "boss@romashka.example", "", "owner")
ACCOUNTANT = ContactCard(1, "buh@romashka.example", "", "accountant")
MEMBER = ContactCard(1, "olga@romashka.example", "", "member")
BOUNCING = ContactCard(1, "old@romashka.example", "", "accountant", datetime(2026, 10, 1, tzinfo=UTC))


def test_documents_go_to_the_accountants_alone() -> None:
    assert recipients((OWNER, ACCOUNTANT, MEMBER)) == (ACCOUNTANT,)


def test_without_an_accountant_the_owner_gets_them_and_else_everybody() -> None:
    assert recipients((MEMBER, OWNER)) == (OWNER,)
    assert recipients((MEMBER,)) == (MEMBER,)
    assert recipients(()) == ()


def test_an_address_that_bounces_is_used_only_for_want_of_others() -> None:
    assert recipients((OWNER, BOUNCING)) == (OWNER,)
    assert recipients((BOUNCING,)) == (BOUNCING,)
