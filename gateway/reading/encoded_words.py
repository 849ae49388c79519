"""RFC 2047 encoded words and RFC 2231 values: the inner writing of header values.

Pure. Words of one charset that stand together are joined as bytes before they are decoded, since senders cut them
inside characters.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from gateway.reading import charsets

WORDS = 1000
_LONGEST_CHARSET = 40
# A line of words: base64 has no blanks between them, nor such signs.
_FOREIGN_LINE = re.compile(rb"(?m)^(?:[A-Za-z]+[ \t]|[-_*~#=]{2})[^\r\n]{3}")
# UTF-8 of other letters than ASCII has two such bytes at least.
_ESCAPED = re.compile(r"%[C-Fc-f][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]")
_ARMOUR_LINE = re.compile(rb"(?m)^[A-Za-z0-9+/=]{8,}[ \t]*\r?$")
_HEX = frozenset(b"0123456789ABCDEFabcdef")


@dataclass(frozen=True, slots=True)
class Word:
    """One encoded word as bytes, and where the text after it starts."""

    charset: str
    data: bytes
    end: int


def decode(value: str, hints: tuple[str, ...] = ()) -> str:
    """Text of an unfolded header value (surrogates stand for raw 8-bit bytes)."""
    if "=?" not in value:
        return plain(value, hints)
    text = "".join(_pieces(value, hints))
    # Some programs encode what is encoded already.
    return "".join(_pieces(text, hints)) if text.startswith("=?") and text.endswith("?=") and text != value else text


def _pieces(value: str, hints: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    pending: list[Word] = []
    start = count = 0
    while count < WORDS and (at := value.find("=?", start)) >= 0:
        word = read_word(value, at)
        if word is None:
            found += [_joined(pending, hints), plain(value[start : at + 2], hints)]
            pending, start = [], at + 2
            continue
        between = value[start:at]
        if between.strip() or not pending:
            found += [_joined(pending, hints), plain(between, hints)]
            pending = []
        pending.append(word)
        start, count = word.end, count + 1
    found += [_joined(pending, hints), plain(value[start:], hints)]
    return found


def _joined(words: list[Word], hints: tuple[str, ...]) -> str:
    """Decode words, those of one charset that follow each other as one run of bytes."""
    text: list[str] = []
    run = b""
    for number, word in enumerate(words):
        run += word.data
        following = words[number + 1] if number + 1 < len(words) else None
        if following is None or following.charset != word.charset:
            text.append(charsets.decode(run, word.charset, hints))
            run = b""
    return "".join(text)


def read_word(value: str, at: int) -> Word | None:
    """The encoded word that starts at `at`, or None. Forgives blanks inside and a missing end."""
    charset_end = value.find("?", at + 2)
    if charset_end < 0 or charset_end + 2 >= len(value) or value[charset_end + 2] != "?":
        return None
    charset = value[at + 2 : charset_end]
    decoder = _DECODERS.get(value[charset_end + 1])
    if decoder is None or not charset or len(charset) > _LONGEST_CHARSET or " " in charset:
        return None
    start = charset_end + 3
    end = value.find("?=", start)
    stop, after = (end, end + 2) if end >= 0 else (len(value), len(value))
    data = decoder(value[start:stop])
    return None if data is None else Word(charset.split("*")[0].lower(), data, after)


def _quoted(text: str) -> bytes | None:
    raw = text.encode("utf-8", "surrogateescape").replace(b"_", b" ")
    if b"=" not in raw:
        return raw
    return b"".join(_unhexed(raw.split(b"=")))


def _unhexed(pieces: list[bytes]) -> list[bytes]:
    found = [pieces[0]]
    for piece in pieces[1:]:
        pair = piece[:2]
        if len(pair) > 1 and pair[0] in _HEX and pair[1] in _HEX:
            found.append(bytes.fromhex(pair.decode("ascii")) + piece[2:])
        elif piece:
            found.append(b"=" + piece)
    return found


def _base64(text: str) -> bytes | None:
    return from_base64(text.encode("ascii", "ignore"))


def from_strict_base64(data: bytes) -> bytes | None:
    """Bytes of base64 as it should be."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def from_base64(data: bytes) -> bytes | None:
    """Bytes of base64 that may lack its padding or carry foreign characters."""
    if (found := from_strict_base64(data)) is not None:
        return found
    kept = data.translate(None, delete=_NOT_BASE64).rstrip(b"=")
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except (binascii.Error, ValueError):
        return None


def armoured(data: bytes) -> bytes | None:
    """Bytes of a body in base64; what servers add below it is no part of it. None where it is no base64 at all."""
    found = from_strict_base64(data.translate(None, delete=b" \t\r\n"))
    if found is not None:
        return found
    foreign = _FOREIGN_LINE.search(data)
    if foreign and data[: foreign.start()].strip():
        return from_base64(data[: foreign.start()])
    return None if foreign and not _ARMOUR_LINE.search(data) else from_base64(data)


_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _ALPHABET)
_DECODERS: dict[str, Callable[[str], bytes | None]] = {"q": _quoted, "Q": _quoted, "b": _base64, "B": _base64}


def plain(value: str, hints: tuple[str, ...] = ()) -> str:
    """Text outside encoded words: raw 8-bit bytes are decoded as the letter's charsets suggest."""
    if value.isascii():
        return charsets.unshifted(value) if "utf-7" in hints else value
    return charsets.decode(value.encode("utf-8", "surrogateescape"), "", hints)


def unescaped(text: str) -> str:
    """A value that was escaped like a part of a web address, though nothing says so; others as they are."""
    if "%" not in text or not _ESCAPED.search(text):
        return text
    try:
        return percent_decoded(text).decode("utf-8")
    except UnicodeDecodeError:
        return text


def percent_decoded(value: str) -> bytes:
    """Bytes of an RFC 2231 extended value."""
    return unquote_to_bytes(value.encode("utf-8", "surrogateescape"))
