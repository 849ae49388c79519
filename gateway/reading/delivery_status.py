"""The machine's part of a delivery report: one block of fields for each recipient (RFC 3464).

Pure. Whether a letter is a report at all is the business of `reports`.
"""

import re
from collections.abc import Iterator

from gateway.reading import fields, headers, mailboxes, mime
from gateway.reading.clean import one_line
from gateway.reading.mime import Part
from helpdesk.messages import ReportedRecipient

TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
RECIPIENTS = 100
_TEXT = 256 * 1024
REASON = 300
_ARRIVED = frozenset({"delivered", "relayed", "expanded", "deliverable", "success"})


def of_parts(root: Part) -> Iterator[ReportedRecipient | None]:
    """Recipients of all delivery-status parts; None for one whose letter arrived."""
    for part in mime.walk(root):
        if part.content_type in TYPES:
            for block in part.text[:_TEXT].replace("\n \n", "\n\n").split("\n\n")[: RECIPIENTS + 1]:
                yield from of_block(block)


def of_block(block: str) -> Iterator[ReportedRecipient | None]:
    """The recipient of one block of fields, None for one whose letter arrived; nothing where the block names no recipient."""
    found: dict[str, str] = {}
    for name, value in fields.of_lines(block.encode("utf-8", "surrogateescape").split(b"\n")):
        found.setdefault(name.lower(), one_line(headers.unfolded(value)))
    if not {"final-recipient", "original-recipient", "action"} & set(found):
        return
    action = found.get("action", "").split("(")[0].split(";")[0].strip().lower()
    if action in _ARRIVED:
        yield None
        return
    diagnostic = found.get("diagnostic-code", "")
    status = _status(found.get("status", ""), diagnostic)
    address = (
        # The address as we wrote it, before servers on the way changed it (RFC 3464 §2.3.1).
        recipient(found.get("original-recipient", ""))
        or recipient(found.get("final-recipient", ""))
        or recipient(found.get("x-actual-recipient", ""))
    )
    temporary = action.startswith(("delay", "defer")) or status.startswith("4")
    yield ReportedRecipient(address=address, status=status, permanent=not temporary, reason=_reason(diagnostic))


def recipient(value: str) -> str:
    """«rfc822; anna@example.org»."""
    bare = value.partition(";")[2] or value
    return mailboxes.bare(bare.strip().split(" ")[0]) if bare.strip() else ""


def _status(given: str, diagnostic: str) -> str:
    """The RFC 3463 code; the diagnostic's own where the given one says nothing."""
    found = STATUS.search(given)
    status = found.group(1) if found else ""
    if not status or status.endswith(".0.0"):
        better = STATUS.search(diagnostic)
        status = better.group(1) if better else status
    return status


def _reason(diagnostic: str) -> str:
    text = diagnostic.partition(";")[2].strip() if diagnostic.lower().startswith(("smtp;", "x-", "lmtp;")) else diagnostic
    return text[:REASON]
