"""Delivery reports as JSON, which cloud relays send as letters (Amazon SES by way of SNS).

Pure. Believes them only from an address that takes no answers; `reports` asks that.
"""

import json
from typing import Any

from gateway.reading import headers, mailboxes
from gateway.reading.clean import one_line
from helpdesk.messages import Report, ReportedRecipient

MARK = b"bouncedRecipients"
_LONGEST = 64 * 1024
_RECIPIENTS = 100
_REASON = 300
_ENVELOPES = 2


def read(content: bytes) -> Report | None:
    """The report in a body that begins with an object, or None."""
    notice = _notice(content[:_LONGEST].decode("utf-8", "replace").lstrip())
    bounce, sent = _object(notice.get("bounce")), _object(notice.get("mail"))
    listed = bounce.get("bouncedRecipients")
    found = [_recipient(_object(one), _text(bounce, "bounceType")) for one in listed[:_RECIPIENTS]] if isinstance(listed, list) else []
    recipients = tuple(one for one in found if one.address)
    return Report(recipients, _message_id(sent)) if recipients else None


def _notice(text: str) -> dict[str, Any]:
    """The notification, out of the envelope that may be around it."""
    for _ in range(_ENVELOPES):
        try:
            found = _object(json.JSONDecoder(strict=False).raw_decode(text)[0])
        except (ValueError, RecursionError):
            return {}
        if "bounce" in found:
            return found
        text = _text(found, "Message").lstrip()
    return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(held: dict[str, Any], name: str) -> str:
    value = held.get(name)
    return value if isinstance(value, str) else ""


def _recipient(one: dict[str, Any], kind: str) -> ReportedRecipient:
    status, diagnostic = one_line(_text(one, "status"))[:_REASON], one_line(_text(one, "diagnosticCode"))
    lasting = not status.startswith("4") if status else kind.lower() == "permanent"
    reason = (diagnostic.partition(";")[2].strip() or diagnostic)[:_REASON]
    return ReportedRecipient(mailboxes.bare(_text(one, "emailAddress")), status, permanent=lasting, reason=reason)


def _message_id(sent: dict[str, Any]) -> str:
    given = _text(_object(sent.get("commonHeaders")), "messageId")
    return next(iter(headers.message_ids(given)), "")
