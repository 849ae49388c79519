"""Letters go in by SMTP and come out by SMTP, through the real desk."""

from email.message import EmailMessage

from sqlalchemy import select

from config.database import transaction
from config.surroundings import Surroundings
from gateway import spool
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


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""
