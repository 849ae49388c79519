"""The author's lines that begin with «/», folded to the characters a keyboard has.

Pure. Which of them are commands is the desk's business.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from gateway.lines import Line

_LONGEST = 2000
_MOST = 200
_SLASHES = frozenset("/\uff0f\u2044\u2215")
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2014\u2015", "\u2014"),
        **dict.fromkeys("«»“”„‟″❝❞〝〞＂", '"'),
        **dict.fromkeys("‘’‚‛′`´＇", "'"),
        **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "),
        **dict.fromkeys("\u2044\u2215\uff0f", "/"),
        **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e", None),
    },
)


def of(own_lines: Iterable[str]) -> tuple[str, ...]:
    """The folded lines that begin with «/», in order."""
    found = (fold(line) for line in own_lines if not _SLASHES.isdisjoint(line))
    return tuple(line for line in found if line.startswith("/"))[:_MOST]


def folded(line: Line) -> Line:
    """A line that begins with «/» in its folded form, so that a text's commands can be found in it again; others as they are."""
    if _SLASHES.isdisjoint(line.text):
        return line
    text = fold(line.text)
    return replace(line, text=text) if text.startswith("/") else line


def fold(line: str) -> str:
    """One line with plain dashes, quotes and spaces. A long dash before a word was typed as two short ones."""
    text = unicodedata.normalize("NFKC", line[:_LONGEST].translate(_FOLDED)).translate(_FOLDED)
    text = text.replace(" \u2014", " --").replace("\u2014", "-").replace("-- ", "- ")
    return " ".join(text.split())
