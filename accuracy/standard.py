"""A letter as a program reads it that uses the standard library alone, in the two ways there are: `policy.default` and `compat32`."""

from collections.abc import Iterable
from contextlib import suppress
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parseaddr

from accuracy.libraries import file, shown
from accuracy.readings import Failure, File, Reading


def read(raw: bytes) -> Reading:
    """Header objects, `get_body`, `iter_attachments`; what raises stays empty."""
    try:
        letter = message_from_bytes(raw, policy=policy.default)
    except Exception:  # noqa: BLE001  whatever a library raises is its answer
        return Reading()
    address, name = _sender(letter)
    text, html = _body(letter, "plain"), _body(letter, "html")
    return _reading(letter, (address, name, _field(letter, "subject")), text or shown(html), _attached(letter))


def read_plainly(raw: bytes) -> Reading:
    """The older way: `parseaddr`, `decode_header`, `walk`, `get_payload`."""
    letter = message_from_bytes(raw)
    name, address = parseaddr(str(letter["from"] or ""))
    text, html = _joined(letter, "text/plain"), _joined(letter, "text/html")
    return _reading(letter, (address.lower(), _decoded(name), _decoded(str(letter["subject"] or ""))), text or shown(html), _named(letter))


READERS = {"policy.default": read, "compat32": read_plainly}


def texts(raw: bytes) -> tuple[str, str]:
    """The plain and the HTML body, for readers that know no letters."""
    try:
        letter = message_from_bytes(raw, policy=policy.default)
    except Exception:  # noqa: BLE001  as above
        return "", ""
    return _body(letter, "plain"), _body(letter, "html")


def _reading(letter: Message, head: tuple[str, str, str], text: str, files: tuple[File, ...]) -> Reading:
    """What both ways have in common."""
    address, name, subject = head
    failures = _failures(letter)
    return Reading(
        address=address,
        name=name,
        subject=subject,
        whole=text,
        text=text,
        files=files,
        report=letter.get_content_type() == "multipart/report" and bool(failures),
        failures=failures,
        automatic=_field(letter, "auto-submitted").lower() not in {"", "no"},
        commands=tuple(line.strip() for line in text.splitlines() if line.startswith("/")),
    )


def _field(letter: Message, name: str) -> str:
    with suppress(Exception):
        return " ".join(str(letter[name] or "").split())
    return ""


def _body(letter: EmailMessage, kind: str) -> str:
    with suppress(Exception):
        found = letter.get_body((kind,))
        if isinstance(found, EmailMessage):
            return str(found.get_content())
    return ""


def _sender(letter: EmailMessage) -> tuple[str, str]:
    with suppress(Exception):
        first = letter["from"].addresses[0]
        return str(first.addr_spec).lower(), str(first.display_name)
    return "", ""


def _attached(letter: EmailMessage) -> tuple[File, ...]:
    with suppress(Exception):
        return _files(letter.iter_attachments())
    return ()


def _decoded(field: str) -> str:
    with suppress(Exception):
        return str(make_header(decode_header(field)))
    return field


def _joined(letter: Message, kind: str) -> str:
    return "\n".join(_text(part) for part in letter.walk() if part.get_content_type() == kind and not part.get_filename())


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    with suppress(LookupError):
        return payload.decode(part.get_content_charset("utf-8"), "replace") if isinstance(payload, bytes) else ""
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _named(letter: Message) -> tuple[File, ...]:
    with suppress(Exception):
        return _files(part for part in letter.walk() if part.get_filename())
    return ()


def _files(parts: Iterable[Message]) -> tuple[File, ...]:
    found: list[File] = []
    for part in parts:
        payload = part.get_payload(decode=True)
        found.append(File(*file(_decoded(part.get_filename() or ""), payload if isinstance(payload, bytes) else b"")))
    return tuple(found)


def _failures(letter: Message) -> tuple[Failure, ...]:
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
