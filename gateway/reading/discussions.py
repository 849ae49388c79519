"""Answers that stand between the lines they answer: the whole exchange of such a letter as one text, in order.

Pure. For people to read; no command is ever taken from it. Lines that begin with «>» are quoted, all others are the author's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.reading import attributions, command_lines
from gateway.reading.lines import Line, text_of

_MOST_QUOTED = 12
_LEFT_OUT = "> […]"


def of(lines: Iterable[tuple[Line, bool]]) -> str:
    """The exchange of a letter's lines, each with whether its author wrote it; empty where nothing is answered in between.

    Attributions, which carry no quote mark, are left out, and so is the quote that nobody answers.
    """
    blocks = _blocks((line, own) for line, own in lines if own or line.depth)
    turns = "".join("a" if own else "q" for _, own in blocks)
    if "aqa" not in turns and "qaq" not in turns:
        return ""
    answered = blocks[: turns.rindex("a") + 1]
    return "\n\n".join(text_of(map(_own, found)) if own else _quote(found) for found, own in answered)


def _blocks(lines: Iterable[tuple[Line, bool]]) -> list[tuple[list[Line], bool]]:
    """Stretches of words of one side; blank lines go with the stretch before them."""
    found: list[tuple[list[Line], bool]] = []
    for line, own in lines:
        if found and (line.blank or found[-1][1] is own):
            found[-1][0].append(line)
        elif not line.blank:
            found.append(([line], own))
    return found


def _own(line: Line) -> Line:
    """A line of the author's; one that begins like a quote («> 50 %») is moved in, so that it is not taken for one."""
    return replace(line, text=f" {line.text}") if line.text.startswith(">") else command_lines.folded(line)


def _quote(lines: Sequence[Line]) -> str:
    """A quote as plain text shows it, without the attribution at its head: of a long one, what stands nearest to the answer."""
    below = lines[attributions.find(lines, 0) :]
    lines = lines if all(line.blank for line in below) else below
    shown = text_of(Line("" if line.blank else "> " * line.depth + line.text) for line in lines).split("\n")
    kept = [_LEFT_OUT, *shown[-_MOST_QUOTED:]] if len(shown) > _MOST_QUOTED else shown
    return "\n".join(line or ">" for line in kept)
