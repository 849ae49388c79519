"""Header fields as they stand in the bytes: order, unfolding, parameters, Message-IDs, dates.

Pure. The only reader of header blocks in the product; address lists are in `mailboxes`, encoded words in `encoded_words`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gateway.reading import charsets, encoded_words
from gateway.reading.clean import one_line
from gateway.reading.mailboxes import quoted_string

PARAMETERS = 200
SEGMENTS = 500
_IDS = 200
_SEGMENT_DIGITS = 4
_LONGEST_DATE = 120


@dataclass(frozen=True, slots=True)
class Headers:
    """Fields of one letter or part, first to last; values keep their folding and raw bytes as surrogates."""

    fields: tuple[tuple[str, str], ...]
    hints: tuple[str, ...] = ()

    def raw(self, name: str) -> str:
        """The first value of a field, unfolded but not decoded."""
        for key, value in self.fields:
            if key == name:
                return unfolded(value)
        return ""

    def every(self, *names: str) -> tuple[str, ...]:
        """All values of some fields, unfolded but not decoded."""
        return tuple(unfolded(value) for key, value in self.fields if key in names)

    def has(self, *names: str) -> bool:
        """Whether one of the fields is there at all."""
        return any(key in names for key, _ in self.fields)

    def text(self, name: str) -> str:
        """The first value of a field, decoded, on one line."""
        return one_line(encoded_words.decode(self.raw(name), self.hints))


def of(items: Iterable[tuple[str, object]], hints: tuple[str, ...] = ()) -> Headers:
    """Headers from the raw items of a parsed part."""
    return Headers(fields=tuple((str(name).strip().lower(), str(value)) for name, value in items), hints=hints)


def lowered(found: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Fields with their names in lower case, as `Headers` keeps them."""
    return tuple((name.lower(), value) for name, value in found)


def unfolded(value: str) -> str:
    """A value on one line: line ends go, blank space at the seams becomes one space."""
    if "\n" not in value and "\r" not in value:
        return value.strip()
    return " ".join(line.strip() for line in value.replace("\r", "\n").split("\n") if line.strip())


def message_ids(value: str) -> tuple[str, ...]:
    """Message-IDs without brackets; bare words with an «@» count where there are no brackets."""
    if "<" not in value:
        words = [word.strip("<>,;\"'") for word in value.split()]
        found = [word for word in words if "@" in word] or words[:1]
    else:
        found = ["".join(piece.split(">", 1)[0].split()) for piece in value.split("<")[1:]]
    return tuple(dict.fromkeys(one_line(word)[:500] for word in found[:_IDS] if word.strip()))


def date(value: str) -> datetime | None:
    """An aware UTC time, or None for what is no date. A date without a zone is read as UTC (RFC 5322 §3.3)."""
    try:
        found = parsedate_to_datetime(value[:_LONGEST_DATE])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def main_value(value: str) -> str:
    """What stands before the first parameter, in lower case: `text/plain`, `attachment`."""
    head = one_line(value.split(";", 1)[0]).lower()
    return head.split()[0] if head else ""


def parameters(value: str, hints: tuple[str, ...] = ()) -> dict[str, str]:
    """The parameters of Content-Type or Content-Disposition, decoded (RFC 2231, RFC 2047 in quotes, raw 8-bit)."""
    if "=" not in value:
        return {}
    pieces: dict[str, list[tuple[str, str]]] = {}
    for name, text in _raw_parameters(value):
        pieces.setdefault(name.split("*", 1)[0], []).append((name, text))
    return {name: _joined(pieces[name], hints) for name in list(pieces)[:PARAMETERS]}


def _raw_parameters(value: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, equals = value.find(";"), value.find("=")
    if equals >= 0 and not 0 <= at < equals:
        # «multipart/mixed boundary=…»: the first semicolon was forgotten.
        at = value.find(" ", 0, equals)
    while 0 <= at < len(value) and len(found) < PARAMETERS + SEGMENTS:
        equals = value.find("=", at)
        if equals < 0:
            break
        name = value[at:equals].strip("; \t").lower().replace(" ", "")
        text, at = _parameter_value(value, equals + 1)
        if name:
            found.append((name, text))
    return found


def _parameter_value(value: str, at: int) -> tuple[str, int]:
    while at < len(value) and value[at] in " \t":
        at += 1
    if value[at : at + 1] == '"':
        text, after = quoted_string(_windows_path(value), at)
        if after > at + 1:
            end = value.find(";", after)
            return text, end if end >= 0 else len(value)
        at += 1
    end = _token_end(value, at)
    return value[at:end].strip().strip('"'), end


def _windows_path(value: str) -> str:
    r"""Backslashes that separate folders, not ones that escape: «C:\Users\…»."""
    return value.replace("\\", "/") if ":\\" in value and '\\"' not in value else value


def _token_end(value: str, at: int) -> int:
    """The next semicolon, outside of encoded words that senders forget to quote."""
    while (end := value.find(";", at)) >= 0:
        start = value.rfind("=?", at, end)
        word = encoded_words.read_word(value, start) if start >= 0 else None
        if word is None or word.end <= end:
            return end
        at = word.end
    return len(value)


def _joined(pieces: list[tuple[str, str]], hints: tuple[str, ...]) -> str:
    """One parameter from its segments; an extended value wins over a plain one of the same name."""
    extended = sorted(((_segment(name), name.endswith("*"), text) for name, text in pieces if "*" in name), key=lambda piece: piece[0])
    if not extended:
        return encoded_words.unescaped(encoded_words.decode(_glued(pieces[0][1]), hints))
    charset = ""
    data = b""
    for number, (_, percent, text) in enumerate(extended[:SEGMENTS]):
        value = text
        if number == 0 and percent and value.count("'") > 1:
            charset, _, value = value.split("'", 2)
        data += encoded_words.percent_decoded(value) if percent else value.encode("utf-8", "surrogateescape")
    text = charsets.decode(data, charset, hints)
    return encoded_words.decode(text, hints) if "=?" in text else text


def _glued(value: str) -> str:
    """Encoded words as Outlook folds them inside a quoted file name."""
    return value.replace("?= =?", "?==?") if "=?" in value else value


def _segment(name: str) -> int:
    number = name.split("*", 2)[1] if "*" in name else ""
    return int(number) if number.isdigit() and len(number) <= _SEGMENT_DIGITS else 0
