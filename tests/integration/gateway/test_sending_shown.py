"""People see what became of the letters that a message caused: sent, deferred, failed or bounced, and what the relay said."""

import json
from datetime import timedelta
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
from typer.testing import CliRunner

from config.database import transaction
from config.surroundings import Surroundings
from gateway import spool
from gateway.admin import outbox_app
from gateway.relay import Answer, Deferred, Refused
from gateway.serving import open_runner
from gateway.spool import Arrival
from helpdesk import outbox
from helpdesk.admin.tickets import ticket_app
from tests.integration.gateway.sending import START, Desk, Obedient
from tests.integration.gateway.throwaway import CLIENT, STAFF, letter


class Judge(Obedient):
    """Answers by recipient."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        super().__init__()
        self.by_recipient = answers

    def send(self, sender: str, recipient: str, content: bytes) -> Answer:
        return self.by_recipient.get(recipient) or super().send(sender, recipient, content)


@pytest.fixture
def desk(studio: Surroundings) -> Desk:
    return Desk(studio, Judge({STAFF: Deferred("451 4.7.1 greylisted")}))


def arrives(desk: Desk, raw: bytes, sender: str = CLIENT) -> None:
    with transaction(desk.studio.engine) as connection:
        spool.put(connection, [Arrival("smtp", raw, START, sender, ("support@studio.example",))])
    open_runner(desk.studio).run_batch(lambda _seconds: False)


def said(app: Any, studio: Surroundings, *words: str) -> Any:
    result = CliRunner().invoke(app, [*words, "--json"], obj=lambda: studio, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def deliveries(desk: Desk) -> dict[str, tuple[str, str]]:
    message = said(ticket_app, desk.studio, "show", "1")["messages"][0]
    assert all(set(one) == {"to", "status", "answer", "at", "letter"} for one in message["deliveries"])
    return {one["to"]: (one["status"], one["answer"]) for one in message["deliveries"]}


def test_a_message_shows_what_became_of_its_letters(desk: Desk) -> None:
    arrives(desk, letter().as_bytes())
    assert deliveries(desk) == {CLIENT: ("queued", ""), STAFF: ("queued", "")}
    desk.now += timedelta(days=3650)
    desk.sender.send_due()
    assert deliveries(desk) == {CLIENT: ("sent", "250 ok"), STAFF: ("deferred", "451 4.7.1 greylisted")}
    shown = CliRunner().invoke(ticket_app, ["show", "1"], obj=lambda: desk.studio).stdout
    assert f"→ {STAFF}: deferred {desk.now.isoformat()} (451 4.7.1 greylisted)" in shown
    desk.relay.by_recipient = {STAFF: Refused("550 5.1.1 no such user")}  # type: ignore[attr-defined]
    desk.now += timedelta(minutes=5)
    desk.sender.send_due()
    assert deliveries(desk)[STAFF] == ("failed", "550 5.1.1 no such user")


def test_the_outbox_lists_by_every_status(desk: Desk) -> None:
    arrives(desk, letter().as_bytes())
    desk.now += timedelta(days=3650)
    desk.sender.send_due()
    listed = {
        status: [row["to"] for row in said(outbox_app, desk.studio, "list", "--status", status)["outbox"]] for status in outbox.STATUSES
    }
    assert listed == {"queued": [STAFF], "deferred": [STAFF], "sent": [CLIENT], "failed": [], "bounced": []}
    (row,) = said(outbox_app, desk.studio, "list", "--status", "deferred")["outbox"]
    shown = said(outbox_app, desk.studio, "show", str(row["id"]))
    assert (shown["status"], shown["answer"], shown["at"]) == ("deferred", "451 4.7.1 greylisted", desk.now.isoformat())
    assert CliRunner().invoke(outbox_app, ["list", "--status", "gone"], obj=lambda: desk.studio).exit_code == 2


def report(name: str, *, to: str = CLIENT, action: str = "failed", status: str = "5.1.1") -> bytes:
    """What a mail server writes about a letter of ours, by its Message-ID."""
    message = MIMEMultipart("report", report_type="delivery-status")
    message["From"], message["To"], message["Subject"] = "MAILER-DAEMON@mx.example", "support@studio.example", "Undelivered Mail"
    message.attach(MIMEText("Sorry."))
    fields = f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n"
    about = MIMEText(fields + "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n", "delivery-status")
    message.attach(about)
    original = MIMEText("Текст")
    original["Message-ID"], original["To"] = f"<{name}>", CLIENT
    message.attach(MIMEMessage(original))
    return message.as_bytes()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "bounced"),
        ({"to": "ivan@elsewhere.example"}, "bounced"),
        ({"action": "delayed", "status": "4.4.1"}, "sent"),
        ({"action": "delivered", "status": "2.1.5"}, "sent"),
    ],
    ids=["its recipient", "where his mail goes on to", "not yet", "arrived"],
)
def test_a_delivery_report_stands_on_the_letter_it_names(desk: Desk, changes: dict[str, str], status: str) -> None:
    arrives(desk, letter().as_bytes())
    desk.now += timedelta(days=3650)
    desk.sender.send_due()
    (sent,) = said(outbox_app, desk.studio, "list", "--status", "sent")["outbox"]
    arrives(desk, report(sent["message_id"], **changes), sender="")
    found = deliveries(desk)[CLIENT]
    assert found[0] == status
    assert ("5.1.1" in found[1] and "User unknown" in found[1]) == (status == "bounced")


def test_a_report_about_a_letter_that_is_not_ours_changes_nothing(desk: Desk) -> None:
    arrives(desk, letter().as_bytes())
    desk.now += timedelta(days=3650)
    desk.sender.send_due()
    arrives(desk, report("guess@studio.example"), sender="")
    assert deliveries(desk)[CLIENT] == ("sent", "250 ok")


def test_a_letter_that_bounced_may_be_sent_again(desk: Desk) -> None:
    arrives(desk, letter().as_bytes())
    desk.now += timedelta(days=3650)
    desk.sender.send_due()
    (sent,) = said(outbox_app, desk.studio, "list", "--status", "sent")["outbox"]
    arrives(desk, report(sent["message_id"]), sender="")
    assert said(outbox_app, desk.studio, "retry", str(sent["id"]))["status"] == "queued"
    desk.sender.send_due()
    assert deliveries(desk)[CLIENT][0] == "sent"
    assert isinstance(desk.relay, Judge)
    assert len([name for name in desk.relay.taken if name[1] == CLIENT]) == 2
