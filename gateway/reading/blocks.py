"""Header blocks inside a text: «От: … Отправлено: … Тема: …» over a quoted or forwarded letter.

Pure. Only recognises and reads them; `quoting` and `forwards` decide what they mean.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.reading import phrases
from gateway.reading.lines import Line

_LONGEST_NAME = 24
_LOOKAHEAD = 24
_ENOUGH = 3
_SHORT_NAME = 3
_LEAST, _MOST = 60, 2000
_DASHES = ("- ", "– ", "— ")
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
        elif gap == 0 and _continues(lines, number, block, current):
            block.fields[current] = f"{block.fields[current]} {line.text.strip()}".strip()
            block.end = number + 1
        else:
            break
    return block if _convincing(block) else None


def _continues(lines: Sequence[Line], number: int, block: Block, current: str) -> bool:
    """A folded value: addresses run on, anything else only where one more field follows."""
    text = lines[number].text
    if not block.fields[current]:
        return True
    if current in {"to", "cc"} and ("@" in text or block.fields[current].endswith((",", ";"))):
        return True
    if current == "from" and "@" not in block.fields[current]:
        return "@" in text
    following = lines[number + 1].text if number + 1 < len(lines) else ""
    return field_of(following)[0] not in {"", *block.fields}


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
    """Three fields, or a sender with an address and one more: people do not write that by hand. A dash explains a word, it is no value."""
    found = set(block.fields) - {"other", "reply-to"}
    if any(block.fields.get(name, "").startswith(_DASHES) for name in ("from", "to")):
        return False
    if len(found) >= _ENOUGH and found & {"from", "to"}:
        return True
    return len(found) == _ENOUGH - 1 and "from" in found and "@" in block.fields["from"]


_NAMES = sorted({name for name in phrases.FIELDS if name.isascii() or name[0].isalpha()}, key=len, reverse=True)
_INLINE = re.compile(
    r"(?<![^\W\d_])(?:"
    + "|".join(re.escape(name[0].upper() + name[1:]) for name in _NAMES)
    + r"|CC|CCI|Cc)(?= ?:)|(?<=[A-Z\d])(?:Assunto|Subject)(?= )"
)
_DATED = re.compile(
    r"(?<=\s)(?:"
    + "|".join(re.escape(name[0].upper() + name[1:]) for name in _NAMES if phrases.FIELDS[name] == "date")
    + r") ?:[^@]{0,60}\d{4}"
)
_GLUED = re.compile(
    r"(?<=\w)(?:" + "|".join(re.escape(name[0].upper() + name[1:]) for name in _NAMES if len(name) > _SHORT_NAME) + r")(?= ?:)"
)


def opened(lines: Sequence[Line]) -> Sequence[Line]:
    """Lines in which a whole header block runs together, as Yahoo's programs and bare HTML do, taken apart again."""
    if not any("@" in line.text and (_is_run_together(line.text) or _is_on_one_line(line.text)) for line in lines):
        return lines
    return [piece for line in lines for piece in _opened(line)]


def _opened(line: Line) -> Sequence[Line]:
    if _is_run_together(line.text):
        return _taken_apart(line)
    return _split_at_fields(line) if _is_on_one_line(line.text) else (line,)


def _is_on_one_line(text: str) -> bool:
    """«From: anna@… Date: Thu, 24 Mar 2016 …», as HTML letters without line breaks show it."""
    if "@" not in text or text.count(":") < _ENOUGH or len(text) > _MOST:
        return False
    return field_of(text)[0] == "from" and _DATED.search(text) is not None


def _split_at_fields(line: Line) -> Sequence[Line]:
    places = sorted({found.start() for found in _INLINE.finditer(line.text)} | {0})
    pieces = [line.text[start:end].strip() for start, end in zip(places, [*places[1:], len(line.text)], strict=True)]
    return [Line(text, line.depth, line.mark) for text in pieces if text]


def _is_run_together(text: str) -> bool:
    stripped = text.lstrip()
    return stripped.startswith("----") and _LEAST < len(stripped) < _MOST and "@" in stripped and stripped.count(":") >= _ENOUGH


def _taken_apart(line: Line) -> list[Line]:
    title, dashes, rest = line.text.strip().rpartition("---- ")
    places = sorted({found.start() for pattern in (_INLINE, _GLUED) for found in pattern.finditer(rest)})
    if len(places) < _ENOUGH or not title:
        return [line]
    ends = [*places[1:], len(rest)]
    pieces = [rest[start:end].strip() for start, end in zip(places, ends, strict=True)]
    pieces = [piece if ":" in piece[:_LONGEST_NAME] else piece.replace(" ", ": ", 1) for piece in pieces]
    return [Line(text, line.depth, line.mark) for text in (title + dashes, *pieces)]
