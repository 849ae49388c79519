"""Bytes into a `Letter`: the one door through which a letter's content enters the product.

Pure. Orders the work of its neighbours (fields, limits, mime, bodies, quoting, forwards, verdicts, reports) and decides
nothing about tickets. Raises nothing but `Unparseable`.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from config.settings import Limits
from gateway.reading import (
    armour,
    bodies,
    clean,
    command_lines,
    fields,
    file_names,
    forwards,
    headers,
    html_text,
    invitations,
    limits,
    mailboxes,
    mime,
    quoting,
    reports,
    rich_text,
    structure,
    tnef,
    verdicts,
)
from gateway.reading import lines as lines_of
from gateway.reading.fields import Split
from gateway.reading.headers import Headers
from gateway.reading.limits import TooMuch
from gateway.reading.lines import Line
from gateway.reading.mime import Part
from gateway.reading.packed_rtf import Room
from helpdesk.messages import Address, Attachment, Forwarded, Letter, Verdict

_IDENTITY = ("from", "date", "message-id", "subject")
_MANY_LINES = 200_000
_BLANKS = b" \t\n\r\x0b\x0c"
# What servers add on the way, by the beginning of the field's name.
_TRACE = (
    *(b"received", b"return-path", b"delivered-to", b"x-original-to", b"dkim-signature"),
    *(b"authentication-results", b"arc-", b"x-received", b"x-spam"),
)


class Unparseable(Exception):
    """There is nothing in the bytes that could be called a letter."""


def parse(raw: bytes, bounds: Limits = limits.DEFAULT) -> Letter:
    """Read a letter. One over a limit, or one our parsers break on, comes back as unreadable with its header facts."""
    split = _split(raw)
    top = headers.of(_bounded(split.fields, bounds))
    try:
        return _letter(_tree(split, bounds), raw, bounds)
    except TooMuch as error:
        return replace(_heading(top, bounds), unreadable=str(error))
    except MemoryError:
        return replace(_heading(top, bounds), unreadable=limits.memory_problem(bounds))
    except (RecursionError, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError) as error:
        return replace(_heading(top, bounds), unreadable=f"could not be read: {type(error).__name__}")


def heading(raw: bytes, bounds: Limits = limits.DEFAULT) -> Letter:
    """What the header block alone says of a letter whose rest cannot be read."""
    return _heading(headers.of(_bounded(_split(raw).fields, bounds)), bounds)


def _split(raw: bytes) -> Split:
    split = fields.split(raw)
    if not split.fields and not split.body.strip():
        reason = "no bytes to read"
        raise Unparseable(reason)
    return split


def _tree(split: Split, bounds: Limits) -> Part:
    """The parts of a letter; TooMuch before any of them is read."""
    limits.refuse_header(split.fields, split.block, bounds)
    content_type = next((value for name, value in split.fields if name.lower() == "content-type"), "")
    return mime.tree(split, structure.read(headers.unfolded(content_type), split.body, bounds))


def _bounded(found: tuple[tuple[str, str], ...], bounds: Limits) -> tuple[tuple[str, str], ...]:
    """Header fields cut to what may safely be decoded."""
    return tuple((name, value[: bounds.header]) for name, value in found[: bounds.header_fields])


def _heading(top: Headers, bounds: Limits) -> Letter:
    """All of a letter that stands in its header block."""
    identity = headers.message_ids(top.raw("message-id"))
    return Letter(
        sender=_sender(top),
        to=_addresses(top, "to", bounds),
        cc=_addresses(top, "cc", bounds),
        reply_to=_addresses(top, "reply-to", bounds),
        subject=top.text("subject"),
        date=headers.date(top.raw("date")),
        message_id=identity[0] if identity else "",
        in_reply_to=headers.message_ids(top.raw("in-reply-to")),
        references=headers.message_ids(top.raw("references")),
    )


def _addresses(top: Headers, name: str, bounds: Limits) -> tuple[Address, ...]:
    return tuple(found for value in top.every(name) for found in mailboxes.parse(value, top.hints))[: bounds.addresses]


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


def _letter(root: Part, raw: bytes, bounds: Limits, *, nested: bool = False) -> Letter:
    heading = _heading(root.headers, bounds)
    root = _opened(root, bounds)
    chosen = bodies.choose(root)
    said = _said(chosen, bounds)
    bare = armour.removed(said.lines)
    lines = bare.lines
    name = heading.sender.name if heading.sender else ""
    lines, rest = lines[: limits.TEXT_LINES], lines[limits.TEXT_LINES :]
    answers = bool(heading.in_reply_to or heading.references)
    parts = quoting.split(lines, sender_name=name, forwards=forwards.announced(heading.subject), answers=answers)
    report = reports.read(root, raw)
    forwarded = forwards.read(parts.forward, heading.subject) if parts.forward else None
    if forwarded is None and report is None and not nested and (not parts.text or forwards.announced(heading.subject)):
        forwarded = _attached_letter(chosen.files, bounds)
    return replace(
        heading,
        text="\n\n".join(filter(None, (parts.text, invitations.text(chosen.files, described=not parts.text)))),
        quoted="\n".join(filter(None, (parts.quoted, lines_of.text_of(rest)))),
        signature=parts.signature,
        command_lines=command_lines.of(parts.own),
        unheard=command_lines.of(parts.unheard),
        discussion=parts.discussion,
        links=parts.links,
        attachments=_attachments(root, chosen, said.unfinished) + bare.files,
        forwarded=forwarded,
        report=report,
        sealed=bare.sealed or bodies.is_sealed(root),
        verdict=_verdict(root, heading, bounds, is_report=report is not None),
    )


def _is_blank(lines: tuple[Line, ...]) -> bool:
    return all(line.blank for line in lines)


def _verdict(root: Part, heading: Letter, bounds: Limits, *, is_report: bool) -> Verdict:
    """The verdict; a letter that went through more servers than any way is long goes in a circle (RFC 5321 §6.3)."""
    hops = sum(name == "received" for name, _ in root.headers.fields)
    return Verdict.LOOP if hops > bounds.hops else verdicts.judge(root, heading.subject, is_report=is_report)


def _opened(root: Part, bounds: Limits) -> Part:
    """The letter with what a signature (S/MIME) wraps, which its author wrote, beside the signature. Of a part it stays a file."""
    content = bodies.signed_content(root)
    if content is None:
        return root
    try:
        return Part("multipart/mixed", root.headers, {}, children=(_tree(fields.split(content), bounds), root))
    except TooMuch:
        return root


def _attached_letter(files: tuple[Part, ...], bounds: Limits) -> Forwarded | None:
    """The first letter among the files, read one level deep."""
    for part in files:
        if part.content_type in {"message/rfc822", "message/global"}:
            split = fields.split(part.content)
            try:
                return forwards.of_letter(_letter(_tree(split, bounds), part.content, bounds, nested=True))
            except TooMuch:
                return forwards.of_letter(_heading(headers.of(_bounded(split.fields, bounds)), bounds))
    return None


@dataclass(frozen=True, slots=True)
class _Said:
    """The lines of a letter's texts, and the texts that are too long to be read to their end."""

    lines: tuple[Line, ...]
    unfinished: tuple[Part, ...] = ()


def _said(chosen: bodies.Bodies, bounds: Limits) -> _Said:
    """What the letter says: in its text, else in the alternatives to it, else in its winmail.dat."""
    said = _lines(chosen.read, bounds)
    if not _is_blank(said.lines):
        return said
    spare = _lines(chosen.spare, bounds)
    if not _is_blank(spare.lines):
        return replace(spare, unfinished=said.unfinished + spare.unfinished)
    return replace(said, lines=_packed_lines(chosen.files, bounds) or said.lines)


def _lines(read: tuple[Part, ...], bounds: Limits) -> _Said:
    """The lines of all texts, as far as a letter may have some."""
    found: list[Line] = []
    unfinished: list[Part] = []
    room = bounds.html
    for part in read:
        found += _part_lines(part, bounds) if room > 0 else ()
        if room <= 0 or _is_too_long(part, bounds) or len(found) > limits.TEXT_LINES:
            unfinished.append(part)
        room -= len(part.content)
    return _Said(tuple(found), tuple(unfinished))


def _packed_lines(files: tuple[Part, ...], bounds: Limits) -> tuple[Line, ...]:
    """The text of a letter that has none but in its winmail.dat."""
    for part in files:
        if _is_tnef(part):
            plain, html = tnef.words(part.content)
            return html_text.lines(html[: bounds.html]) if html else lines_of.of_plain(clean.printable(plain[: bounds.text]))
    return ()


def _is_tnef(part: Part) -> bool:
    return part.content_type in {"application/ms-tnef", "application/vnd.ms-tnef"} or part.file_name.lower() == "winmail.dat"


def _part_lines(part: Part, bounds: Limits) -> tuple[Line, ...]:
    if not part.is_encoded:
        limits.refuse_line(part.content, bounds.line)
    if part.content_type == "text/html":
        return html_text.lines(part.beginning(bounds.html))
    text = rich_text.plain(part.content_type, part.beginning(bounds.text))
    flowed = part.parameters.get("format", "").lower() == "flowed"
    return lines_of.of_plain(clean.printable(text), flowed=flowed, delsp=flowed and part.parameters.get("delsp", "").lower() == "yes")


def _is_evidence(root: Part, part: Part) -> bool:
    """What a report carries for machines: its status, and the letter it returns."""
    machine = part.content_type.startswith("message/") or part.content_type == "text/rfc822-headers"
    return machine and root.content_type == "multipart/report"


def _attachments(root: Part, chosen: bodies.Bodies, unfinished: tuple[Part, ...]) -> tuple[Attachment, ...]:
    """The files, and the texts that are too long to be read to their end."""
    room = Room()
    kept = (*(part for part in chosen.files if not _is_evidence(root, part)), *unfinished)
    return tuple(found for part in kept for found in _files(part, room, inline=id(part) in chosen.embedded))


def _is_too_long(part: Part, bounds: Limits) -> bool:
    """Whether a text has more bytes than are read of it; an HTML line may end with every tag."""
    if part.content_type != "text/html":
        return len(part.content) > bounds.text
    return len(part.content) > bounds.html or part.content.count(b"<") > html_text.MOST_LINES


def _files(part: Part, room: Room, *, inline: bool) -> tuple[Attachment, ...]:
    """A part as a file, or the files that winmail.dat holds."""
    inside = tnef.unpack(part.content, room) if _is_tnef(part) else None
    if inside is not None:
        return inside
    name = file_names.of(part)
    return (Attachment(name=name, content_type=part.content_type, content=part.content, inline=inline, content_id=part.content_id),)


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
    """What no server changes on the way: line ends and the blanks before them do not count, in very many lines no blanks at all."""
    if max(content.count(b"\n"), content.count(b"\r")) > _MANY_LINES:
        return content.translate(None, delete=_BLANKS)
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"\n".join(map(bytes.rstrip, lines)).strip()


def _without_trace(raw: bytes) -> bytes:
    """The letter without the fields, and their continuation lines, that servers put before it."""
    kept: list[bytes] = []
    dropped, at = False, 0
    while at < min(len(raw), fields.BLOCK):
        end = raw.find(b"\n", at) + 1 or len(raw)
        line = raw[at:end]
        if not line.strip():
            break
        dropped = line.lower().startswith(_TRACE) or (dropped and line[:1] in b" \t")
        if not dropped:
            kept.append(line)
        at = end
    return b"".join((*kept, raw[at:]))


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
        "signature": _without(letter.signature, frozenset(commands)),
        "discussion": letter.discussion,
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
