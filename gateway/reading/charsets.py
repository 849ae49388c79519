"""Bytes into text, whatever the label says: aliases, strict attempts in order, and a scorer for unlabelled Russian.

Pure. Owns the choice of the charset; knows nothing of headers or MIME parts.
"""

import codecs
import re
from collections import Counter
from functools import lru_cache

ALIASES = {
    "cp-1251": "cp1251",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "windows1251": "cp1251",
    "x-cp1251": "cp1251",
    "cp1251": "cp1251",
    "ansi-1251": "cp1251",
    "koi8": "koi8-r",
    "koi-8": "koi8-r",
    "koi8r": "koi8-r",
    "koi8-ru": "koi8-u",
    "x-koi8-r": "koi8-r",
    "dos-866": "cp866",
    "x-cp866": "cp866",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "iso-gb2312": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-11": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "iso-10646-ucs-2": "utf-16-be",
    "unicode": "utf-16",
}
# Labels that say nothing about what 8-bit bytes mean.
SILENT = frozenset(
    {"", "us-ascii", "ascii", "ansi_x3.4-1968", "646", "unknown-8bit", "x-unknown", "unknown", "default", "binary", "8bit", "7bit"}
)
# Python codecs that are no charsets, or that mail never means by these names.
FORBIDDEN = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
# Several bytes may be ASCII here, so 7-bit bytes do not speak for themselves.
STATEFUL = frozenset(
    {"utf-7", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr", "hz", "utf-16", "utf-16-le", "utf-16-be"}
)
WIDE = frozenset({"gb18030", "cp932", "euc_jp", "cp949", "big5", "big5hkscs", *STATEFUL})
# What programs that say «iso-2022-jp» write besides it.
RELATED = {"iso2022_jp": ("iso2022_jp_ext", "iso2022_jp_3")}
_UNESCAPED = ("cp932", "euc_jp")
_JAPANESE = frozenset({"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_ext"})
RUSSIAN = ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")
LATIN = frozenset({"cp1252", "iso8859-1"})

# How common a letter is in Russian texts; whole words in the wrong charset are made of rare ones. The last are Ukrainian.
_WORTH = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжёшюцщэфъіїєґў",
        (
            *(24, 21, 21, 20, 19, 18, 17, 16, 15, 15, 12, 12, 11, 10, 10, 8, 7, 7, 7, 7, 7),
            *(6, 6, 5, 5, 4, 4, 4, 2, 1, 1, 1, -3, 6, 2, 2, -3, -3),
        ),
        strict=True,
    )
)
# Which charsets Russian programs wrote, and which they hardly did.
_PRIOR = {"cp1251": 8, "koi8-r": 8, "cp866": 4, "iso8859-5": 2, "mac-cyrillic": 0}
_MIXED, _CAPITALS, _INSIDE, _FOREIGN = 16, 2, 34, -32
_LATIN_THEN_SMALL, _SMALL_THEN_CAPITAL = b"ls", b"sC"
_PLAIN = frozenset("№«»—–… \u00a0„“”’°©®·")
_SAMPLE = 4096
# A letter of Russian text is worth 15 on average.
_RUSSIAN_WORTH = 6
# Everything that is no letter of any alphabet parts words.
_LETTERS = bytes(byte if byte >= 0x80 or chr(byte).isalpha() else 0x20 for byte in range(256))
_HALF = re.compile("[\ud800-\udfff]")
_ASCII = bytes(range(0x80))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# Escapes of ISO-2022-JP (RFC 1468) that open two-byte characters.
_TWO_BYTES = (b"$@", b"$B")
_LEAST_HANZI = 3
# High bytes that outweigh a Western label somebody did set.
_SURE = 8
# How many bytes of Eastern text never are UTF-8 by accident.
_NO_ACCIDENT = 12


@lru_cache(maxsize=256)
def canonical(label: str) -> str:
    """The Python name of a charset label, or an empty string for one that says nothing."""
    name = label.strip().strip("\"'").lower().split("*")[0].strip()
    if name in SILENT:
        return ""
    name = ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    usable = found._is_text_encoding and found.name not in FORBIDDEN  # noqa: SLF001  the codec registry says it nowhere else
    return ALIASES.get(found.name, found.name) if usable else ""


def decode(data: bytes, declared: str = "", hints: tuple[str, ...] = ()) -> str:
    """Text of `data`: the declared charset, then UTF-8, then other labels of the same letter, then a guess. Never raises."""
    name = canonical(declared)
    if data.isascii() and name not in STATEFUL:
        return data.decode("ascii")
    if data.startswith(codecs.BOM_UTF8):
        data, name = data[3:], "utf-8"
    if name and name != "utf-8":
        text = _strict(data, name)
        if text is not None and not _mislabelled(data, name):
            return text
    return _undeclared(data, name, hints)


def _undeclared(data: bytes, name: str, hints: tuple[str, ...]) -> str:
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    torn = data.decode("utf-8", "replace")
    if _nearly_utf8(torn):
        return torn
    # A charset of several bytes a character proves itself by decoding at all; the others come after.
    names = sorted((hint for hint in map(canonical, hints) if hint and hint != "utf-8"), key=lambda hint: hint not in WIDE)
    recognised = _looks_russian(data) or _looks_chinese(data)
    for hint in names:
        # A one-byte Western label fits any bytes, so it proves nothing about Russian or Chinese ones.
        hinted = None if recognised and hint in {*LATIN, *RUSSIAN} else _strict(data, hint)
        if hinted is not None:
            return hinted
    return guess(data, name)


def _strict(data: bytes, name: str) -> str | None:
    text = _first_strict(data, (name, *RELATED.get(name, ())))
    if text is not None:
        return text
    if name in _JAPANESE:
        return _windows_japanese(data) if b"\x1b" in data else _first_strict(data, _UNESCAPED)
    # Windows leaves five code points of its Western page unused; the letters around them are good all the same.
    return _replaced(data, name) if name == "cp1252" or (name in STATEFUL and data.isascii()) else None


def _first_strict(data: bytes, names: tuple[str, ...]) -> str | None:
    for name in names:
        try:
            return _whole(data.decode(name), name)
        except (UnicodeError, ValueError):
            continue
    return None


def _replaced(data: bytes, name: str) -> str:
    return _whole(data.decode(name, "replace"), name)


def _whole(text: str, name: str) -> str:
    """Text of characters that can be written down again: UTF-7 alone can hold half of a surrogate pair."""
    return _HALF.sub("\ufffd", text) if name == "utf-7" else text


def unshifted(text: str) -> str:
    """ASCII of a letter that says it is UTF-7 (RFC 2152); as it is where it does not decode to readable characters."""
    if "+" not in text:
        return text
    decoded = _strict(text.encode("ascii"), "utf-7") or ""
    return decoded if decoded.isprintable() and "\ufffd" not in decoded else text


def _windows_japanese(data: bytes) -> str | None:
    """ISO-2022-JP with the characters that only Windows has («①», «㈱»): its two-byte runs are read as Shift_JIS."""
    found: list[bytes] = []
    for number, piece in enumerate(data.split(b"\x1b")):
        if piece.startswith(_TWO_BYTES):
            found.append(_shift_jis(piece[2:]))
        else:
            found.append(piece[2:] if number and piece[:1] == b"(" else piece)
    try:
        return b"".join(found).decode("cp932")
    except UnicodeError:
        return None


def _shift_jis(run: bytes) -> bytes:
    """Pairs of JIS X 0208 as Shift_JIS writes them; line ends inside a run stay."""
    found = bytearray()
    at = 0
    while at < len(run):
        if at + 1 == len(run) or not (0x21 <= run[at] <= 0x7E and 0x21 <= run[at + 1] <= 0x7E):
            found.append(run[at])
            at += 1
            continue
        row, cell = run[at], run[at + 1]
        found.append((row + 1) // 2 + (0x70 if row < 0x5F else 0xB0))
        found.append(cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20))
        at += 2
    return bytes(found)


def _mislabelled(data: bytes, name: str) -> bool:
    """True where the label is a default of the program that wrote it, and the bytes are something else."""
    if name not in STATEFUL and _strict(data, "utf-8") is not None:
        return name not in WIDE or len(data.translate(None, delete=_ASCII)) >= _NO_ACCIDENT
    return _looks_russian(data, _SURE) if name in LATIN else name in RUSSIAN and _reads_better(data, name)


def _reads_better(data: bytes, name: str) -> bool:
    """Whether another Russian charset makes much better words of the bytes: a wrong one turns their letters inside out."""
    sample = data[:_SAMPLE]
    high = len(sample.translate(None, delete=_ASCII))
    best = guess_name(data) if high >= _SURE else name
    return best != name and _scored(sample, best) - _scored(sample, name) > _RUSSIAN_WORTH * high


def _nearly_utf8(text: str) -> bool:
    """True for UTF-8 with a few torn characters."""
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") * 5 <= foreign


def _looks_russian(data: bytes, least: int = 3) -> bool:
    """Whole words in high bytes that score well: no Western language writes so. `least` is how many such bytes are enough."""
    sample = data[:_SAMPLE]
    whole = mixed = 0
    for word in sample.translate(_LETTERS).split():
        high = 0 if word.isascii() else len(word.translate(None, delete=_ASCII))
        whole, mixed = (whole, mixed + high) if high < len(word) else (whole + high, mixed)
    if whole < least or whole < 2 * mixed:
        return False
    return max(_scored(sample, name) for name in RUSSIAN) > _RUSSIAN_WORTH * whole


def _looks_chinese(data: bytes) -> bool:
    """Nothing but pairs of high bytes, nearly all of them common hanzi of GB 2312 (rows 16-55): no Western text looks so."""
    runs = _HIGH_RUN.findall(data[:_SAMPLE])
    pairs = [run[at] for run in runs for at in range(0, len(run), 2)]
    if len(pairs) < _LEAST_HANZI or any(len(run) % 2 for run in runs) or _strict(data, "gb2312") is None:
        return False
    return 5 * sum(1 for lead in pairs if 0xB0 <= lead <= 0xD7) >= 4 * len(pairs)


def guess_name(data: bytes) -> str:
    """The Russian one-byte charset in which `data` reads best."""
    sample = data[:_SAMPLE]
    return max(RUSSIAN, key=lambda name: _scored(sample, name) + _PRIOR[name])


def guess(data: bytes, declared: str = "") -> str:
    """Text of bytes nobody labels: Russian where they read as Russian, Western where accents are rare."""
    if _looks_russian(data):
        return data.decode(guess_name(data), "replace")
    if _looks_chinese(data):
        return data.decode("gb18030", "replace")
    return _replaced(data, declared if declared and declared != "utf-8" else "cp1252")


def _scored(sample: bytes, name: str) -> int:
    """How much like Russian bytes read in a charset: letters by their frequency, penalties for capitals inside words and foreign signs."""
    worth, kinds = _table(name)
    run = sample.translate(kinds)
    score = sum(worth[byte] * count for byte, count in Counter(sample).items())
    return score - _MIXED * run.count(_LATIN_THEN_SMALL) - _INSIDE * run.count(_SMALL_THEN_CAPITAL)


@lru_cache(maxsize=8)
def _table(name: str) -> tuple[tuple[int, ...], bytes]:
    """What each byte of a one-byte charset is worth, and a translation of bytes into the kinds of their letters."""
    chars = [bytes((byte,)).decode(name, "replace") for byte in range(256)]
    return tuple(map(_worth, chars)), "".join(map(_kind, chars)).encode("ascii")


def _kind(char: str) -> str:
    if char.isascii():
        return "l" if char.isalpha() else " "
    return "s" if char in _WORTH else "C" if char.lower() in _WORTH else " "


def _worth(char: str) -> int:
    if char.isascii() or char in _PLAIN:
        return 0
    if char in _WORTH:
        return _WORTH[char]
    return _WORTH[char.lower()] - _CAPITALS if char.lower() in _WORTH else _FOREIGN
