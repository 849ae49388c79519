"""Delivery reports that do not follow RFC 3464 to the letter."""

from gateway import parsing
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
