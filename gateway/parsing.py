"""Bytes into a `Letter`: the one door through which a letter's content enters the product.

Pure. Orders the work of its neighbours (fields, limits, mime, bodies, quoting, forwards, verdicts, reports) and decides
nothing about tickets. Raises nothing but `Unparseable`.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from gateway import (
    bodies,
    clean,
    command_lines,
    fields,
    forwards,
    headers,
    html_text,
    invitations,
    limits,
    mailboxes,
    mime,
    quoting,
    reports,
    tnef,
    verdicts,
)
from gateway import lines as lines_of
from gateway.headers import Headers
from gateway.lines import Line
from gateway.mime import Part
from helpdesk.messages import Address, Attachment, Forwarded, Letter

_ENDINGS = {
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "application/pgp-signature": "asc",
    "application/pkcs7-signature": "p7s",
    "message/delivery-status": "txt",
    "text/rfc822-headers": "txt",
}
_IDENTITY = ("from", "date", "message-id", "subject")
# What servers add on the way, by the beginning of the field's name.
_TRACE = (
    *(b"received", b"return-path", b"delivered-to", b"x-original-to", b"dkim-signature"),
    *(b"authentication-results", b"arc-", b"x-received", b"x-spam"),
)


class Unparseable(Exception):
    """There is nothing in the bytes that could be called a letter."""


def parse(raw: bytes) -> Letter:
    """Read a letter. One over a limit, or one our parsers break on, comes back as unreadable with its header facts."""
    split = fields.split(raw)
    if not split.fields and not split.body.strip():
        reason = "no bytes to read"
        raise Unparseable(reason)
    problem = limits.header_problem(split.fields, split.block)
    top = headers.of(_bounded(split.fields))
    problem = problem or limits.structure_problem(top.raw("content-type"), split.body)
    if problem:
        return replace(_heading(top), unreadable=problem)
    try:
        return _letter(mime.tree(split), raw)
    except (RecursionError, MemoryError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        return replace(_heading(top), unreadable=f"could not be read: {type(error).__name__}")


def _bounded(found: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Header fields cut to what may safely be decoded."""
    return tuple((name, value[: limits.HEADER]) for name, value in found[: limits.HEADER_COUNT])


def _heading(top: Headers) -> Letter:
    """All of a letter that stands in its header block."""
    identity = headers.message_ids(top.raw("message-id"))
    return Letter(
        sender=_sender(top),
        to=_addresses(top, "to"),
        cc=_addresses(top, "cc"),
        reply_to=_addresses(top, "reply-to"),
        subject=top.text("subject"),
        date=headers.date(top.raw("date")),
        message_id=identity[0] if identity else "",
        in_reply_to=headers.message_ids(top.raw("in-reply-to")),
        references=headers.message_ids(top.raw("references")),
    )


def _addresses(top: Headers, name: str) -> tuple[Address, ...]:
    return tuple(found for value in top.every(name) for found in mailboxes.parse(value, top.hints))[: limits.ADDRESSES]


def _sender(top: Headers) -> Address | None:
    """The author: From; without a readable one Sender, then Reply-To."""
    nameless: Address | None = None
    for name in ("from", "sender", "reply-to"):
        for value in top.every(name):
            found = mailboxes.parse_loosely(value, top.hints)
            if with_email := [address for address in found if address.email]:
                return with_email[0]
            nameless = nameless or next(iter(found), None)
    return nameless


def _letter(root: Part, raw: bytes, *, nested: bool = False) -> Letter:
    heading = _heading(root.headers)
    chosen = bodies.choose(root)
    lines = _lines(chosen.read)
    if all(line.blank for line in lines):
        lines = _packed_lines(chosen.files) or lines
    name = heading.sender.name if heading.sender else ""
    lines, rest = lines[: limits.TEXT_LINES], lines[limits.TEXT_LINES :]
    answers = bool(heading.in_reply_to or heading.references)
    parts = quoting.split(lines, sender_name=name, forwards=forwards.announced(heading.subject), answers=answers)
    report = reports.read(root, raw)
    forwarded = forwards.read(parts.forward, heading.subject) if parts.forward else None
    if forwarded is None and report is None and not nested and (not parts.text or forwards.announced(heading.subject)):
        forwarded = _attached_letter(chosen.files)
    return replace(
        heading,
        text="\n\n".join(filter(None, (parts.text, invitations.text(chosen.files, described=not parts.text)))),
        quoted="\n".join(filter(None, (parts.quoted, lines_of.text_of(rest)))),
        signature=parts.signature,
        command_lines=command_lines.of(parts.own),
        attachments=tuple(found for part in chosen.files if not _is_evidence(root, part) for found in _attachments(part)),
        forwarded=forwarded,
        report=report,
        verdict=verdicts.judge(root, heading.subject, is_report=report is not None),
    )


def _attached_letter(files: tuple[Part, ...]) -> Forwarded | None:
    """The first letter among the files, read one level deep."""
    for part in files:
        if part.content_type in {"message/rfc822", "message/global"}:
            split = fields.split(part.content)
            top = headers.of(_bounded(split.fields))
            if limits.header_problem(split.fields, split.block) or limits.structure_problem(top.raw("content-type"), split.body):
                return forwards.of_letter(_heading(top))
            return forwards.of_letter(_letter(mime.tree(split), part.content, nested=True))
    return None


def _lines(read: tuple[Part, ...]) -> tuple[Line, ...]:
    """The lines of all texts, as far as a letter may have some."""
    found: list[Line] = []
    room = limits.HTML
    for part in read:
        if room > 0:
            found += _part_lines(part)
            room -= len(part.content)
    return tuple(found)


def _packed_lines(files: tuple[Part, ...]) -> tuple[Line, ...]:
    """The text of a letter that has none but in its winmail.dat."""
    for part in files:
        if _is_tnef(part):
            plain, html = tnef.words(part.content)
            return html_text.lines(html[: limits.HTML]) if html else lines_of.of_plain(clean.printable(plain[: limits.TEXT]))
    return ()


def _is_tnef(part: Part) -> bool:
    return part.content_type in {"application/ms-tnef", "application/vnd.ms-tnef"} or part.file_name.lower() == "winmail.dat"


def _part_lines(part: Part) -> tuple[Line, ...]:
    if part.content_type == "text/html":
        return html_text.lines(part.text[: limits.HTML])
    text = part.text[: limits.TEXT]
    flowed = part.parameters.get("format", "").lower() == "flowed"
    return lines_of.of_plain(clean.printable(text), flowed=flowed, delsp=flowed and part.parameters.get("delsp", "").lower() == "yes")


def _is_evidence(root: Part, part: Part) -> bool:
    """What a report carries for machines: its status, and the letter it returns."""
    machine = part.content_type.startswith("message/") or part.content_type == "text/rfc822-headers"
    return machine and root.content_type == "multipart/report"


def _attachments(part: Part) -> tuple[Attachment, ...]:
    name = part.file_name or _invented_name(part)
    if _is_tnef(part):
        inside = tnef.unpack(part.content)
        if inside is not None:
            return inside
    inline = (
        part.disposition != "attachment"
        and bool(part.content_id or part.disposition == "inline")
        and not part.content_type.startswith("message/")
    )
    return (Attachment(name=name, content_type=part.content_type, content=part.content, inline=inline, content_id=part.content_id),)


def _invented_name(part: Part) -> str:
    """A name for a file that came without one."""
    if part.content_type in {"message/rfc822", "message/global"}:
        subject = Headers(fields=headers.lowered(fields.split(part.content).fields), hints=part.headers.hints).text("subject")
        return clean.file_name((subject or "message").replace("/", "-").replace("\\", "-") + ".eml")
    kind = part.content_type.split("/")
    return f"{kind[0] or 'file'}.{_ENDINGS.get(part.content_type, 'bin')}"


def fingerprint(raw: bytes) -> str:
    """A name for a letter that two deliveries of it share: hex sha256 over what its author's program wrote.

    Without a Message-ID all of it counts but the fields that servers put on the way: two letters must not be taken for one.
    """
    split = fields.split(raw)
    digest = hashlib.sha256()
    if any(key.lower() == "message-id" for key, _ in split.fields):
        digest.update(_identity(split.fields))
        digest.update(_normal(split.body))
    else:
        digest.update(_normal(_without_trace(raw)))
    return digest.hexdigest()


def _identity(found: Iterable[tuple[str, str]]) -> bytes:
    named = sorted((key.lower(), value) for key, value in found if key.lower() in _IDENTITY)
    lines = (f"{key}:{' '.join(headers.unfolded(value).split())}\n" for key, value in named)
    return "".join(lines).encode("utf-8", "surrogateescape")


def _normal(content: bytes) -> bytes:
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"\n".join(line.rstrip() for line in lines).strip()


def _without_trace(raw: bytes) -> bytes:
    """The letter without the fields, and their continuation lines, that servers put before it."""
    lines = raw.split(b"\n")
    kept: list[bytes] = []
    dropped = False
    for number, line in enumerate(lines):
        if not line.strip():
            return b"\n".join((*kept, *lines[number:]))
        dropped = line.lower().startswith(_TRACE) or (dropped and line[:1] in b" \t")
        if not dropped:
            kept.append(line)
    return b"\n".join(kept)


def as_json(file: str, letter: Letter, is_command: Callable[[str], bool]) -> dict[str, Any]:
    """A letter as `mail read --json` shows it. Commands are taken out of the text; `is_command` knows which lines are some."""
    commands = [line for line in letter.command_lines if is_command(line)]
    return {
        "file": file,
        "from": _address(letter.sender) if letter.sender else None,
        "to": [_address(address) for address in letter.to],
        "cc": [_address(address) for address in letter.cc],
        "reply_to": [_address(address) for address in letter.reply_to],
        "subject": letter.subject,
        "date": letter.date.isoformat() if letter.date else None,
        "message_id": letter.message_id,
        "in_reply_to": letter.in_reply_to[0] if letter.in_reply_to else None,
        "references": list(letter.references),
        "text": _without(letter.text, frozenset(commands)),
        "quoted": letter.quoted,
        "signature": letter.signature,
        "attachments": [
            {"name": file.name, "content_type": file.content_type, "size": len(file.content), "inline": file.inline}
            for file in letter.attachments
        ],
        "verdict": letter.verdict.value,
        "report": _report(letter),
        "forwarded": _forwarded(letter),
        "commands": commands,
        "unreadable": letter.unreadable or None,
    }


def _without(text: str, commands: frozenset[str]) -> str:
    return "\n".join(line for line in text.split("\n") if line not in commands).strip() if commands else text


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.email}


def _report(letter: Letter) -> dict[str, Any] | None:
    if letter.report is None:
        return None
    recipients = [
        {"address": one.address, "status": one.status, "permanent": one.permanent, "reason": one.reason} for one in letter.report.recipients
    ]
    return {"recipients": recipients, "original_message_id": letter.report.original_message_id}


def _forwarded(letter: Letter) -> dict[str, Any] | None:
    found = letter.forwarded
    return None if found is None else {"from": _address(found.sender), "subject": found.subject, "date": found.date, "text": found.text}
