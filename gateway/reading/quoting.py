"""What of a letter is new: the author's text, what is quoted, and the signature.

Pure. Structure first (containers, «>»), then the phrases of mail programs; every line is looked at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from gateway.reading import attributions, blocks, clean, command_lines, discussions, openings, separators, signatures
from gateway.reading.lines import Line, Mark, text_of
from helpdesk.messages import Link

_LONGEST_REST = 20


class Label(Enum):
    """Whose line it is."""

    AUTHOR = auto()
    QUOTED = auto()
    SIGNATURE = auto()
    FORWARDED = auto()


@dataclass(frozen=True, slots=True)
class Split:
    """A letter's lines sorted. `own` are the author's lines, the signature's too; `forward` are those of a forwarded letter.

    `unheard` are those of the author's lines that stand below a quoted reply marker, which are read and never command.
    `discussion` is the exchange of a letter that answers between the quote lines, empty for others. `links` are those of the author's
    lines that are no commands.
    """

    text: str
    quoted: str
    signature: str
    own: tuple[str, ...]
    forward: tuple[Line, ...] = ()
    unheard: tuple[str, ...] = ()
    discussion: str = ""
    links: tuple[Link, ...] = ()


@dataclass(slots=True)
class _Labels:
    """Labels so far, and what the letter's header says; `introductions` are the lines at which an attribution may begin."""

    introductions: frozenset[int]
    forwards: bool
    answers: bool
    found: list[Label] = field(default_factory=list)
    quoting: bool = False
    forward: slice | None = None
    first_marker: int | None = None

    @property
    def own_end(self) -> int:
        """Where the author's own lines surely end: at a forwarded letter, as what stands below it may be its own."""
        return self.forward.start if self.forward else len(self.found)

    @property
    def marker(self) -> int:
        """Where lines end that may command: at a quoted reply marker."""
        return self.own_end if self.first_marker is None else min(self.first_marker, self.own_end)


def split(lines: Sequence[Line], *, sender_name: str = "", forwards: bool = False, answers: bool = False) -> Split:
    """Sort the lines of a letter; `forwards` says that its subject announces a forward, `answers` that it answers another letter."""
    lines = attributions.opened(blocks.opened(lines))
    labels = _labelled(lines, forwards=forwards, answers=answers)
    _label_signatures(lines, labels.found, sender_name)
    shown = labels.found if answers or labels.forward else _rescued(lines, labels.found)
    by_label: dict[Label, list[Line]] = {label: [] for label in Label}
    for line, label in zip(lines, shown, strict=True):
        by_label[label].append(line)
    return Split(
        text=text_of(command_lines.folded(line) if not line.depth else _marked(line) for line in by_label[Label.AUTHOR]),
        quoted=text_of(map(_with_marks, (*by_label[Label.QUOTED], *by_label[Label.FORWARDED]))),
        signature=text_of(map(command_lines.folded, _without_delimiter(by_label[Label.SIGNATURE]))),
        own=_own(lines, labels.found, 0, labels.marker),
        unheard=_own(lines, labels.found, labels.marker, labels.own_end),
        forward=tuple(lines[labels.forward]) if labels.forward else (),
        discussion=_discussion(lines, labels.found) if labels.quoting else "",
        links=tuple(dict.fromkeys(_links(lines, labels.found))),
    )


def _own(lines: Sequence[Line], labels: Sequence[Label], start: int, end: int) -> tuple[str, ...]:
    pairs = zip(lines[start:end], labels[start:end], strict=True)
    return tuple(line.text for line, label in pairs if label is Label.AUTHOR or label is Label.SIGNATURE)


def _links(lines: Sequence[Line], labels: Sequence[Label]) -> Iterator[Link]:
    """Links whose words stand in what the author says to people. A line may end between a link's words; that one is left out."""
    for line, label in zip(lines, labels, strict=True):
        if line.links and label is Label.AUTHOR and not command_lines.of((line.text,)):
            words = clean.one_line(line.text)
            yield from (link for link in line.links if link.words in words)


def _discussion(lines: Sequence[Line], labels: Sequence[Label]) -> str:
    """The exchange of lines that the author wrote and lines that the author answers."""
    exchanged = zip(lines, labels, strict=True)
    return discussions.of((line, label is Label.AUTHOR) for line, label in exchanged if label is Label.AUTHOR or label is Label.QUOTED)


def _rescued(lines: Sequence[Line], labels: list[Label]) -> list[Label]:
    """Labels under which something is left to read, as a letter never becomes empty by cutting. An answer may: what it quotes is known.

    A lone signature is the text; without one, what stands under the attribution or header block; at last the bare quote.
    What a reply marker cuts stays cut. None of it is the author's: no command is taken from here.
    """
    full = [number for number, line in enumerate(lines) if not line.blank]
    if not full or any(labels[number] is Label.AUTHOR for number in full) or openings.marker_end(lines, full[0]):
        return labels
    if any(labels[number] is Label.SIGNATURE for number in full):
        return [Label.AUTHOR if label is Label.SIGNATURE else label for label in labels]
    start = openings.end(lines, full[0])
    start = start if any(number >= start for number in full) else full[0]
    return [Label.QUOTED] * start + _below(lines[start:])


def _below(lines: Sequence[Line]) -> list[Label]:
    """What stands under an opening: its own text where there is some, else all of it."""
    labels = _labelled(lines).found
    own = any(label is Label.AUTHOR and not line.blank for line, label in zip(lines, labels, strict=True))
    return labels if own else [Label.AUTHOR] * len(lines)


def _marked(line: Line) -> Line:
    """A quoted line as plain text shows it, with all its marks."""
    return Line(">" * line.depth + " " + line.text, line.depth)


def _without_delimiter(lines: Sequence[Line]) -> Sequence[Line]:
    full = next((number for number, line in enumerate(lines) if not line.blank), len(lines))
    return lines[full + 1 :] if full < len(lines) and signatures.is_delimiter(lines[full].text) else lines


def _with_marks(line: Line) -> Line:
    """A quoted line as plain text shows it; the outermost mark is left out."""
    return Line(">" * (line.depth - 1) + " " + line.text, line.depth) if line.depth > 1 else line


def _labelled(lines: Sequence[Line], *, forwards: bool = False, answers: bool = False) -> _Labels:
    labels = _Labels(attributions.candidates(lines), forwards, answers)
    while (number := len(labels.found)) < len(lines):
        label, after = _stretch(lines, number, labels)
        labels.found += [label] * (after - number)
        labels.quoting = labels.quoting or label is Label.QUOTED
    return labels


def _stretch(lines: Sequence[Line], number: int, labels: _Labels) -> tuple[Label, int]:
    """What the line is, and the line after those that are the same for the same reason."""
    line = lines[number]
    if not line.depth and (line.mark is Mark.SIGNATURE or (line.blank and line.mark is Mark.NONE)):
        return (Label.AUTHOR if line.mark is Mark.NONE else Label.SIGNATURE), number + 1
    ending = _ending(lines, number, labels) if (line.mark is Mark.CUT or separators.may_part(line.text)) else None
    if ending:
        _label_rule_above(lines, labels.found)
        return ending, _forwarded(lines, number, labels) if ending is Label.FORWARDED else len(lines)
    if line.depth or line.mark is Mark.QUOTED:
        return Label.QUOTED, openings.marker_end(lines, number) or number + 1
    after = attributions.find(lines, number) if number in labels.introductions else 0
    if after and (openings.quote_follows(lines, after) or not _is_prose(lines[number:after])):
        _label_rule_above(lines, labels.found)
        return _introduced(lines, number, after, labels)
    return (Label.QUOTED if _ends_broken_link(lines, number) else Label.AUTHOR), number + 1


def _is_prose(lines: Sequence[Line]) -> bool:
    return attributions.is_prose(" ".join(line.text.strip() for line in lines))


def _introduced(lines: Sequence[Line], number: int, after: int, labels: _Labels) -> tuple[Label, int]:
    """An attribution: the quote below it is marked, or all that follows is old."""
    if openings.quote_follows(lines, after):
        return Label.QUOTED, after
    if not labels.forwards:
        return Label.QUOTED, len(lines)
    return Label.FORWARDED, _forwarded(lines, number, labels)


def _forwarded(lines: Sequence[Line], number: int, labels: _Labels) -> int:
    """The line after the forwarded letter that begins here. Its end is believed where few lines follow, none of which may command."""
    ends = (
        place
        for place in range(len(lines) - 1, max(number, len(lines) - _LONGEST_REST), -1)
        if separators.is_forward_end(lines[place].text)
    )
    after = next(ends, len(lines) - 1) + 1
    labels.forward = labels.forward or slice(number, after)
    return after


def _label_rule_above(lines: Sequence[Line], labels: list[Label]) -> None:
    """A rule over an attribution or a header block belongs to it."""
    above = next((place for place in range(len(labels) - 1, max(-1, len(labels) - 4), -1) if not lines[place].blank), None)
    if (
        above is not None
        and labels[above] is Label.AUTHOR
        and (separators.is_rule(lines[above].text) or separators.is_title_between_rules(lines[above].text))
    ):
        labels[above] = Label.QUOTED


def _ends_broken_link(lines: Sequence[Line], number: int) -> bool:
    """The end of a quoted line's link that was wrapped without a mark."""
    above, text = lines[number - 1], lines[number].text
    if not number or not above.depth or " " in text.strip() or text.startswith("/"):
        return False
    link = above.text.rpartition("http")
    return (
        bool(link[1]) and link[0].endswith(("(", "<")) and not any(char in ")> " for char in link[2]) and text.rstrip().endswith((")", ">"))
    )


def _ending(lines: Sequence[Line], number: int, labels: _Labels) -> Label | None:
    """What all lines from here on are, where something that lasts to the end begins here."""
    line = lines[number]
    marker = openings.marker_end(lines, number) > 0
    if line.depth and (marker or labels.quoting):
        labels.first_marker = number if marker and labels.first_marker is None else labels.first_marker
        return None
    if marker or openings.opens_previous(lines, number):
        return Label.QUOTED
    if openings.opens_forward(lines, number):
        return Label.FORWARDED
    if line.depth:
        return Label.QUOTED if attributions.is_groupwise(line) else None
    if line.mark is not Mark.CUT and not separators.is_separator(line.text) and not openings.opens_block(lines, number):
        return None
    forwards = labels.forwards or (not labels.answers and _is_first(lines, labels))
    return Label.FORWARDED if forwards and openings.block_follows(lines, number) else Label.QUOTED


def _is_first(lines: Sequence[Line], labels: _Labels) -> bool:
    """Whether the author wrote nothing so far."""
    return not any(label is Label.AUTHOR and not line.blank for line, label in zip(lines, labels.found, strict=False))


def _label_signatures(lines: Sequence[Line], labels: list[Label], sender_name: str) -> None:
    """Mark the signature of every run of the author's lines; closings count in the last run that has words of its own."""
    last = True
    runs = _runs(lines, labels)
    for first, after in reversed(runs):
        texts = [line.text for line in lines[first:after]]
        found = first + signatures.start(texts, sender_name, last=last)
        if (first, after) == runs[-1] and found == after:
            found = first + signatures.dashed_name(texts)
        end = found + signatures.postscript(texts[found - first :])
        labels[found:end] = [Label.SIGNATURE] * (end - found)
        last = last and all(line.blank for line in lines[first:found])


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
