"""Where the keys of a TOML text stand, for messages that name the line. Pure.

The standard library's reader tells no lines. This one knows headers, keys and texts of several lines, no more: a key that
it misses is reported without its line.
"""

import re
from collections.abc import Iterator, Mapping

Path = tuple[str, ...]

_HEADER = re.compile(r"\s*\[(\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_LONG_TEXT = re.compile(r'"""|' + "'''")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, from 1, of every section and key: ("smtp",), ("smtp", "listen"); ("imap", "0", "port") in a table array."""
    found: dict[Path, int] = {}
    section: Path = ()
    arrays: dict[Path, int] = {}
    for number, line in _outside_long_texts(text):
        if header := _HEADER.match(line):
            section = _words(header[2])
            if header[1]:
                arrays[section] = arrays.get(section, -1) + 1
                section = (*section, str(arrays[section]))
            found.setdefault(section, number)
        elif key := _KEY.match(line):
            found.setdefault((*section, *_words(key[1])), number)
    return found


def _words(dotted: str) -> Path:
    return tuple(word.strip(" \t\"'") for word in dotted.split("."))


def _outside_long_texts(text: str) -> Iterator[tuple[int, str]]:
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside:
            yield number, line
        if len(_LONG_TEXT.findall(line)) % 2:
            inside = not inside
