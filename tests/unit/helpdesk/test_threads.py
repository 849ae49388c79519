"""Which ticket a letter belongs to, and who may write to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdesk.authority import is_proven, may_command, may_write
from helpdesk.commands.registry import COMMANDS
from helpdesk.messages import Address, Authenticity, InboundMessage, ReplyClaim
from helpdesk.snapshot import Person
from helpdesk.threads import Thread, find_thread
from helpdesk.workflow import Status
from tests.unit.helpdesk.hand_made import IVAN, NINA, NOW, OLGA, POLICY, STRANGER, VIKTOR, letter, person, snapshot, task, ticket


def claimed(number: int, recipient: str) -> InboundMessage:
    return replace(letter("Готово?"), reply_claim=ReplyClaim(number, recipient), subject_ticket=3)


def test_a_signed_address_wins_over_references_and_these_over_the_subject() -> None:
    known = snapshot(OLGA, claimed=ticket(1), referenced=(ticket(2),), named=ticket(3))
    assert find_thread(claimed(1, OLGA.email), known, POLICY) == Thread(ticket(1))
    assert find_thread(letter("Готово?"), replace(known, claimed=None), POLICY) == Thread(ticket(2))
    assert find_thread(letter("Готово?"), replace(known, claimed=None, referenced=()), POLICY) == Thread(ticket(3))


def test_a_signed_address_that_was_handed_to_another_stands_behind_references() -> None:
    known = snapshot(OLGA, claimed=ticket(1), referenced=(ticket(2),))
    assert find_thread(claimed(1, NINA.email), known, POLICY).ticket == ticket(2)
    assert find_thread(claimed(1, NINA.email), replace(known, referenced=()), POLICY).ticket == ticket(1)


@pytest.mark.parametrize("sender", [STRANGER, person(VIKTOR)])
def test_strangers_and_other_clients_find_nothing(sender: Person) -> None:
    known = snapshot(sender, claimed=ticket(1), referenced=(ticket(2),), named=ticket(3))
    assert find_thread(claimed(1, OLGA.email), known, POLICY) == Thread()
    assert find_thread(claimed(1, sender.address.email), known, POLICY) == Thread()


def test_a_ticket_that_is_not_his_hides_none_that_is() -> None:
    known = snapshot(VIKTOR, referenced=(ticket(1), ticket(2, requester=Address(VIKTOR.email))))
    assert find_thread(letter("Готово?"), known, POLICY).ticket == known.referenced[1]


def test_a_colleague_of_the_requester_may_write() -> None:
    assert find_thread(letter("И мне"), snapshot(NINA, on=ticket()), POLICY).ticket == ticket()


def test_a_participant_may_write_even_if_he_is_a_stranger() -> None:
    on = ticket(participants=(STRANGER.address,))
    assert find_thread(letter("Макет готов"), snapshot(STRANGER, on=on), POLICY).ticket == on


def test_a_late_letter_to_a_closed_ticket_goes_on_in_a_new_one() -> None:
    old = ticket(status=Status.CLOSED, closed_at=NOW - timedelta(days=30, seconds=1))
    assert find_thread(letter("Опять"), snapshot(OLGA, on=old), POLICY) == Thread(continues=old)
    fresh = replace(old, closed_at=NOW - timedelta(days=30))
    assert find_thread(letter("Опять"), snapshot(OLGA, on=fresh), POLICY) == Thread(fresh)


def test_the_studio_may_write_to_any_ticket_however_old() -> None:
    old = ticket(status=Status.CLOSED, closed_at=NOW - timedelta(days=900))
    assert find_thread(letter("/show"), snapshot(IVAN, on=old), POLICY) == Thread(old)


def test_whoever_was_removed_writes_to_no_ticket_not_even_to_his_own() -> None:
    fired = Person(Address(OLGA.email), removed=True)
    assert not may_write(fired, ticket())
    assert not may_write(Person(Address(IVAN.email), removed=True), task())
    assert not may_write(fired, ticket(participants=(fired.address,)))


@pytest.mark.parametrize(
    ("authenticity", "proven"),
    [
        (Authenticity.VERIFIED, True),
        (Authenticity.SIGNED_ADDRESS, True),
        (Authenticity.UNVERIFIED, False),
        (Authenticity.FAILED, False),
    ],
)
def test_only_a_domain_or_a_signed_address_proves_a_sender(authenticity: Authenticity, *, proven: bool) -> None:
    assert is_proven(letter("", authenticity=authenticity)) is proven


def test_clients_and_strangers_command_little() -> None:
    for sender in (person(OLGA), STRANGER):
        assert {name for name in COMMANDS if may_command(sender, name)} == {"close", "reopen", "help"}
    assert all(may_command(person(IVAN), name) for name in COMMANDS)
