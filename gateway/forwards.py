"""The first letter inside a forward: who wrote it, when, about what.

Pure. Reads forwards that mail programs write into the text, and letters attached as files.
"""

from collections.abc import Sequence

from gateway import blocks, mailboxes, phrases, quoting
from gateway.lines import Line, text_of
from helpdesk.messages import Address, Forwarded


def announced(subject: str) -> bool:
    """Whether the subject says so: «Fwd:», «FW:», «Пересл:»."""
    head, colon, _ = subject.partition(":")
    return bool(colon) and head.strip().lower() in phrases.FORWARD_PREFIXES


def bare_subject(subject: str) -> str:
    """The subject without one forwarding prefix."""
    return subject.partition(":")[2].strip() if announced(subject) else subject


def read(lines: Sequence[Line], start: int, subject: str) -> Forwarded | None:
    """The forward whose separator or header block stands at `start`."""
    for number in range(start, min(len(lines), start + 8)):
        line = lines[number]
        if line.blank or quoting.is_forward_separator(line.text) or quoting.is_separator(line.text) or not line.text.strip("-_—–=* "):
            continue
        block = blocks.read(lines, number, bare=True)
        if block is None:
            return None
        return _of_block(lines, block, subject)
    return None


def _of_block(lines: Sequence[Line], block: blocks.Block, subject: str) -> Forwarded:
    depth = lines[block.start].depth
    body = [Line(_marks(line.depth - depth) + line.text) for line in lines[block.end :]]
    return Forwarded(
        sender=sender_of(block.fields.get("from", "")),
        subject=block.fields.get("subject", "") or bare_subject(subject),
        date=block.fields.get("date", ""),
        text=text_of(body),
    )


def _marks(depth: int) -> str:
    return ">" * depth + " " if depth > 0 else ""


def sender_of(value: str) -> Address:
    """«Анна [mailto:anna@…]», «Анна <anna@…<mailto:anna@…>>», a bare name."""
    value = value.replace("[mailto:", "<").replace("<mailto:", "<").replace("]", ">" if "<" in value.replace("[mailto:", "<") else "]")
    found = mailboxes.parse_loosely(value)
    with_address = [address for address in found if address.email]
    return (with_address or list(found) or [Address("", value.strip())])[0]
