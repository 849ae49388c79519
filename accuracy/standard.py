"""A letter as a program reads it that uses the standard library alone: `policy.default` and its `EmailMessage`."""

import re
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from accuracy.readings import Failure, File, Reading

_TAG = re.compile(r"<[^<>]{0,2000}>")


def read(raw: bytes) -> Reading:
    """Header objects, `get_body`, `iter_attachments`; what raises stays empty."""
    try:
        letter = message_from_bytes(raw, policy=policy.default)
    except Exception:  # noqa: BLE001  whatever a library raises is its answer
        return Reading(reads_forwards=False)
    address, name = _sender(letter)
    text, html = bodies(letter)
    text = text or _TAG.sub(" ", html)
    failures = _failures(letter)
    return Reading(
        address=address,
        name=name,
        subject=_field(letter, "subject"),
        whole=text,
        text=text,
        files=_files(letter),
        report=letter.get_content_type() == "multipart/report" and bool(failures),
        failures=failures,
        automatic=_field(letter, "auto-submitted").lower() not in {"", "no"},
        commands=tuple(line.strip() for line in text.splitlines() if line.startswith("/")),
        reads_forwards=False,
    )


def texts(raw: bytes) -> tuple[str, str]:
    """The plain and the HTML body, for readers that know no letters."""
    try:
        return bodies(message_from_bytes(raw, policy=policy.default))
    except Exception:  # noqa: BLE001  as above
        return "", ""


def bodies(letter: EmailMessage) -> tuple[str, str]:
    """The plain and the HTML body."""
    return _body(letter, "plain"), _body(letter, "html")


def _body(letter: EmailMessage, kind: str) -> str:
    with suppress(Exception):
        found = letter.get_body((kind,))
        if isinstance(found, EmailMessage):
            return str(found.get_content())
    return ""


def _field(letter: EmailMessage, name: str) -> str:
    with suppress(Exception):
        return " ".join(str(letter[name] or "").split())
    return ""


def _sender(letter: EmailMessage) -> tuple[str, str]:
    with suppress(Exception):
        first = letter["from"].addresses[0]
        return str(first.addr_spec).lower(), str(first.display_name)
    return "", ""


def _files(letter: EmailMessage) -> tuple[File, ...]:
    found: list[File] = []
    with suppress(Exception):
        for part in letter.iter_attachments():
            payload = part.get_payload(decode=True)
            found.append(File(part.get_filename() or "", payload if isinstance(payload, bytes) else b""))
    return tuple(found)


def _failures(letter: EmailMessage) -> tuple[Failure, ...]:
    with suppress(Exception):
        blocks = [block for part in letter.walk() if part.get_content_type() == "message/delivery-status" for block in _blocks(part)]
        return tuple(
            Failure(str(block["final-recipient"]).split(";")[-1].strip().lower(), str(block["status"]).strip().startswith("5"))
            for block in blocks
            if block["final-recipient"]
        )
    return ()


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []
