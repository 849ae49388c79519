"""The first letter inside a forward: who wrote it, when, about what.

Pure. Reads forwards that mail programs write into the text, and letters attached as files.
"""

import textwrap
from collections.abc import Sequence

from gateway.reading import attributions, blocks, mailboxes, phrases, separators
from gateway.reading.lines import Line, text_of
from helpdesk.messages import Address, Forwarded, Letter


def announced(subject: str) -> bool:
    """Whether the subject says so: «Fwd:», «FW:», «Пересл:»."""
    head, colon, _ = _plain(subject).partition(":")
    return bool(colon) and head.strip().lower() in phrases.FORWARD_PREFIXES


def _plain(subject: str) -> str:
    """With colons as wide as a letter, which Chinese and Japanese programs write, made plain."""
    return subject.replace("\uff1a", ":", 1)


def bare_subject(subject: str) -> str:
    """The subject without one forwarding prefix."""
    return _plain(subject).partition(":")[2].strip() if announced(subject) else subject


def read(lines: Sequence[Line], subject: str) -> Forwarded | None:
    """The forward that begins with a separator, a header block or an attribution."""
    for number, line in enumerate(lines[:8]):
        if (
            line.blank
            or separators.is_forward_separator(line.text)
            or separators.is_separator(line.text)
            or separators.is_title(line.text)
            or not line.text.strip("-_—–=* ")
        ):
            continue
        block = blocks.read(lines, number, bare=True)
        return _of_block(lines, block, subject) if block else _of_attribution(lines, number, subject)
    return None


def _of_attribution(lines: Sequence[Line], number: int, subject: str) -> Forwarded | None:
    """Outlook for Mac forwards under «On 28/10/2021, Anna <…> wrote:»."""
    after = attributions.find(lines, number)
    if not after:
        return None
    words = " ".join(line.text.strip() for line in lines[number:after])
    found, after = _fields_below(lines, after)
    subject = found.get("subject", "").rstrip("; ") or bare_subject(subject)
    return Forwarded(sender=attributions.author(words), subject=subject, date="", text=_body(lines[after:], 0))


def _fields_below(lines: Sequence[Line], after: int) -> tuple[dict[str, str], int]:
    """What Yandex writes between an attribution and the letter: «Кому: …; Тема: …;»."""
    found: dict[str, str] = {}
    while after < len(lines):
        name, value = blocks.field_of(lines[after].text)
        if name not in {"to", "cc", "subject"} or name in found:
            break
        found[name], after = value, after + 1
    return found, after


def of_letter(inner: Letter) -> Forwarded | None:
    """A letter forwarded as an attached file."""
    if inner.sender is None:
        return None
    text = "\n\n".join(filter(None, (inner.text, inner.signature, inner.quoted)))
    return Forwarded(sender=inner.sender, subject=inner.subject, date=inner.date.isoformat() if inner.date else "", text=text)


def _of_block(lines: Sequence[Line], block: blocks.Block, subject: str) -> Forwarded:
    return Forwarded(
        sender=sender_of(block.fields.get("from", "")),
        subject=block.fields.get("subject", "") or bare_subject(subject),
        date=block.fields.get("date", ""),
        text=_body(lines[block.end :], lines[block.start].depth),
    )


def _body(lines: Sequence[Line], outer: int) -> str:
    """The forwarded text without the quote marks that all of it carries."""
    lines = [line for line in lines if not separators.is_forward_end(line.text)]
    first = next((number for number, line in enumerate(lines) if not line.blank), 0)
    lines = lines[first + 1 :] if lines and separators.is_separator(lines[first].text) else lines
    depth = max(outer, min((line.depth for line in lines if not line.blank), default=0))
    return textwrap.dedent(text_of(Line(_marks(line.depth - depth) + line.text) for line in lines))


def _marks(depth: int) -> str:
    return ">" * depth + " " if depth > 0 else ""


def sender_of(value: str) -> Address:
    """«Анна [mailto:anna@…]», «Анна <anna@…<mailto:anna@…>>», a bare name."""
    for behalf in phrases.BEHALF:
        value = value.split(f" {behalf} ", 1)[-1]
    value = value.replace("[mailto:", "<").replace("<mailto:", "<").replace("]", ">" if "<" in value.replace("[mailto:", "<") else "]")
    found = mailboxes.parse_loosely(value)
    with_address = [address for address in found if address.email]
    sender = (with_address or list(found) or [Address("", value.strip())])[0]
    # «*Anna*»: bold type in a plain text.
    return Address(sender.email, sender.name.strip("*"))
