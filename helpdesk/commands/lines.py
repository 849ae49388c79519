"""Which `/word` lines are commands, which are near one, and which are text. Pure.

Ask through `helpdesk.commands.registry`, which has loaded every command first.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk.commands.names import COMMAND_NAMES, COMMANDS, RESERVED

_SHORT = 5
_LONGEST = 2000
# What mail programs put in the place of what was typed. A long dash is told from the short ones: it was typed as two.
_TYPED = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–−﹘﹣－", "-"),
        **dict.fromkeys("—―", "—"),
        **dict.fromkeys("«»“”„‟″❝❞〝〞＂", '"'),
        **dict.fromkeys("‘’‚‛′`´＇", "'"),
        **dict.fromkeys("／⁄∕", "/"),
    }
)
# Cyrillic letters that look like Latin ones: «/сс» typed without switching the keyboard.
_LOOKALIKES = str.maketrans("асеорхукмтнв", "aceopxykmthb")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A command line: the command's English name, what stands behind it, and the line as written."""

    name: str
    argument: str
    line: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A slash line that is no command but nearly one: `meant` is the name it was near, empty for a word that is reserved.

    `audience`: who could have meant it as a command.
    """

    line: str
    meant: str
    audience: frozenset[str]


def fold(line: str) -> str:
    """A line as its author typed it: what mail programs substitute for dashes, quotes, slashes and blanks is put back."""
    text = unicodedata.normalize("NFKC", line[:_LONGEST].translate(_TYPED)).translate(_TYPED)
    visible = text if text.isprintable() else "".join(filter(_is_visible, text))
    typed = visible.replace(" —", " --").replace("—", "-").replace("-- ", "- ")
    return " ".join(typed.split())


def _is_visible(char: str) -> bool:
    return char == "\t" or unicodedata.category(char) not in ("Cf", "Cc")


def recognise(line: str) -> Recognised | NearMiss | None:
    """What a line is: a command, nearly one, or (None) text."""
    folded = fold(line)
    if not folded.startswith("/"):
        return None
    word, _, argument = folded[1:].lstrip().partition(" ")
    name = _plain(word)
    known = COMMAND_NAMES.get(name) or COMMAND_NAMES.get(name.translate(_LOOKALIKES))
    if known:
        return Recognised(known, argument.strip(), folded)
    if name in RESERVED:
        return NearMiss(folded, "", RESERVED[name])
    meant = _nearest(name) if name.isalpha() else _glued(name)
    return NearMiss(folded, meant, COMMANDS[COMMAND_NAMES[meant]].audience) if meant else None


def _glued(name: str) -> str | None:
    """The command of «/spent40m», «/cc:nina@site.ru», «/re-open»."""
    head = re.match(r"[^\W\d_]+(?=-?\d|[:=])", name)
    whole = name.replace("-", "")
    return next((known for known in (head[0] if head else "", whole) if known in COMMAND_NAMES), None)


def without_commands(text: str, command_lines: Sequence[str]) -> str:
    """The text without its command lines (and near ones); runs of blank lines that they leave become one."""
    commands = {fold(line) for line in command_lines if recognise(line)}
    lines = text.split("\n")
    return _tidy([line for line in lines if fold(line) not in commands] if commands else lines)


def _tidy(lines: Sequence[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line.rstrip())
    return "\n".join(kept).strip()


def _plain(word: str) -> str:
    return word.casefold().replace("ё", "е").rstrip(".,;:!")


def _nearest(word: str) -> str | None:
    limit = 1 if len(word) <= _SHORT else 2
    near = [name for name in COMMAND_NAMES if abs(len(name) - len(word)) <= limit and distance(name, word) <= limit]
    return min(near, key=lambda name: (distance(name, word), name)) if near else None


def distance(one: str, other: str) -> int:
    """Edits between two short words, a swap of neighbours counting once (optimal string alignment)."""
    above: list[int] = []
    before = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                best = min(best, above[j - 2] + 1)
            row.append(best)
        above, before = before, row
    return before[-1]
