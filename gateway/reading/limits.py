"""How much of a letter we are ready to read, checked on its bytes before any parser sees them.

Pure. `structure` checks the parts by the same limits. A letter over a limit is kept and shown as unreadable with the reason, which
reads «… over N».
"""

import re
from collections.abc import Sequence

from config.settings import Limits

DEFAULT = Limits()
TEXT_LINES = 20_000
_READ = frozenset(
    "from to cc subject reply-to sender references in-reply-to message-id date content-type content-disposition".split(),
)
_LISTS = frozenset({"from", "to", "cc", "reply-to"})


class TooMuch(Exception):
    """Something in a letter is more than may be read; the message is the reason."""


def refuse(thing: str, found: int, most: int, unit: str = "") -> None:
    """TooMuch where there is more of a thing than may be."""
    if found > most:
        message = f"{thing} over {most} {unit}".rstrip()
        raise TooMuch(message)


def refuse_header(fields: Sequence[tuple[str, str]], block: int, limits: Limits) -> None:
    """TooMuch for a header block of `block` bytes that is over a limit."""
    refuse("header block", block, limits.header_block, "bytes")
    refuse("header fields", len(fields), limits.header_fields)
    for name, value in fields:
        if name.lower() in _READ:
            refuse_value(name.lower(), value, limits)


def refuse_value(name: str, value: str, limits: Limits) -> None:
    """The same for one field, whose name is in lower case."""
    refuse(name, len(value), limits.header, "bytes")
    refuse(f"encoded words in {name}", value.count("=?"), limits.encoded_words)
    if name in _LISTS:
        refuse(f"addresses in {name}", value.count("@"), limits.addresses)
    if name.startswith("content-") and value.count(";") > limits.parameters:
        segments = len(_SEGMENT.findall(value))
        refuse(f"segments in {name}", segments, limits.segments)
        refuse(f"parameters in {name}", value.count(";") - segments, limits.parameters)


def refuse_line(text: bytes, most: int) -> None:
    """TooMuch for a text with a line longer than that. Looks at the last line end of each stretch of that length."""
    start = 0
    while len(text) - start > most:
        end = max(text.rfind(b"\n", start, start + most + 1), text.rfind(b"\r", start, start + most + 1))
        if end < 0:
            refuse("line", most + 1, most, "bytes")
        start = end + 1


def memory_problem(limits: Limits) -> str:
    """Why a letter that takes too much memory cannot be shown."""
    return f"memory over {limits.reader_memory // 1024**2} MB"


_SEGMENT = re.compile(r"\*\d")
