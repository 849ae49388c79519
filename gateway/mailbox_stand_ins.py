"""What goes into the spool for a letter that cannot be fetched: a small one that tells of it, so that nobody overlooks it.

It has no From: what it says are not its author's words, so the desk neither files nor sends them as such, but holds the
letter and tells the studio.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from config import templating
from gateway.reading import fields, headers

HEADER_BYTES = 16 * 1024
_SHOWN = 200
_FIELDS = ("From", "To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True, slots=True)
class Missing:
    """A letter that was left where it is. Sizes in bytes, `size` 0 where unknown; `error` is empty for a letter that is too large."""

    beginning: bytes
    size: int
    largest: int
    folder: str
    user: str
    error: str = ""


def compose(missing: Missing, language: str) -> bytes:
    """The letter that tells of it; the same for the same letter."""
    top = headers.of(fields.split(missing.beginning).fields)
    named = [(name, _shown(top.text(name.lower()))) for name in _FIELDS if top.has(name.lower())]
    letter = EmailMessage(policy=SMTP.clone(cte_type="8bit"))
    letter["Subject"] = dict(named).get("Subject") or "-"
    letter.set_content(templating.render("mail/not_fetched.txt", language, missing=missing, fields=named), cte="8bit")
    return letter.as_bytes()


def _shown(value: str) -> str:
    return value.encode("utf-8", "replace").decode("utf-8")[:_SHOWN]
