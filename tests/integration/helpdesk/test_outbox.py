"""Letters wait in the outbox until they are sent, once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert

from config.database import transaction
from helpdesk import outbox
from helpdesk.messages import Address, OutgoingMessage, StoredFile
from helpdesk.models import tickets
from tests.unit.helpdesk.hand_made import NOW, OLGA, POLICY

LEASE = NOW + timedelta(minutes=5)
ME, OTHER = "here/boot/1/1/1", "here/boot/2/2/1"
FILE = StoredFile("акт.pdf", "application/pdf", "d" * 64, 3)
LETTER = OutgoingMessage(
    kind="documents",
    recipient=Address(OLGA.email, OLGA.name),
    sender=Address(POLICY.support_address, POLICY.studio),
    subject="Счёт",
    text="Здравствуйте!\n",
    html="<p>Здравствуйте!</p>",
    in_reply_to="a@b.example",
    references=("first@b.example", "a@b.example"),
    attachments=(FILE,),
)


@pytest.fixture
def ticket(engine: Engine) -> int:
    row = {"number": 7, "subject": "Баннер", "kind": "request", "status": "new", "requester_email": OLGA.email, "requester_name": ""}
    with transaction(engine) as connection:
        connection.execute(
            insert(tickets).values(row | {"created_at": NOW, "discount_percent": 0, "discount_amount": 0, "warranty": False})
        )
    return 7


def put(engine: Engine, letter: OutgoingMessage = LETTER) -> int:
    with transaction(engine) as connection:
        made = outbox.enqueue(connection, letter, now=NOW)
    assert made is not None
    return made


def claimed(engine: Engine, *, after: timedelta = timedelta(0), limit: int = 10, by: str = ME) -> list[int]:
    with transaction(engine) as connection:
        return [queued.id for queued in outbox.claim(connection, now=NOW + after, lease_until=LEASE + after, limit=limit, holder=by)]


def freed(engine: Engine, holder: str = ME) -> list[tuple[int, int]]:
    with transaction(engine) as connection:
        return outbox.free(connection, holder)


def defer(engine: Engine, number: int, *, by: str = ME, until: timedelta = timedelta(hours=1)) -> None:
    with transaction(engine) as connection:
        outbox.mark_deferred(connection, number, at=NOW, next_attempt_at=NOW + until, answer="451 later", holder=by)


def fail(engine: Engine, number: int, *, by: str = ME) -> bool:
    with transaction(engine) as connection:
        return outbox.mark_failed(connection, number, at=NOW, answer="550 no such user", holder=by)


def status(engine: Engine, outbox_id: int) -> tuple[str, int, str]:
    with transaction(engine) as connection:
        found = outbox.standing(connection, outbox_id)
    assert found is not None
    return found.status, found.attempts, found.answer


def test_a_letter_comes_out_as_it_went_in(engine: Engine) -> None:
    number = put(engine)
    with transaction(engine) as connection:
        queued = outbox.load(connection, number)
    assert queued is not None
    assert queued.message.message_id.endswith("@studio.example")
    assert replace(queued.message, message_id="") == LETTER


def test_every_letter_has_a_message_id_of_its_own(engine: Engine) -> None:
    put(engine)
    put(engine)
    with transaction(engine) as connection:
        assert len({row.message_id for row in outbox.listing(connection)}) == 2


def test_of_two_letters_with_one_key_only_the_first_is_written(engine: Engine) -> None:
    keyed = replace(LETTER, dedupe_key="digest:2026-10-05")
    put(engine, keyed)
    with transaction(engine) as connection:
        assert outbox.enqueue(connection, keyed, now=NOW) is None
        assert len(outbox.listing(connection)) == 1


def test_what_one_sender_has_in_hand_no_other_gets(engine: Engine) -> None:
    number = put(engine)
    assert claimed(engine) == [number]
    assert claimed(engine, by=OTHER) == []
    assert claimed(engine, by=OTHER, after=timedelta(days=1)) == []
    with transaction(engine) as connection:
        assert outbox.holders(connection) == [(ME, LEASE)]


def test_what_is_freed_may_be_claimed_again_and_stays_counted(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    assert freed(engine, OTHER) == []
    assert freed(engine) == [(number, 1)]
    assert claimed(engine, by=OTHER) == [number]
    assert status(engine, number) == ("queued", 2, "")


def test_the_oldest_letters_are_claimed_first_and_no_more_than_asked_for(engine: Engine) -> None:
    first, second, third = put(engine), put(engine), put(engine)
    assert claimed(engine, limit=2) == [first, second]
    assert claimed(engine, limit=2) == [third]


def test_a_letter_with_which_a_sender_died_is_claimed_alone(engine: Engine) -> None:
    first, second = put(engine), put(engine)
    claimed(engine, limit=1)
    freed(engine)
    third = put(engine)
    assert claimed(engine) == [first]
    assert claimed(engine) == [second, third]


def test_no_letter_of_a_ticket_overtakes_one_to_the_same_person_that_is_in_hand(engine: Engine, ticket: int) -> None:
    of_ticket = replace(LETTER, reply_ticket=ticket)
    first, later, to_another, elsewhere = (
        put(engine, letter) for letter in (of_ticket, of_ticket, replace(of_ticket, recipient=Address("a@b.example")), LETTER)
    )
    assert claimed(engine, limit=1) == [first]
    assert claimed(engine, by=OTHER) == [to_another, elsewhere]
    defer(engine, first)
    assert claimed(engine, by=OTHER) == [later]


def test_letters_that_are_due_together_go_in_the_order_they_were_written(engine: Engine) -> None:
    first = put(engine)
    claimed(engine)
    defer(engine, first)
    second = put(engine)
    assert claimed(engine, after=timedelta(hours=2)) == [first, second]


def test_what_was_not_tried_is_laid_back_uncounted(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        outbox.lay_back(connection, [number], holder=OTHER)
        assert outbox.standing(connection, number).attempts == 1  # type: ignore[union-attr]
        outbox.lay_back(connection, [number], holder=ME)
    assert status(engine, number) == ("queued", 0, "")
    assert claimed(engine) == [number]


def test_what_is_sent_stays_sent(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        outbox.mark_sent(connection, number, at=NOW, answer="250 ok")
    defer(engine, number)
    assert not fail(engine, number)
    with transaction(engine) as connection:
        outbox.lay_back(connection, [number], holder=ME)
        assert not outbox.retry(connection, number, now=NOW)
    assert status(engine, number) == ("sent", 1, "250 ok")
    assert claimed(engine, after=timedelta(days=1)) == []


def test_who_lost_his_letter_to_another_says_nothing_more_of_it_but_that_it_is_sent(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    freed(engine)
    claimed(engine, by=OTHER)
    defer(engine, number)
    assert not fail(engine, number)
    assert status(engine, number) == ("queued", 2, "")
    with transaction(engine) as connection:
        outbox.mark_sent(connection, number, at=NOW, answer="250 ok")
    defer(engine, number, by=OTHER)
    assert status(engine, number) == ("sent", 2, "250 ok")


def test_what_the_relay_puts_off_waits_for_its_hour(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    defer(engine, number)
    assert status(engine, number) == ("deferred", 1, "451 later")
    assert claimed(engine, after=timedelta(minutes=59)) == []
    assert claimed(engine, after=timedelta(hours=1)) == [number]


def test_what_failed_is_listed_and_may_be_tried_again(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    fail(engine, number)
    with transaction(engine) as connection:
        assert [row.id for row in outbox.listing(connection, outbox.FAILED)] == [number]
    assert claimed(engine, after=timedelta(days=1)) == []
    with transaction(engine) as connection:
        assert outbox.retry(connection, number, now=NOW)
    assert claimed(engine) == [number]
    assert status(engine, number) == ("queued", 1, "")


def test_a_retry_takes_no_letter_out_of_a_senders_hand(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        assert outbox.retry(connection, number, now=NOW)
    assert claimed(engine, by=OTHER) == []
    assert freed(engine) == [(number, 0)]
    assert claimed(engine, by=OTHER) == [number]


def test_what_waits_is_listed_with_what_is_put_off(engine: Engine) -> None:
    first, second = put(engine), put(engine)
    claimed(engine, limit=1)
    defer(engine, first)
    with transaction(engine) as connection:
        assert [(row.id, row.status) for row in outbox.listing(connection, "queued")] == [(first, "deferred"), (second, "queued")]
        assert [row.id for row in outbox.listing(connection, "deferred")] == [first]


def test_a_letter_that_came_back_is_bounced_whatever_the_relay_said(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        name = outbox.standing(connection, number).message_id  # type: ignore[union-attr]
        assert outbox.mark_bounced(connection, name, at=NOW, answer="5.1.1 no such user")
        assert not outbox.mark_bounced(connection, "guess@elsewhere.example", at=NOW, answer="5.1.1")
        outbox.mark_sent(connection, number, at=NOW, answer="250 ok")
    assert status(engine, number) == ("bounced", 1, "5.1.1 no such user")
    with transaction(engine) as connection:
        assert [row.id for row in outbox.listing(connection, "bounced")] == [number]
        assert outbox.retry(connection, number, now=NOW)
    assert claimed(engine) == [number]


def test_how_much_was_tried_counts_answers_and_what_is_in_hand(engine: Engine) -> None:
    for _ in range(4):
        put(engine)
    first, *_ = claimed(engine, limit=1)
    defer(engine, first)
    claimed(engine, limit=2)
    minute = timedelta(minutes=1)
    with transaction(engine) as connection:
        assert outbox.tried_since(connection, NOW - minute, NOW) == 3
        assert outbox.tried_since(connection, NOW, NOW + minute) == 2


def test_characters_that_no_database_takes_are_replaced(engine: Engine) -> None:
    number = put(engine, replace(LETTER, subject="a\x00b\ud800", text="\udfff\x00", recipient=Address("a@b.example", "\ud83d")))
    with transaction(engine) as connection:
        queued = outbox.load(connection, number)
    assert queued is not None
    assert (queued.message.subject, queued.message.text, queued.message.recipient.name) == ("ab?", "?", "?")


def test_what_is_not_there_cannot_be_tried(engine: Engine) -> None:
    with transaction(engine) as connection:
        assert not outbox.retry(connection, 99, now=NOW)
        assert outbox.load(connection, 99) is None
        assert outbox.standing(connection, 99) is None
