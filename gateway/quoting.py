"""What of a letter is new: the author's text, what is quoted, and the signature.

Pure. Structure first (containers, «>»), then the phrases of mail programs; every line is looked at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from gateway import attributions, blocks, command_lines, phrases, signatures
from gateway.lines import Line, Mark, text_of

_LONGEST_MARKER = 160
_LONGEST_TITLE = 120
_SHORTEST_OPENING, _LONGEST_OPENING = 10, 60


class Label(Enum):
    """Whose line it is."""

    AUTHOR = auto()
    QUOTED = auto()
    SIGNATURE = auto()
    FORWARDED = auto()


_OWN = frozenset({Label.AUTHOR, Label.SIGNATURE})


@dataclass(frozen=True, slots=True)
class Split:
    """A letter's lines sorted. `own` are all lines of the author, the signature's too; `forward` are those of a forwarded letter."""

    text: str
    quoted: str
    signature: str
    own: tuple[str, ...]
    forward: tuple[Line, ...] = ()


@dataclass(slots=True)
class _Labels:
    """Labels so far."""

    found: list[Label] = field(default_factory=list)
    forward: int | None = None


def split(lines: Sequence[Line], *, sender_name: str = "", forwards: bool = False, answers: bool = False) -> Split:
    """Sort the lines of a letter; `forwards` says that its subject announces a forward, `answers` that it answers another letter."""
    lines = [piece for line in blocks.opened(lines) for piece in attributions.taken_apart(line)]
    labels = _labelled(lines, forwards=forwards)
    _label_signatures(lines, labels.found, sender_name)
    own = tuple(line.text for line, label in zip(lines, labels.found, strict=True) if label in _OWN)
    shown = labels.found if answers or labels.forward is not None else _rescued(lines, labels.found)
    sorted_lines = list(zip(lines, shown, strict=True))
    quoted = [line for line, label in sorted_lines if label in {Label.QUOTED, Label.FORWARDED}]
    return Split(
        text=text_of(
            command_lines.folded(line) if not line.depth else _marked(line) for line, label in sorted_lines if label is Label.AUTHOR
        ),
        quoted=text_of(map(_with_marks, quoted)),
        signature=text_of(_without_delimiter([line for line, label in sorted_lines if label is Label.SIGNATURE])),
        own=own,
        forward=tuple(lines[labels.forward :]) if labels.forward is not None else (),
    )


def _rescued(lines: Sequence[Line], labels: list[Label]) -> list[Label]:
    """Labels under which something is left to read, as a letter never becomes empty by cutting. An answer may: what it quotes is known.

    A lone signature is the text; without one, what stands under the attribution or header block; at last the bare quote.
    What a reply marker cuts stays cut. None of it is the author's: no command is taken from here.
    """
    full = [number for number, line in enumerate(lines) if not line.blank]
    if not full or any(labels[number] is Label.AUTHOR for number in full) or is_reply_marker(lines[full[0]].text):
        return labels
    if any(labels[number] is Label.SIGNATURE for number in full):
        return [Label.AUTHOR if label is Label.SIGNATURE else label for label in labels]
    start = _opening_end(lines, full[0])
    start = start if any(number >= start for number in full) else full[0]
    return [Label.QUOTED] * start + [Label.AUTHOR] * (len(lines) - start)


def _opening_end(lines: Sequence[Line], number: int) -> int:
    """The line after the attribution or header block that opens a letter."""
    if lines[number].depth:
        return number
    block = blocks.read(lines, number)
    return block.end if block else attributions.find(lines, number) or number


def _marked(line: Line) -> Line:
    """A quoted line as plain text shows it, with all its marks."""
    return Line(">" * line.depth + " " + line.text, line.depth)


def _without_delimiter(lines: Sequence[Line]) -> Sequence[Line]:
    full = next((number for number, line in enumerate(lines) if not line.blank), len(lines))
    return lines[full + 1 :] if full < len(lines) and signatures.is_delimiter(lines[full].text) else lines


def _with_marks(line: Line) -> Line:
    """A quoted line as plain text shows it; the outermost mark is left out."""
    return Line(">" * (line.depth - 1) + " " + line.text, line.depth) if line.depth > 1 else line


def _labelled(lines: Sequence[Line], *, forwards: bool) -> _Labels:
    labels = _Labels()
    number = 0
    while number < len(lines):
        line = lines[number]
        if not line.depth and (line.mark is Mark.SIGNATURE or (line.blank and line.mark is Mark.NONE)):
            labels.found.append(Label.AUTHOR if line.mark is Mark.NONE else Label.SIGNATURE)
            number += 1
            continue
        ending = _ending(lines, number, labels, forwards=forwards)
        if ending is not None:
            labels.found += [ending] * (len(lines) - number)
            break
        after = 0 if line.depth or line.mark is Mark.QUOTED else attributions.find(lines, number)
        if after and forwards and not _quote_follows(lines, after):
            labels.forward = number
            labels.found += [Label.FORWARDED] * (len(lines) - number)
            break
        if after:
            labels.found += [Label.QUOTED] * (after - number)
            if not _quote_follows(lines, after):
                labels.found += [Label.QUOTED] * (len(lines) - after)
                break
            number = after
            continue
        labels.found.append(Label.QUOTED if line.depth or line.mark is Mark.QUOTED else Label.AUTHOR)
        number += 1
    return labels


def _ending(lines: Sequence[Line], number: int, labels: _Labels, *, forwards: bool) -> Label | None:
    """What all lines from here on are, where something that lasts to the end begins here."""
    line = lines[number]
    if is_reply_marker(line.text) or _is_previous(lines, number):
        return Label.QUOTED
    if (is_forward_separator(line.text) or is_title(line.text)) and _follows_block(lines, number + 1):
        labels.forward = number
        return Label.FORWARDED
    if line.depth:
        return None
    if line.mark is Mark.CUT or is_separator(line.text) or _is_block(lines, number):
        alone = Label.AUTHOR not in labels.found or all(
            lines[place].blank for place, label in enumerate(labels.found) if label is Label.AUTHOR
        )
        if (forwards or alone) and _follows_block(lines, number):
            labels.forward = number
            return Label.FORWARDED
        return Label.QUOTED
    return None


def is_reply_marker(text: str) -> bool:
    """«##- … -##», quoted or not, and what other helpdesks write instead."""
    stripped = text.strip(" >|*\t\u00a0")
    if not stripped or stripped[0] not in "#-=_~—–":
        return False
    if stripped.startswith("##-") and stripped.endswith("-##"):
        return True
    return len(stripped) < _LONGEST_MARKER and any(phrase in stripped.lower() for phrase in phrases.REPLY_ABOVE)


def _is_previous(lines: Sequence[Line], number: int) -> bool:
    """A rule over «Previous replies»."""
    if not _is_rule(lines[number].text, shortest=3):
        return False
    following = lines[number + 1].text if number + 1 < len(lines) else ""
    return following.strip(" *_:").lower() in phrases.PREVIOUS


def _words_between_dashes(text: str) -> str:
    stripped = text.strip(" >|*\t\u00a0")
    inner = stripped.strip("-_—–=* \u00a0")
    return inner.rstrip(":").strip().lower() if inner != stripped or stripped.endswith(":") else ""


def is_forward_separator(text: str) -> bool:
    """«---------- Пересылаемое сообщение ----------», «Begin forwarded message:»."""
    if len(text) > _LONGEST_TITLE:
        return False
    words = _words_between_dashes(text)
    return words in phrases.FORWARDED or any(part.strip() in phrases.FORWARDED for part in words.replace("---", "/").split("/"))


def is_title(text: str) -> bool:
    """«Начало письма:» in a language we do not know; a header block must follow."""
    stripped = text.strip(" >")
    return (
        _SHORTEST_OPENING < len(stripped) < _LONGEST_OPENING
        and stripped.endswith(":")
        and "@" not in stripped
        and not any(char.isdigit() for char in stripped)
    )


def is_separator(text: str) -> bool:
    """«-----Исходное сообщение-----»."""
    return len(text) < _LONGEST_TITLE and _words_between_dashes(text) in phrases.ORIGINAL and text.strip(" >")[:1] in "-_—–="


def _is_rule(text: str, shortest: int = 5) -> bool:
    stripped = text.strip()
    return len(stripped) >= shortest and not stripped.strip("-_—–=")


def _is_block(lines: Sequence[Line], number: int) -> bool:
    """A header block, perhaps under a rule."""
    if _is_rule(lines[number].text):
        return _follows_block(lines, number + 1)
    return blocks.read(lines, number) is not None


def _follows_block(lines: Sequence[Line], number: int) -> bool:
    for place in range(number, min(len(lines), number + 6)):
        line = lines[place]
        if line.blank or is_separator(line.text) or _is_rule(line.text) or is_forward_separator(line.text):
            continue
        return blocks.read(lines, place, bare=True) is not None
    return False


def _quote_follows(lines: Sequence[Line], number: int) -> bool:
    for line in lines[number : number + 6]:
        if line.depth or line.mark is Mark.QUOTED:
            return True
        if not line.blank:
            return False
    return False


def _label_signatures(lines: Sequence[Line], labels: list[Label], sender_name: str) -> None:
    """Mark the signature of every run of the author's lines; closings count in the last run only."""
    runs = _runs(lines, labels)
    for number, (first, after) in enumerate(runs):
        texts = [line.text for line in lines[first:after]]
        found = first + signatures.start(texts, sender_name, last=number == len(runs) - 1)
        labels[found:after] = [Label.SIGNATURE] * (after - found)


def _runs(lines: Sequence[Line], labels: Sequence[Label]) -> list[tuple[int, int]]:
    """Stretches of the author's lines that hold words."""
    found: list[tuple[int, int]] = []
    first = -1
    for number in range(len(labels) + 1):
        if number < len(labels) and labels[number] is Label.AUTHOR:
            first = number if first < 0 else first
        elif first >= 0:
            if any(not line.blank for line in lines[first:number]):
                found.append((first, number))
            first = -1
    return found
