"""Delivery reports: which letter, which addresses, why.

Pure. RFC 3464 first, then what the headers say, then flufl.bounce behind a gate, as it also sees reports where there are none.
"""

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flufl.bounce import all_failures

from gateway.reading import cloud_reports, delivery_status, fields, headers, mailboxes, mime, phrases
from gateway.reading.clean import one_line, printable
from gateway.reading.headers import Headers
from gateway.reading.mime import Part
from helpdesk.messages import Report, ReportedRecipient

# As much of a letter inside as may be its header.
_HEADER = 128 * 1024
_REPLY_CODE = re.compile(r"(?<![\d.-])([45]\d\d)(?= |-|$)")
_ORIGINAL_ID = re.compile(r"(?im)^[> \t]*(?:x-)?(?:original-)?message-id:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{3,400})>")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_LISTED = re.compile(r"(?m)^(?:5\d\d )?(?:<([^<>\s@]{1,64}@[^<>\s]{1,255})>\.\.\. |([^<>\s@:]{1,64}@[^<>\s@:]{1,255}): (?=5\d\d ))")
# What passes, or is not known to last, and what a server says when it has not given up.
_PASSING = ("timeout exceeded", "have been failing for a long time", "responsecode 421")
_WARNINGS = ("warning message only", "message will be retried")
_LASTING = ("user unknown", "unknown user", "no such user", "not listed")
_PROSE = 4000
_TEXT = 64 * 1024
_LINES = 4000
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers"})
_ANSWERED = frozenset({"re", "aw", "sv", "antw", "отв", "ответ", "на"})
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
    if kinds & _FOREIGN_REPORTS and not kinds & delivery_status.TYPES:
        return _refusal(root)
    if _is_cloud_report(root):
        return cloud_reports.read(root.content)
    suspect = _is_suspect(root, kinds)
    if not suspect and not kinds & delivery_status.TYPES:
        return None
    letter = _Letter(root, root.headers, root.headers.text("subject"), _sender(root.headers), _text(root))
    if statuses := tuple(delivery_status.of_parts(root)) or tuple(_quoted_statuses(letter)):
        failed = tuple(found for found in statuses if found is not None)
        return Report(_unique(failed), _original_id(letter)) if failed else None
    return _told(letter, raw) if suspect else None


def _told(letter: _Letter, raw: bytes) -> Report | None:
    """A report that only tells people what happened."""
    found = _failed_header(letter) or _detected(letter, raw)
    if found or _is_certain(letter):
        return Report(_unique(found or _in_text(letter)), _original_id(letter))
    return None


def _is_cloud_report(root: Part) -> bool:
    return root.content[:20].lstrip().startswith(b"{") and cloud_reports.MARK in root.content and phrases.is_robot(_sender(root.headers))


def _refusal(root: Part) -> Report | None:
    """A receipt by which the recipient's mail filter refuses a letter (RFC 5429 §2.2)."""
    for part in mime.walk(root):
        if part.content_type == "message/disposition-notification":
            found = headers.Headers(headers.lowered(fields.of_lines(part.content.replace(b"\r", b"").split(b"\n"))))
            disposition = found.raw("disposition").lower()
            address = delivery_status.recipient(found.raw("final-recipient"))
            if disposition.startswith("automatic-action") and "deleted" in disposition and address:
                words = one_line(_text(root)[: 4 * delivery_status.REASON])[: delivery_status.REASON]
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
    return printable("\n".join(part.text[:_TEXT] for part in readable)[:_TEXT])


def _quoted_statuses(letter: _Letter) -> Iterator[ReportedRecipient | None]:
    """Status fields that stand in the text of a report whose parts are not labelled."""
    if letter.root.content_type != "multipart/report" and not _is_daemon(letter.sender):
        return
    at = letter.text.lower().find("final-recipient:")
    start = letter.text.rfind("\n\n", 0, at) + 2 if at >= 0 else len(letter.text)
    for block in letter.text[max(start, 0) :].split("\n\n")[: delivery_status.RECIPIENTS + 1]:
        yield from delivery_status.of_block(block) if "inal-" in block[: delivery_status.REASON] else ()


def _unique(found: tuple[ReportedRecipient, ...]) -> tuple[ReportedRecipient, ...]:
    return tuple({one.address: one for one in reversed(found)}.values())[::-1][: delivery_status.RECIPIENTS]


def _is_suspect(root: Part, kinds: set[str]) -> bool:
    """The gate: something besides the words must speak for a report."""
    if root.content_type == "multipart/report" or root.headers.has("x-failed-recipients"):
        return True
    sender = _sender(root.headers)
    if _is_daemon(sender) or has_null_path(root.headers) or _speaks_of_delivery(root.headers.text("subject"), phrases.DELIVERY_WORDS):
        return True
    # A robot that sends a letter back is a mail server in disguise.
    return bool(kinds & _RETURNED) and phrases.is_robot(sender)


def has_null_path(top: Headers) -> bool:
    """Whether the letter came with the null envelope sender (RFC 5321 §4.5.5)."""
    return top.every("return-path")[:1] in {("<>",), ("< >",)} or top.raw("from").strip() == "<>"


def _is_daemon(sender: str) -> bool:
    return any(word in sender for word in phrases.DAEMONS)


def _speaks_of_delivery(subject: str, wanted: tuple[str, ...]) -> bool:
    lowered = subject.lower()
    return any(phrase in lowered for phrase in wanted) and not _is_handed_on(lowered)


def _is_handed_on(subject: str) -> bool:
    """A person answers a report, or forwards it."""
    head, colon, _ = subject.partition(":")
    return bool(colon) and (head.strip() in phrases.FORWARD_PREFIXES or head.strip() in _ANSWERED)


def _is_certain(letter: _Letter) -> bool:
    """Reports that no detector reads, known by sender and subject together."""
    if letter.headers.has("x-failed-recipients"):
        return True
    if letter.root.content_type == "multipart/report" and letter.root.parameters.get("report-type", "") == "delivery-status":
        return True
    if any(word in letter.sender for word in phrases.CERTAIN_DAEMONS):
        return True
    failed = _speaks_of_delivery(letter.subject, phrases.DELIVERY_SUBJECTS) or _speaks_of_failure(letter.text)
    if _is_daemon(letter.sender):
        # A number alone says something only in the mouth of a mail server.
        return failed or bool(_REPLY_CODE.search(letter.text))
    return failed and (has_null_path(letter.headers) or phrases.is_robot(letter.sender))


def _speaks_of_failure(text: str) -> bool:
    """An RFC 3463 code, or the words servers use for it."""
    lowered = text[:4000].lower()
    return bool(delivery_status.STATUS.search(text)) or any(phrase in lowered for phrase in phrases.FAILURES)


def _failed_header(letter: _Letter) -> tuple[ReportedRecipient, ...]:
    addresses = [found.email for value in letter.headers.every("x-failed-recipients") for found in mailboxes.parse(value)]
    return tuple(_judged(letter.text, address) for address in addresses)


def _detected(letter: _Letter, raw: bytes) -> tuple[ReportedRecipient, ...]:
    """What flufl.bounce finds."""
    try:
        # As plain ASCII: raw 8-bit headers come back as objects that its detectors take for strings.
        temporary, permanent = all_failures(email.message_from_string(_looked_at(raw).decode("ascii", "replace")))
    except _DETECTOR_ERRORS:
        return ()
    found = [
        (mailboxes.bare(address.decode("utf-8", "replace")), lasting)
        for group, lasting in ((permanent, True), (temporary, False))
        for address in group
    ]
    failed = [(address, lasting) for address, lasting in sorted(found) if address]
    returned = _of_returned_letter(letter)
    others = {address: lasting for address, lasting in failed if address not in returned}
    named = {**{address: True for address in _listed(letter.text) if address not in returned}, **others} or dict(failed)
    return tuple(_judged(letter.text, address, permanent=lasting) for address, lasting in named.items())


def _looked_at(raw: bytes) -> bytes:
    """The beginning of a letter, as the detectors look at each line of it with dozens of patterns."""
    return b"\n".join(raw[:_TEXT].split(b"\n", _LINES)[:_LINES])


def _listed(text: str) -> Iterator[str]:
    """Addresses that each have a line with what the other server said: «550 <anna@example.org>... User unknown»."""
    found = (mailboxes.bare(line.group(1) or line.group(2)) for line in _LISTED.finditer(text[:_PROSE]))
    return filter(None, found)


def _of_returned_letter(letter: _Letter) -> frozenset[str]:
    """What looks like a recipient and is none: the returned letter's Message-ID, and its author, whom the report is for."""
    found = _ORIGINAL_ID.search(letter.text)
    authors = (one.email for value in letter.headers.every("to") for one in mailboxes.parse(value))
    return frozenset((*authors, found.group(1).lower() if found else ""))


def _judged(text: str, address: str, *, permanent: bool | None = None) -> ReportedRecipient:
    """A recipient with the status that stands near its address in the prose."""
    at = text.lower().find(address)
    near = text[at : at + 600] if at >= 0 else text[:2000]
    found = delivery_status.STATUS.search(near)
    status = found.group(1) if found else ""
    lasting = not status.startswith("4") if status else _is_lasting(text, near, given=permanent)
    line = next((line for line in near.split("\n")[1:] if line.strip()), "")
    return ReportedRecipient(address=address, status=status, permanent=lasting, reason=one_line(line)[: delivery_status.REASON])


def _is_lasting(text: str, near: str, *, given: bool | None) -> bool:
    """Whether trying again is of no use, as far as words and reply codes tell."""
    around = near[: delivery_status.REASON].lower()
    if any(phrase in around for phrase in _PASSING) or any(phrase in text[:_PROSE].lower() for phrase in _WARNINGS):
        return False
    if given is not None and not any(phrase in around for phrase in _LASTING):
        return given
    code = _REPLY_CODE.search(near)
    return not (code.group(1) if code else "5").startswith("4")


def _in_text(letter: _Letter) -> tuple[ReportedRecipient, ...]:
    """The first address in the prose that is not the sender's own."""
    identity = _ORIGINAL_ID.search(letter.text)
    own = identity.group(1).lower() if identity else ""
    for found in _ADDRESS.finditer(letter.text[:4000]):
        address = mailboxes.bare(found.group(0))
        if address and address not in letter.sender and address != own and not _is_daemon(address):
            return (_judged(letter.text, address),)
    return ()


def _original_id(letter: _Letter) -> str:
    """The Message-ID of the returned letter, wherever it is quoted."""
    for part in mime.walk(letter.root):
        if part.content_type in _RETURNED:
            found = headers.message_ids(headers.of(fields.split(part.content[:_HEADER]).fields).raw("message-id"))
            if found:
                return found[0]
    found_in_text = _ORIGINAL_ID.search(letter.text)
    if found_in_text:
        return found_in_text.group(1)
    answered = headers.message_ids(letter.headers.raw("in-reply-to")) or headers.message_ids(letter.headers.raw("references"))[-1:]
    return answered[0] if answered else ""
