"""A letter's text as lines that know how deep they are quoted: the common form of plain text and HTML.

Pure. Owns «>» marks and format=flowed (RFC 3676); what the lines mean is the business of `quoting`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from helpdesk.messages import Link


class Mark(Enum):
    """What the markup says about a line, before anybody reads its words."""

    NONE = auto()
    QUOTED = auto()
    CUT = auto()
    SIGNATURE = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its quote marks; `links` lead elsewhere than their words say."""

    text: str
    depth: int = 0
    mark: Mark = Mark.NONE
    links: tuple[Link, ...] = ()

    @property
    def blank(self) -> bool:
        """Nothing to read."""
        return not self.text or self.text.isspace()


_INITIALS = 4
_ALONE = frozenset({"", "--"})
_DEEPEST = 60


def of_plain(text: str, *, flowed: bool = False, delsp: bool = False) -> tuple[Line, ...]:
    """Lines of a text/plain part."""
    found = [_line(line) for line in text.split("\n")]
    return tuple(_joined(found, delsp=delsp)) if flowed else tuple(found)


def _line(text: str) -> Line:
    text = text.rstrip("\r\f\v")
    if ">" not in text:
        return Line(text)
    depth, at = (0, 0) if text.endswith("<<") else _depth(text)
    return Line(text[at:].rstrip() if depth and not text.endswith(" ") else text[at:], depth)


def _depth(text: str) -> tuple[int, int]:
    """How many quote marks open the line, and where its words begin. «ОБ> » is one mark too."""
    depth = at = 0
    length = len(text)
    while at < length and depth < _DEEPEST:
        if text[at] == ">":
            depth, at = depth + 1, at + 1
        elif text[at] == " " and text[at + 1 : at + 2] == ">" and depth:
            at += 1
        elif depth == 0 and (after := _initials(text)):
            depth, at = 1, after
        else:
            break
    return (depth, at + 1 if text[at : at + 1] == " " else at) if depth else (0, 0)


def _initials(text: str) -> int:
    """Where the mark «АБ>» of The Bat! ends, 0 where there is none."""
    end = text.find(">", 0, _INITIALS + 2)
    start = len(text) - len(text.lstrip(" ")) if text.startswith(" ") else 0
    name = text[start:end] if end > start else ""
    return end + 1 if name and len(name) <= _INITIALS and name.isalpha() and name.isupper() else 0


def _joined(lines: Iterable[Line], *, delsp: bool) -> list[Line]:
    """Soft line breaks of format=flowed undone (RFC 3676 §4.2): a paragraph is the soft lines of one quote depth and the line after them.

    A line of spaces is an empty one, as no program means to hide a paragraph's end in it, and «-- » never flows.
    """
    found: list[Line] = []
    paragraph: list[str] = []
    depth = 0
    for line in lines:
        text = line.text[1:] if line.text.startswith(" ") and not line.depth else line.text
        alone = text.rstrip(" ") in _ALONE
        fixed = alone or text[-1] != " "
        if paragraph and (alone or line.depth != depth):
            found.append(Line("".join(paragraph), depth))
            paragraph = []
        depth = line.depth
        paragraph.append(text[:-1] if delsp and not fixed else text)
        if fixed:
            found.append(Line("".join(paragraph), depth))
            paragraph = []
    return [*found, Line("".join(paragraph), depth)] if paragraph else found


def text_of(lines: Iterable[Line]) -> str:
    """Lines as one text: blank space at line ends gone, no more than one empty line in a row."""
    found: list[str] = []
    for line in lines:
        text = line.text.rstrip()
        if text or (found and found[-1]):
            found.append(text)
    return "\n".join(found).strip("\n").rstrip()
