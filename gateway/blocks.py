"""Header blocks inside a text: «От: … Отправлено: … Тема: …» over a quoted or forwarded letter.

Pure. Only recognises and reads them; `quoting` and `forwards` decide what they mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway import phrases
from gateway.lines import Line

_LONGEST_NAME = 24
_LOOKAHEAD = 24
_DECORATION = "*_>| \t\u00a0\u200e\u200f"


@dataclass(slots=True)
class Block:
    """Fields by their English name, and the lines from the first field to the first of the body."""

    start: int
    end: int
    fields: dict[str, str] = field(default_factory=dict)


def read(lines: Sequence[Line], start: int, *, bare: bool = False) -> Block | None:
    """The header block that begins at `start`. `bare` also takes names without a colon, as eM Client writes them."""
    name, value = field_of(lines[start].text, bare=bare)
    if not name:
        return None
    block = Block(start, start + 1, {name: value})
    current, gap = name, 0
    for number in range(start + 1, min(len(lines), start + _LOOKAHEAD)):
        line = lines[number]
        if line.blank:
            gap += 1
            if gap > 1 and len(block.fields) > 1:
                break
            continue
        name, value = field_of(line.text, bare=bare)
        if name and (name not in block.fields or name == "other"):
            block.fields[name] = value
            block.end, current, gap = number + 1, name, 0
        elif gap == 0 and _continues(block, current, line.text):
            block.fields[current] = f"{block.fields[current]} {line.text.strip()}".strip()
            block.end = number + 1
        else:
            break
    return block if _convincing(block) else None


def _continues(block: Block, current: str, text: str) -> bool:
    """A folded value: addresses run over lines, a subject or an empty value over one."""
    if not block.fields[current]:
        return True
    if current in {"to", "cc"}:
        return "@" in text or block.fields[current].endswith((",", ";"))
    if current == "from":
        return "@" in text and "@" not in block.fields[current]
    return current in {"subject", "date"} and len(block.fields) > 1 and len(block.fields[current]) > 10


def field_of(text: str, *, bare: bool = False) -> tuple[str, str]:
    """English name and value of a line like «*От:* Анна», or two empty strings."""
    text = text.strip(_DECORATION)
    head, colon, value = _colon(text)
    name = head.strip(_DECORATION).lower()
    if colon and len(name) <= _LONGEST_NAME and name in phrases.FIELDS:
        return phrases.FIELDS[name], value.strip(_DECORATION).strip()
    if bare:
        word, _, rest = text.partition(" ")
        if word.lower() in phrases.FIELDS and word[:1].isupper():
            return phrases.FIELDS[word.lower()], rest.strip()
    return "", ""


def _colon(text: str) -> tuple[str, str, str]:
    narrow = text.find(":", 0, _LONGEST_NAME + 6)
    wide = text.find("\uff1a", 0, _LONGEST_NAME + 6)
    at = min((place for place in (narrow, wide) if place >= 0), default=-1)
    return (text[:at], ":", text[at + 1 :]) if at >= 0 else (text, "", "")


def _convincing(block: Block) -> bool:
    """Three fields, or a sender with an address and one more: people do not write that by hand."""
    found = set(block.fields) - {"other", "reply-to"}
    if len(found) >= 3 and found & {"from", "to"}:
        return True
    return len(found) == 2 and "from" in found and "@" in block.fields["from"]
