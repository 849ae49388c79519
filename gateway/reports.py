"""Delivery reports: which letter, which addresses, why.

Pure. RFC 3464 first, then what the headers say, then flufl.bounce behind a gate, as it also sees reports where there are none.
"""

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flufl.bounce import all_failures

from gateway import fields, headers, mailboxes, mime, phrases
from gateway.clean import one_line
from gateway.headers import Headers
from gateway.mime import Part
from helpdesk.messages import Report, ReportedRecipient

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.-])([45]\d\d)(?= |-|$)")
_ORIGINAL_ID = re.compile(r"(?im)^[> \t]*(?:x-)?(?:original-)?message-id:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{3,400})>")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_TEXT = 64 * 1024
_RECIPIENTS = 100
_REASON = 300
_ARRIVED = frozenset({"delivered", "relayed", "expanded", "deliverable", "success"})
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers"})
_FOREIGN_REPORTS = frozenset({"message/feedback-report", "message/disposition-notification"})
# It logs a trace of each detector that breaks on a letter, with the letter's words.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
# What reports by people who never read the RFC raise inside the library's detectors.
_DETECTOR_ERRORS = (IndexError, AttributeError, KeyError, ValueError, TypeError, LookupError, RecursionError, AssertionError)


@dataclass(frozen=True, slots=True)
class _Letter:
    """What the reading of a report needs to know."""

    root: Part
    headers: Headers
    subject: str
    sender: str
    text: str


def read(root: Part, raw: bytes) -> Report | None:
    """The report in a letter, or None where it is no report."""
    kinds = {part.content_type for part in mime.walk(root)}
    if kinds & _FOREIGN_REPORTS and "message/delivery-status" not in kinds:
        return _refusal(root)
    letter = _Letter(root, root.headers, root.headers.text("subject"), _sender(root.headers), _text(root))
    statuses = tuple(_statuses(root))
    if statuses:
        failed = tuple(found for found in statuses if found is not None)
        return Report(_unique(failed), _original_id(letter)) if failed else None
    if not _is_suspect(letter):
        return None
    found = _failed_header(letter) or _detected(letter, raw)
    if found or _is_certain(letter):
        return Report(_unique(found or _in_text(letter)), _original_id(letter))
    return None


def _refusal(root: Part) -> Report | None:
    """A receipt by which the recipient's mail filter refuses a letter (RFC 5429 §2.2)."""
    for part in mime.walk(root):
        if part.content_type == "message/disposition-notification":
            found = headers.Headers(headers.lowered(fields.of_lines(part.content.replace(b"\r", b"").split(b"\n"))))
            disposition = found.raw("disposition").lower()
            address = _recipient(found.raw("final-recipient"))
            if disposition.startswith("automatic-action") and "deleted" in disposition and address:
                words = one_line(_text(root)[: 4 * _REASON])[:_REASON]
                return Report(
                    (ReportedRecipient(address, "", permanent=True, reason=words),),
                    "".join(headers.message_ids(found.raw("original-message-id"))[:1]),
                )
    return None


def _sender(top: Headers) -> str:
    return one_line(" ".join(top.every("from", "sender"))).lower()


def _text(root: Part) -> str:
    """The readable text of all parts, returned letters included."""
    readable = (part for part in mime.walk(root) if part.content_type.startswith(("text/", "message/", "multipart/")) and not part.children)
    return "\n".join(part.text[:_TEXT] for part in readable)[:_TEXT]


def _statuses(root: Part) -> Iterator[ReportedRecipient | None]:
    """Recipients of all delivery-status parts; None for one whose letter arrived."""
    for part in mime.walk(root):
        if part.content_type in {"message/delivery-status", "message/global-delivery-status"}:
            for block in part.text.replace("\n \n", "\n\n").split("\n\n")[: _RECIPIENTS + 1]:
                yield from _status_block(block)


def _status_block(block: str) -> Iterator[ReportedRecipient | None]:
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
        _recipient(found.get("final-recipient", ""))
        or _recipient(found.get("original-recipient", ""))
        or _recipient(found.get("x-actual-recipient", ""))
    )
    temporary = action.startswith(("delay", "defer")) or status.startswith("4")
    yield ReportedRecipient(address=address, status=status, permanent=not temporary, reason=_reason(diagnostic))


def _recipient(value: str) -> str:
    """«rfc822; anna@example.org»."""
    bare = value.partition(";")[2] or value
    return mailboxes.bare(bare.strip().split(" ")[0]) if bare.strip() else ""


def _status(given: str, diagnostic: str) -> str:
    """The RFC 3463 code; the diagnostic's own where the given one says nothing."""
    found = _STATUS.search(given)
    status = found.group(1) if found else ""
    if not status or status.endswith(".0.0"):
        better = _STATUS.search(diagnostic)
        status = better.group(1) if better else status
    return status


def _reason(diagnostic: str) -> str:
    text = diagnostic.partition(";")[2].strip() if diagnostic.lower().startswith(("smtp;", "x-", "lmtp;")) else diagnostic
    return text[:_REASON]


def _unique(found: tuple[ReportedRecipient, ...]) -> tuple[ReportedRecipient, ...]:
    return tuple({one.address: one for one in reversed(found)}.values())[::-1][:_RECIPIENTS]


def _is_suspect(letter: _Letter) -> bool:
    """The gate: something besides the words must speak for a report."""
    if letter.root.content_type == "multipart/report" or letter.headers.has("x-failed-recipients"):
        return True
    if _is_daemon(letter.sender) or _has_delivery_subject(letter, phrases.DELIVERY_WORDS) or has_null_path(letter.headers):
        return True
    # A robot that sends a letter back is a mail server in disguise.
    return phrases.is_robot(letter.sender) and any(part.content_type in _RETURNED for part in mime.walk(letter.root))


def has_null_path(top: Headers) -> bool:
    """Whether the letter came with the null envelope sender (RFC 5321 §4.5.5)."""
    return top.every("return-path")[:1] in {("<>",), ("< >",)} or top.raw("from").strip() == "<>"


def _is_daemon(sender: str) -> bool:
    return any(word in sender for word in phrases.DAEMONS)


def _has_delivery_subject(letter: _Letter, wanted: tuple[str, ...]) -> bool:
    subject = letter.subject.lower()
    return any(phrase in subject for phrase in wanted)


def _is_certain(letter: _Letter) -> bool:
    """Reports that no detector reads, known by sender and subject together."""
    if letter.headers.has("x-failed-recipients"):
        return True
    if letter.root.content_type == "multipart/report" and letter.root.parameters.get("report-type", "") == "delivery-status":
        return True
    if any(word in letter.sender for word in phrases.CERTAIN_DAEMONS):
        return True
    failed = _has_delivery_subject(letter, phrases.DELIVERY_SUBJECTS) or _speaks_of_failure(letter.text)
    if _is_daemon(letter.sender):
        # A number alone says something only in the mouth of a mail server.
        return failed or bool(_REPLY_CODE.search(letter.text))
    return failed and (has_null_path(letter.headers) or phrases.is_robot(letter.sender))


def _speaks_of_failure(text: str) -> bool:
    """An RFC 3463 code, or the words servers use for it."""
    lowered = text[:4000].lower()
    return bool(_STATUS.search(text)) or any(phrase in lowered for phrase in phrases.FAILURES)


def _failed_header(letter: _Letter) -> tuple[ReportedRecipient, ...]:
    addresses = [found.email for value in letter.headers.every("x-failed-recipients") for found in mailboxes.parse(value)]
    return tuple(_judged(letter.text, address) for address in addresses)


def _detected(letter: _Letter, raw: bytes) -> tuple[ReportedRecipient, ...]:
    """What flufl.bounce finds."""
    try:
        # As plain ASCII: raw 8-bit headers come back as objects that its detectors take for strings.
        temporary, permanent = all_failures(email.message_from_string(raw[: 4 * _TEXT].decode("ascii", "replace")))
    except _DETECTOR_ERRORS:
        return ()
    found = [
        (mailboxes.bare(address.decode("utf-8", "replace")), lasting)
        for group, lasting in ((permanent, True), (temporary, False))
        for address in group
    ]
    failed = [(address, lasting) for address, lasting in sorted(found) if address]
    others = [one for one in failed if not _is_of_returned_letter(letter, one[0])]
    return tuple(_judged(letter.text, address, permanent=lasting) for address, lasting in others or failed)


def _is_of_returned_letter(letter: _Letter, address: str) -> bool:
    """Whether an address is the returned letter's Message-ID or its author, whom the report is for, and no recipient."""
    found = _ORIGINAL_ID.search(letter.text)
    if found and found.group(1).lower() == address:
        return True
    return any(one.email == address for value in letter.headers.every("to") for one in mailboxes.parse(value))


def _judged(text: str, address: str, *, permanent: bool | None = None) -> ReportedRecipient:
    """A recipient with the status that stands near its address in the prose."""
    at = text.lower().find(address)
    near = text[at : at + 600] if at >= 0 else text[:2000]
    found = _STATUS.search(near)
    status = found.group(1) if found else ""
    if status:
        permanent = not status.startswith("4")
    elif permanent is None:
        code = _REPLY_CODE.search(near)
        permanent = not (code.group(1) if code else "5").startswith("4")
    line = next((line for line in near.split("\n")[1:] if line.strip()), "")
    return ReportedRecipient(address=address, status=status, permanent=permanent, reason=one_line(line)[:_REASON])


def _in_text(letter: _Letter) -> tuple[ReportedRecipient, ...]:
    """The first address in the prose that is not the sender's own."""
    for found in _ADDRESS.finditer(letter.text[:4000]):
        address = mailboxes.bare(found.group(0))
        if address and address not in letter.sender and not _is_daemon(address):
            return (_judged(letter.text, address),)
    return ()


def _original_id(letter: _Letter) -> str:
    """The Message-ID of the returned letter, wherever it is quoted."""
    for part in mime.walk(letter.root):
        if part.content_type in _RETURNED:
            found = headers.of(fields.split(part.content).fields).raw("message-id")
            if found:
                return headers.message_ids(found)[0]
    found_in_text = _ORIGINAL_ID.search(letter.text)
    if found_in_text:
        return found_in_text.group(1)
    answered = headers.message_ids(letter.headers.raw("in-reply-to")) or headers.message_ids(letter.headers.raw("references"))[-1:]
    return answered[0] if answered else ""
