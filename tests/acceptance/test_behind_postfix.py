"""Behind a real Postfix, configured as the README says: mail comes in, answers go out, strangers' recipients are refused."""

import smtplib
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from demo.mailboxes import Mailboxes, free_port
from demo.studio import SUPPORT, Studio, found, serving
from tests.conversations.stage import text_of

CLIENT, PROGRAMMER = "olga@romashka.example", "ivan@studio.example"


def letter(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, to, subject, make_msgid(domain="test.example")
    made.set_content(text)
    return made


def post(port: int, message: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as connection:
        connection.send_message(message)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """A studio whose relay is not there yet."""
    return found(tmp_path / "studio", free_port())


def test_a_ticket_lives_behind_postfix(
    studio: Studio,
    mailboxes: tuple[Mailboxes, Controller],
    open_postfix: Callable[[int, int], int],
) -> None:
    boxes, sink = mailboxes
    port = open_postfix(studio.port, sink.port)
    behind = replace(studio, relay_port=port)
    with serving(behind):
        post(port, letter(CLIENT, SUPPORT, "Каталог", "Не открывается каталог."))
        acknowledgement = boxes.take(CLIENT)
        assert "[#1] Каталог" in acknowledgement["Subject"]
        request = boxes.take(PROGRAMMER)
        post(port, letter(PROGRAMMER, request["Reply-To"], f"Re: {request['Subject']}", "Починили.\n/spent 20m\n"))
        answer = boxes.take(CLIENT)
        assert "Время: 20 минут · Стоимость: 500 руб." in text_of(answer)
        post(port, letter(CLIENT, answer["Reply-To"], f"Re: {answer['Subject']}", "Спасибо, заработало!"))
        transcript_and_answer = text_of(boxes.take(PROGRAMMER)) + text_of(boxes.take(PROGRAMMER))
        assert "✓ записано: 20 минут" in transcript_and_answer
        assert "Спасибо, заработало!" in transcript_and_answer
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="User unknown"):
            post(port, letter(CLIENT, "nobody@desk.studio.example", "Кто здесь", "Есть кто?"))
