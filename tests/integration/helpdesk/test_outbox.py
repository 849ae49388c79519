"""Letters wait in the outbox until they are sent, once."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from config.database import transaction
from helpdesk import outbox
from helpdesk.messages import Address, OutgoingMessage, StoredFile
from tests.unit.helpdesk.hand_made import NOW, OLGA, POLICY

LEASE = NOW + timedelta(minutes=5)
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


def put(engine: Engine, letter: OutgoingMessage = LETTER) -> int:
    with transaction(engine) as connection:
        made = outbox.enqueue(connection, letter, now=NOW)
    assert made is not None
    return made


def claimed(engine: Engine, *, after: timedelta = timedelta(0), limit: int = 10) -> list[int]:
    with transaction(engine) as connection:
        return [queued.id for queued in outbox.claim(connection, now=NOW + after, lease_until=LEASE + after, limit=limit)]


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


def test_what_one_sender_has_in_hand_no_other_gets_until_the_lease_ends(engine: Engine) -> None:
    number = put(engine)
    assert claimed(engine) == [number]
    assert claimed(engine) == []
    assert claimed(engine, after=timedelta(minutes=6)) == [number]
    assert status(engine, number) == ("queued", 2, "")


def test_the_oldest_letters_are_claimed_first_and_no_more_than_asked_for(engine: Engine) -> None:
    first, second, third = put(engine), put(engine), put(engine)
    assert claimed(engine, limit=2) == [first, second]
    assert claimed(engine, limit=2) == [third]


def test_what_was_not_tried_is_laid_back_uncounted(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        outbox.lay_back(connection, [number])
    assert status(engine, number) == ("queued", 0, "")
    assert claimed(engine) == [number]


def test_what_is_sent_stays_sent(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        outbox.mark_sent(connection, number, at=NOW, answer="250 ok")
        outbox.mark_deferred(connection, number, next_attempt_at=NOW, answer="451 later")
        outbox.mark_failed(connection, number, answer="550 no")
        outbox.lay_back(connection, [number])
        assert not outbox.retry(connection, number, now=NOW)
    assert status(engine, number) == ("sent", 1, "250 ok")
    assert claimed(engine, after=timedelta(days=1)) == []


def test_what_the_relay_puts_off_waits_for_its_hour(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        outbox.mark_deferred(connection, number, next_attempt_at=NOW + timedelta(hours=1), answer="451 later")
    assert claimed(engine, after=timedelta(minutes=59)) == []
    assert claimed(engine, after=timedelta(hours=1)) == [number]


def test_what_failed_is_listed_and_may_be_tried_again(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        outbox.mark_failed(connection, number, answer="550 no such user")
        assert [row.id for row in outbox.listing(connection, outbox.FAILED)] == [number]
    assert claimed(engine, after=timedelta(days=1)) == []
    with transaction(engine) as connection:
        assert outbox.retry(connection, number, now=NOW)
    assert claimed(engine) == [number]


def test_a_retry_takes_no_letter_out_of_a_senders_hand(engine: Engine) -> None:
    number = put(engine)
    claimed(engine)
    with transaction(engine) as connection:
        assert outbox.retry(connection, number, now=NOW)
    assert claimed(engine) == []
    assert claimed(engine, after=timedelta(minutes=6)) == [number]


def test_what_is_not_there_cannot_be_tried(engine: Engine) -> None:
    with transaction(engine) as connection:
        assert not outbox.retry(connection, 99, now=NOW)
        assert outbox.load(connection, 99) is None
        assert outbox.standing(connection, 99) is None
