"""Letters go in by SMTP and come out by SMTP, through the real desk."""

import socket
import threading
from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from config.console import Refused
from config.database import transaction
from config.surroundings import Surroundings
from gateway import spool
from gateway.serving import serve
from helpdesk.models import messages, tickets
from tests.integration.gateway.throwaway import CLIENT, STAFF, Recorder, letter, send, serving, until


def _to(relay: Recorder, email: str) -> list[EmailMessage]:
    return [message for message in relay.parsed() if email in str(message["To"])]


def test_a_clients_letter_becomes_a_ticket_and_answers_travel_both_ways(studio: Surroundings, relay: Recorder) -> None:
    with serving(studio) as door:
        first = letter()
        first.add_attachment(b"\x00\xff" * 5000, maintype="image", subtype="png", filename="снимок экрана.png")
        send(door, first)
        until(lambda: _to(relay, CLIENT) and _to(relay, STAFF))
        told = _to(relay, STAFF)[0]
        answer = letter("Re: " + str(told["Subject"]), "Починил.", STAFF, In_Reply_To=str(told["Message-ID"]))
        send(door, answer, to=str(told["Reply-To"]))
        until(lambda: any("Починил" in message.as_string() or "Починил" in _text(message) for message in _to(relay, CLIENT)))
    with transaction(studio.engine) as connection:
        assert len(connection.execute(select(tickets)).all()) == 1
        assert len(connection.execute(select(messages)).all()) == 2
        assert {entry.status for entry in spool.listing(connection)} == {"done"}
    attached = [part for part in told.iter_attachments() if part.get_filename() == "снимок экрана.png"]
    assert [part.get_content() for part in attached] == [b"\x00\xff" * 5000]


def test_a_port_in_use_is_refused_and_everything_ends_again(studio: Surroundings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        busy = replace(studio, settings=replace(studio.settings, smtp=replace(studio.settings.smtp, listen=address)))
        before = threading.active_count()
        with pytest.raises(Refused, match=f"{address}: .*in use"):
            serve(busy, frozenset({"smtp", "worker", "outbox"}))
        assert threading.active_count() == before


def test_an_outdated_schema_is_refused(studio: Surroundings) -> None:
    with transaction(studio.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Refused, match="db upgrade"):
        serve(studio)


def test_what_waits_in_the_spool_and_the_outbox_is_worked_on_at_the_next_start(studio: Surroundings, relay: Recorder) -> None:
    with serving(studio, "smtp") as door:
        send(door, letter())
        assert relay.letters == []
    with serving(studio, "worker"):
        until(lambda: _statuses(studio) == {"done"})
        assert relay.letters == []
    with serving(studio, "outbox"):
        until(lambda: _to(relay, CLIENT) and _to(relay, STAFF))


def _statuses(studio: Surroundings) -> set[str]:
    with transaction(studio.engine) as connection:
        return {entry.status.value for entry in spool.listing(connection)}


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""
