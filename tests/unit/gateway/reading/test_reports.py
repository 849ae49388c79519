"""Delivery reports that do not follow RFC 3464 to the letter."""

import json

from gateway.reading import parsing
from helpdesk.messages import Verdict

HEAD = (
    b"From: Mail Delivery Subsystem <mailer-daemon@relay.example>\nReturn-Path: <>\nTo: support@studio.example\nSubject: failure notice\n\n"
)


def test_the_class_of_a_status_says_whether_a_failure_lasts() -> None:
    text = b"Hi. This is the qmail-send program at relay.example.\n\n<anna@shop.example>:\n%s mailbox full\n"
    for status, lasting in ((b"452 4.2.2", False), (b"552 5.2.2", True)):
        found = parsing.parse(HEAD + text % status).report
        assert found is not None
        assert [(one.address, one.permanent) for one in found.recipients] == [("anna@shop.example", lasting)]


def test_the_returned_letters_author_and_id_are_no_recipients() -> None:
    text = (
        b"A message that you sent could not be delivered to one or more of its recipients.\n\n"
        b"anna@shop.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1\n\n"
        b"Message-ID:<t1@studio.example>\nFrom: <support@studio.example>\nTo:<anna@shop.example>\n"
    )
    found = parsing.parse(HEAD + text).report
    assert found is not None
    assert [one.address for one in found.recipients] == ["anna@shop.example"]


def test_a_receipt_that_refuses_a_letter_is_a_report() -> None:
    parts = (
        b"--b\nContent-Type: text/plain\n\nYour message was automatically rejected: Quota exceeded\n"
        b"--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; anna@shop.example\n"
        b"Original-Message-ID: <t1@studio.example>\nDisposition: automatic-action/MDN-sent-automatically; %s\n--b--\n"
    )
    head = b"From: a@shop.example\nSubject: x\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
    refused = parsing.parse(head + parts % b"deleted")
    assert refused.report is not None
    assert (refused.report.recipients[0].address, refused.report.original_message_id) == ("anna@shop.example", "t1@studio.example")
    shown = parsing.parse(head + parts % b"displayed")
    assert (shown.report, shown.verdict) == (None, Verdict.AUTO_REPLY)


def test_a_person_who_hands_a_report_on_is_a_person() -> None:
    report = "From: mailer-daemon@relay.example\nSubject: Undelivered mail\n\n<anna@shop.example>: 550 5.1.1 User unknown"
    raw = f"From: Ivan <ivan@shop.example>\nSubject: %s Undelivered mail\n\nWhy?\n\n{report}\n"
    for prefix in ("Fwd:", "Re:", "FW:"):
        assert parsing.parse((raw % prefix).encode()).report is None


def test_every_line_of_a_transcript_counts() -> None:
    text = (
        b"   ----- Transcript of session follows -----\n>>> RCPT To:<anna@shop.example>\n<<< 550 User unknown\n"
        b"550 <anna@shop.example>... User unknown\n554 <petr@shop.example>... 550 Host unknown\n"
    )
    found = parsing.parse(HEAD + text).report
    assert found is not None
    assert sorted(one.address for one in found.recipients) == ["anna@shop.example", "petr@shop.example"]


def test_status_fields_count_where_their_part_is_not_labelled() -> None:
    text = b"Sorry.\n\nReporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; anna@shop.example\nAction: delayed\nStatus: 4.4.7\n"
    found = parsing.parse(HEAD + text).report
    assert found is not None
    assert [(one.address, one.status, one.permanent) for one in found.recipients] == [("anna@shop.example", "4.4.7", False)]


def test_the_recipient_is_the_one_we_wrote_to() -> None:
    parts = (
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n"
        b"Original-Recipient: rfc822; anna@shop.example\nFinal-Recipient: rfc822; box7@inside.example\n"
        b"Action: failed\nStatus: 5.1.1\n--b--\n"
    )
    head = b"From: mailer-daemon@relay.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    found = parsing.parse(head + parts).report
    assert found is not None
    assert [one.address for one in found.recipients] == ["anna@shop.example"]


def test_a_server_that_has_not_given_up_reports_nothing_lasting() -> None:
    text = b"THIS IS A WARNING MESSAGE ONLY.\n\n<anna@shop.example>: Host not reachable\nMessage will be retried for 4 more day(s)\n"
    found = parsing.parse(HEAD + text).report
    assert found is not None
    assert [one.permanent for one in found.recipients] == [False]


def test_a_report_in_json_is_read_from_a_robot_alone() -> None:
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "Anna@shop.example", "status": "5.1.1"}]}
    notice = json.dumps({"notificationType": "Bounce", "bounce": bounce, "mail": {"commonHeaders": {"messageId": "<t1@studio.example>"}}})
    for body in (notice, json.dumps({"Type": "Notification", "Message": notice})):
        found = parsing.parse(f"From: no-reply@relay.example\nSubject: x\n\n{body}\n\n--\nunsubscribe\n".encode()).report
        assert found is not None
        assert [(one.address, one.status, one.permanent) for one in found.recipients] == [("anna@shop.example", "5.1.1", True)]
        assert found.original_message_id == "t1@studio.example"
        assert parsing.parse(f"From: anna@shop.example\nSubject: x\n\n{body}".encode()).report is None
    for broken in ('{"bouncedRecipients":', '{"bounce": {"bouncedRecipients": [1]}}', "{" + "[" * 9000 + "bouncedRecipients"):
        assert parsing.parse(f"From: no-reply@relay.example\nSubject: x\n\n{broken}".encode()).report is None
