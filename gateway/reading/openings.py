"""What opens old words at a line: a forward's title, a header block, an attribution, and what stands right below them.

Pure. Looks a few lines ahead of one line and no further; `quoting` draws the conclusions.
"""

from collections.abc import Sequence

from gateway.reading import attributions, blocks, phrases, separators
from gateway.reading.lines import Line, Mark

_MARKER_LINES = 3


def opens_forward(lines: Sequence[Line], number: int) -> bool:
    """The title of a forwarded letter, over its header block or attribution."""
    text = lines[number].text
    if separators.is_forward_separator(text):
        return block_follows(lines, number + 1) or _follows_attribution(lines, number + 1)
    return separators.is_title(text) and block_follows(lines, number + 1)


def marker_end(lines: Sequence[Line], number: int) -> int:
    """The line after the reply marker that begins here, which a narrow quote wraps; 0 where none does."""
    text = lines[number].text
    if separators.is_reply_marker(text):
        return number + 1
    if separators.opens_reply_marker(text):
        for after in range(number + 2, min(number + _MARKER_LINES, len(lines)) + 1):
            text = f"{text} {lines[after - 1].text}"
            if separators.is_reply_marker(text):
                return after
    return 0


def opens_previous(lines: Sequence[Line], number: int) -> bool:
    """A rule over «Previous replies»."""
    if not separators.is_rule(lines[number].text, shortest=3):
        return False
    following = lines[number + 1].text if number + 1 < len(lines) else ""
    return following.strip(" *_:").lower() in phrases.PREVIOUS


def opens_block(lines: Sequence[Line], number: int) -> bool:
    """A header block, perhaps under a rule."""
    if separators.is_rule(lines[number].text):
        return block_follows(lines, number + 1)
    return blocks.read(lines, number) is not None


def block_follows(lines: Sequence[Line], number: int) -> bool:
    """A header block at the line or a few below, under nothing but titles and rules."""
    for place in range(number, min(len(lines), number + 6)):
        line = lines[place]
        if line.blank or separators.is_separator(line.text) or separators.is_rule(line.text) or separators.is_forward_separator(line.text):
            continue
        return blocks.read(lines, place, bare=True) is not None
    return False


def _follows_attribution(lines: Sequence[Line], number: int) -> bool:
    place = next((place for place in range(number, min(len(lines), number + 3)) if not lines[place].blank), None)
    return place is not None and attributions.find(lines, place) > 0


def quote_follows(lines: Sequence[Line], number: int) -> bool:
    """Whether the next words are marked as quoted."""
    for line in lines[number : number + 6]:
        if line.depth or line.mark is Mark.QUOTED:
            return True
        if not line.blank:
            return False
    return False


def end(lines: Sequence[Line], number: int) -> int:
    """The line after the attribution or header block that opens a letter."""
    if lines[number].depth:
        return number
    block = blocks.read(lines, number)
    return block.end if block else attributions.find(lines, number) or number
