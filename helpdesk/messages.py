"""Letters as values: what the gateway hands in, and what the desk hands out.

Pure. Everything is frozen; nothing here knows MIME, sockets or tables.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# The line of our letters from which on everything is old, by language. What stands below it is never read as new text.
REPLY_MARKER = {
    "ru": "##- Пишите ответ выше этой строки -##",
    "en": "##- Please write your reply above this line -##",
}


class Verdict(StrEnum):
    """What kind of sender wrote the letter."""

    PERSON = "person"
    AUTO_REPLY = "auto-reply"
    REPORT = "report"
    LIST = "list"
    LOOP = "loop"


class Authenticity(StrEnum):
    """How sure we are that the letter comes from the address in its From."""

    VERIFIED = "verified"
    SIGNED_ADDRESS = "signed-address"
    UNVERIFIED = "unverified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. `email` is lower-case with an IDNA domain; `name` is decoded, possibly empty."""

    email: str
    name: str = ""


def parse_mailbox(text: str) -> str | None:
    """A bare address as people type it, in lower case with an IDNA domain; None for what cannot be written to."""
    word = text.strip().strip("<>").lower()
    local, _, domain = word.rpartition("@")
    if not (local and domain and local.isascii()) or any(char.isspace() or char in '<>(),;:"\\@' for char in local + domain):
        return None
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a letter: `content` is decoded and unchanged, byte for byte."""

    name: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Words of a text that lead somewhere, and where."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """One recipient of a delivery report (RFC 3464): `status` is «5.1.1», or empty where none is given."""

    address: str
    status: str = ""
    permanent: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report: whom it names, and the Message-ID of the letter it is about (no angle brackets)."""

    recipients: tuple[ReportedRecipient, ...] = ()
    original_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The first letter inside a forward."""

    sender: Address
    subject: str = ""
    date: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One incoming letter as it reads: what its bytes say, before anybody asks whether that is true.

    Message-IDs carry no angle brackets. `text` is the author's new text, without quotes and signature;
    `command_lines` are the author's own lines that begin with «/», in order, folded to plain ASCII spaces,
    quotes and dashes; `unheard` are such lines below the reply marker, where none counts. `discussion` is the whole exchange
    where answers stand between the quote lines they answer, else empty; it is for reading, no command is taken from it, and none but quoted
    lines begin with «>» in it. `links` are the addresses behind words of the author's own lines, command lines left out, that do not show
    them. `sealed` letters are encrypted: what was written
    lies in an attachment. `unreadable` is the reason why the letter cannot be shown, empty for a good one.
    """

    sender: Address | None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    quoted: str = ""
    signature: str = ""
    attachments: tuple[Attachment, ...] = ()
    verdict: Verdict = Verdict.PERSON
    report: Report | None = None
    forwarded: Forwarded | None = None
    command_lines: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    discussion: str = ""
    links: tuple[Link, ...] = ()
    sealed: bool = False
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class ReplyClaim:
    """What a reply address with a *valid* signature says: this ticket, handed to this recipient."""

    ticket: int
    recipient: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A letter with what the gateway found out about it: the desk decides on this alone.

    `fingerprint` makes two copies of one letter one (hex sha256). `raw_digest` names the raw bytes.
    `spool_id` is the way back to the raw letter. `unsigned_claims` counts reply addresses whose signature is bad.
    """

    letter: Letter
    fingerprint: str
    raw_digest: str
    spool_id: int
    received_at: datetime
    envelope_from: str = ""
    envelope_to: tuple[str, ...] = ()
    reply_claim: ReplyClaim | None = None
    subject_ticket: int | None = None
    authenticity: Authenticity = Authenticity.UNVERIFIED
    unsigned_claims: int = 0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that already lies in the file store, by the sha256 of its content (hex)."""

    name: str
    content_type: str
    digest: str
    size: int = 0
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One letter to one recipient, rendered. `message_id`, `in_reply_to` and `references` have no angle brackets.

    `reply_ticket` asks for a signed reply address of that ticket, made for `recipient`. `automatic` letters carry
    `Auto-Submitted` (RFC 3834 §5) and the null envelope sender. `dedupe_key` makes the second of two equal letters vanish.
    """

    kind: str
    recipient: Address
    sender: Address
    subject: str
    text: str
    html: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_ticket: int | None = None
    reply_to: str = ""
    attachments: tuple[StoredFile, ...] = ()
    automatic: bool = True
    dedupe_key: str = ""
