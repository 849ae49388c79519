"""Characters that hostile or careless senders put into short values: control, bidirectional and invisible ones.

Pure. One place for subjects, names and file names; cleaning twice changes nothing.
"""

import re
import unicodedata

_BLANKS = frozenset("\t\n\r\x0b\x0c\x85\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f")
# A zero-width joiner holds emoji and some scripts together; it may stay.
_KEPT = frozenset("\u200c\u200d\ufe0f")
_NAME_BYTES = 200
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_LONGEST_ENDING = 10


def one_line(text: str) -> str:
    """`text` as one line: blanks folded to single spaces, control and direction characters gone."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(map(_visible, text)).split())


def _visible(char: str) -> str:
    if char in _BLANKS:
        return " "
    if char in _KEPT or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}:
        return char
    return ""


def printable(text: str) -> str:
    """Text of several lines without control and direction characters; tabs and line ends stay."""
    return _UNPRINTABLE.sub("", text)


def file_name(text: str) -> str:
    """A file name to show and to save under: NFC, the last part of a path, nothing invisible, no leading dots, at most 200 bytes."""
    if not text:
        return ""
    # An ideographic space is a character like others in Japanese names.
    name = one_line(text) if text.isascii() else "\u3000".join(map(one_line, unicodedata.normalize("NFC", text).split("\u3000")))
    name = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    name = name.replace(":", "_").strip().strip("\"'").lstrip(".").strip()
    return _shortened(name)


def _shortened(name: str) -> str:
    if len(name.encode("utf-8", "replace")) <= _NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = _NAME_BYTES - len((dot + ending).encode("utf-8", "replace"))
    return stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").rstrip(" .") + dot + ending
