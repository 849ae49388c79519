"""Whatever happens to relay and sender, each letter goes out; twice only where nobody can know that it went, and then the same."""

import logging
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from config import loading
from config.database import open_engine, transaction
from config.files import FileStore
from config.surroundings import Surroundings
from gateway import relay as relaying
from gateway.relay import Answer, Deferred, Refused, Sent
from helpdesk import outbox
from helpdesk.messages import Address
from tests.integration.gateway.scripted_relay import CUT, STATES, ScriptedRelay, free_port, scripted
from tests.integration.gateway.sender_process import POINTS
from tests.integration.gateway.sending import START, Desk, real_relay
from tests.integration.gateway.throwaway import CLIENT, CONFIG


@pytest.fixture
def server() -> Iterator[ScriptedRelay]:
    with scripted() as made:
        yield made


@pytest.fixture
def studio(tmp_path: Path, empty_database: Path) -> Surroundings:
    (tmp_path / "deskpost.db").write_bytes(empty_database.read_bytes())
    return studio_of_nobody(tmp_path, f"sqlite:///{tmp_path}/deskpost.db")


@pytest.fixture
def any_studio(tmp_path: Path, database_url: str) -> Iterator[Surroundings]:
    """The same on every engine."""
    made = studio_of_nobody(tmp_path, database_url)
    yield made
    made.engine.dispose()


def studio_of_nobody(folder: Path, url: str) -> Surroundings:
    """These letters need no tickets."""
    (folder / "deskpost.toml").write_text(CONFIG.format(relay_port=1), encoding="utf-8")
    settings = loading.load(folder / "deskpost.toml", {})
    return Surroundings(settings, open_engine(url), FileStore(folder / "files"), lambda: START, b"k" * 32)


@pytest.fixture
def desk(studio: Surroundings, server: ScriptedRelay) -> Iterator[Desk]:
    made = Desk(studio, real_relay(server.port))
    yield made
    made.relay.close()


def names(desk: Desk, letters: list[int]) -> list[str]:
    return [desk.standing(letter).message_id for letter in letters]


@pytest.mark.parametrize("state", STATES)
def test_a_relay_that_cuts_the_conversation_loses_no_letter_and_doubles_none_it_could_answer_for(
    desk: Desk, server: ScriptedRelay, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.scripts.append({state: CUT})
    letters = names(desk, [desk.put() for _ in range(3)])
    desk.drain()
    twice = {letters[0]: 2} if state == "dot" else {}
    assert server.copies == Counter(letters) | Counter(twice)
    assert desk.statuses() == ["sent"] * 3
    # Of a letter that fits into the buffers on the way nobody knows how much the relay read before it cut.
    assert ("outcome=uncertain" in caplog.text) == (state in {"part", "dot"})


def test_a_long_letter_that_was_cut_in_the_middle_was_certainly_not_taken(desk: Desk, server: ScriptedRelay) -> None:
    server.scripts.append({"part": CUT})
    answer = desk.relay.send("", CLIENT, b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 300_000)
    assert isinstance(answer, Deferred)
    assert (answer.closed, answer.uncertain) == (True, False)


@pytest.mark.parametrize("state", STATES[:-1])
def test_a_relay_that_shuts_down_in_the_middle_gets_the_letter_later_and_once(desk: Desk, server: ScriptedRelay, state: str) -> None:
    server.scripts.append({"DATA" if state == "part" else state: "421 4.3.2 shutting down"})
    letters = names(desk, [desk.put() for _ in range(2)])
    desk.drain()
    assert server.copies == Counter(letters)


@pytest.mark.parametrize("state", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "dot"])
def test_an_answer_that_makes_no_sense_is_no_yes(desk: Desk, server: ScriptedRelay, state: str) -> None:
    server.scripts.append({state: "hello"})
    letter = desk.put()
    desk.sender.send_due()
    assert desk.standing(letter).status == "deferred"
    desk.drain()
    assert set(server.copies) == {desk.standing(letter).message_id}


@pytest.mark.parametrize("state", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize(("said", "kind"), [("451 4.3.0 later", Deferred), ("550 5.7.1 never", Refused)])
def test_at_every_state_4xx_is_later_and_5xx_is_never_and_the_conversation_goes_on(
    desk: Desk, server: ScriptedRelay, state: str, said: str, kind: type[Answer]
) -> None:
    server.scripts.append({state: said})
    assert desk.relay.send("", CLIENT, b"x\r\n") == kind(said)
    assert isinstance(desk.relay.send("", CLIENT, b"x\r\n"), Sent)
    assert len(server.conversations) == 1


def test_each_recipient_has_his_own_outcome(desk: Desk, server: ScriptedRelay) -> None:
    words = {"busy": "450 4.2.0 busy", "gone": "550 5.1.1 no such user", "full": "452 4.2.2 mailbox full"}
    server.judge = lambda recipient: words.get(recipient.partition("@")[0], "250 ok")
    for who in ("anna", "busy", "gone", "full", "ivan"):
        desk.put(recipient=Address(f"{who}@client.example"))
    desk.sender.send_due()
    assert desk.statuses() == ["sent", "deferred", "failed", "deferred", "sent"]
    assert [answer for _, answer in desk.failures] == ["550 5.1.1 no such user"]


def test_a_greylisting_relay_gets_the_letter_when_its_time_is_over(desk: Desk, server: ScriptedRelay) -> None:
    met = desk.now
    server.judge = lambda _recipient: "250 ok" if desk.now - met >= timedelta(minutes=15) else "450 4.7.1 greylisted for 15 minutes"
    letter = desk.put()
    desk.drain()
    assert desk.now - met == timedelta(minutes=15)
    assert (desk.standing(letter).status, desk.standing(letter).attempts) == ("sent", 3)
    assert server.copies.total() == 1


def test_after_a_day_without_a_relay_everything_goes_out_once_and_in_order(any_studio: Surroundings) -> None:
    port = free_port()
    desk = Desk(any_studio, real_relay(port))
    letters = []
    for _ in range(8):
        letters += [desk.put(), desk.put()]
        assert not desk.sender.send_due().reachable
        desk.now += timedelta(hours=3)
    with scripted(ScriptedRelay(port=port)) as server:
        while desk.sender.send_due().tried:
            pass
    assert server.names == names(desk, letters)
    assert desk.failures == []


def test_letters_follow_each_other_over_one_conversation(desk: Desk, server: ScriptedRelay) -> None:
    for _ in range(3):
        desk.put()
    desk.sender.send_due()
    letter = ["MAIL", "RCPT", "DATA"]
    assert server.conversations == [["EHLO", *letter, "RSET", *letter, "RSET", *letter, "QUIT"]]


def test_full_batches_share_a_conversation_and_none_grows_too_long(
    desk: Desk, server: ScriptedRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sender.BATCH", 4)
    monkeypatch.setattr(relaying, "SESSION_LETTERS", 6)
    for _ in range(9):
        desk.put()
    desk.drain()
    assert [heard.count("MAIL") for heard in server.conversations] == [6, 3]
    assert server.copies.total() == 9


def test_no_more_letters_a_minute_than_the_relay_takes(any_studio: Surroundings, server: ScriptedRelay) -> None:
    relay = real_relay(server.port, per_minute=3)
    two = [Desk(any_studio, relay), Desk(any_studio, real_relay(server.port, per_minute=3))]
    for _ in range(7):
        two[0].put()
    sent = []
    for _ in range(8):
        sent.append(sum(one.sender.send_due().tried for one in two))
        for one in two:
            one.now += timedelta(seconds=30)
    assert sent == [3, 0, 3, 0, 1, 0, 0, 0]


def test_a_letter_too_big_for_the_relay_is_not_even_shown_to_it(desk: Desk, server: ScriptedRelay) -> None:
    server.extensions = ("SIZE 2000",)
    big, small = desk.put(text="x" * 3000), desk.put()
    desk.sender.send_due()
    assert desk.standing(big).answer.startswith("552 5.3.4 the letter has ")
    assert desk.standing(small).status == "sent"
    assert server.conversations[0].count("MAIL") == 1


def test_an_address_that_the_relay_cannot_say_fails_and_one_that_it_can_goes_out(desk: Desk, server: ScriptedRelay) -> None:
    letter = desk.put(recipient=Address("иван@client.example"))
    desk.sender.send_due()
    assert (desk.standing(letter).status, desk.standing(letter).answer[:9]) == ("failed", "553 5.6.7")
    server.extensions = ("SMTPUTF8", "8BITMIME")
    able = desk.put(recipient=Address("иван@client.example", "Иван"))
    plain = desk.put()
    desk.sender.send_due()
    assert (desk.standing(able).status, desk.standing(plain).status) == ("sent", "sent")
    (first, to, content), (second, *_) = server.letters
    assert (first.endswith("> SMTPUTF8"), to, second.endswith(">")) == (True, "иван@client.example", True)
    assert "<иван@client.example>".encode() in content


def test_several_senders_at_once_send_each_letter_once(any_studio: Surroundings, server: ScriptedRelay) -> None:
    first = Desk(any_studio, real_relay(server.port))
    letters = names(first, [first.put() for _ in range(30)])
    url = any_studio.engine.url.render_as_string(hide_password=False)

    def work() -> None:
        engine = open_engine(url)
        mine = Surroundings(any_studio.settings, engine, any_studio.files, any_studio.clock, any_studio.key)
        desk = Desk(mine, real_relay(server.port))
        while desk.sender.send_due().tried:
            pass
        engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert server.copies == Counter(letters)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_sender_loses_no_letter_and_doubles_only_the_one_it_had_just_handed_over(
    any_studio: Surroundings, server: ScriptedRelay, point: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(any_studio, real_relay(server.port))
    letters = names(desk, [desk.put() for _ in range(4)])
    url = any_studio.engine.url.render_as_string(hide_password=False)
    program = Path(__file__).with_name("sender_process.py")
    killed = subprocess.run([sys.executable, program, url, any_studio.files.folder, str(server.port), point], check=False)
    assert killed.returncode == -9
    with transaction(any_studio.engine) as connection:
        assert outbox.holders(connection)
    desk.drain()
    twice = {letters[1]: 2} if point == "handed over" else {}
    assert server.copies == Counter(letters) | Counter(twice)
    assert "may have been sent" in caplog.text
