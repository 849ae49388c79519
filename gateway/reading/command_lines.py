"""The author's lines that begin with «/», folded to the characters a keyboard has.

Pure. Which of them are commands is the desk's business, and so is how a line is folded.
"""

from collections.abc import Iterable
from dataclasses import replace

from gateway.reading.lines import Line
from helpdesk.commands.lines import fold

_MOST = 200
_SLASHES = frozenset("/\uff0f\u2044\u2215")


def of(own_lines: Iterable[str]) -> tuple[str, ...]:
    """The folded lines that begin with «/», in order."""
    found = (fold(line) for line in own_lines if _may_begin(line))
    return tuple(line for line in found if line.startswith("/"))[:_MOST]


def folded(line: Line) -> Line:
    """A line that begins with «/» in its folded form, so that a text's commands can be found in it again; others as they are."""
    if not _may_begin(line.text):
        return line
    text = fold(line.text)
    return replace(line, text=text) if text.startswith("/") else line


def _may_begin(text: str) -> bool:
    """Whether «/» may be a line's first visible character; folding takes time."""
    first = text.lstrip()[:1]
    if first == "/":
        return True
    return not first.isalnum() and not (first.isascii() and first.isprintable()) and not _SLASHES.isdisjoint(text)
