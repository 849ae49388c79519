"""Statuses, and what may follow what."""

import pytest

from helpdesk.workflow import FINISHED, MAY_FOLLOW, RUSSIAN, Status, after_client_letter, after_staff_work, find_status, may_follow


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_russian_name_and_a_way_on(status: Status) -> None:
    assert RUSSIAN[status]
    assert MAY_FOLLOW[status]


@pytest.mark.parametrize("status", Status)
def test_every_status_is_found_by_both_its_names(status: Status) -> None:
    assert find_status(RUSSIAN[status]) is find_status(RUSSIAN[status].upper().replace("Ё", "Е")) is status
    assert find_status(status.value) is find_status(status.value.replace("_", " ").upper()) is status


def test_a_word_that_names_no_status_finds_none() -> None:
    assert find_status("почти") is None
    assert find_status("") is None


def test_no_ticket_becomes_new_again() -> None:
    assert not any(may_follow(status, Status.NEW) for status in Status)


def test_every_ticket_can_be_closed_and_a_closed_one_taken_up_again() -> None:
    assert all(may_follow(status, Status.CLOSED) for status in Status if status is not Status.CLOSED)
    assert MAY_FOLLOW[Status.CLOSED] == {Status.IN_PROGRESS}


@pytest.mark.parametrize("status", [Status.WAITING, *sorted(FINISHED)])
def test_a_clients_letter_makes_what_waited_or_was_finished_work_again(status: Status) -> None:
    assert after_client_letter(status) is Status.IN_PROGRESS


@pytest.mark.parametrize("status", [Status.NEW, Status.AWAITING_APPROVAL, Status.IN_PROGRESS])
def test_a_clients_letter_leaves_the_rest_as_it_is(status: Status) -> None:
    assert after_client_letter(status) is status


def test_only_new_tickets_are_started_by_work() -> None:
    assert {status: after_staff_work(status) for status in Status} == {status: status for status in Status} | {
        Status.NEW: Status.IN_PROGRESS
    }


@pytest.mark.parametrize("status", Status)
def test_what_a_letter_does_to_a_status_is_a_way_that_commands_may_go_too(status: Status) -> None:
    for after in (after_client_letter(status), after_staff_work(status)):
        assert after is status or may_follow(status, after)
