"""Where the author's text ends and the signature begins.

Pure. Looks at one run of the author's own lines at a time.
"""

from collections.abc import Sequence

from gateway import phrases

# The last is the sign that mail trackers put under a letter.
_DELIMITERS = frozenset({"--", "—", "––", "__", "—-", "-—", "\u1427"})
_LONGEST_SIGNATURE = 14
_LONGEST_LINE = 90
_LONGEST_CLOSING = 60
_RULE = 10
_NAME_WORDS = 3


def start(lines: Sequence[str], sender_name: str, *, last: bool) -> int:
    """The index of the first signature line of a run; its length where there is none."""
    found = _announced(lines, sender_name, last=last)
    return _trailing_name(lines, sender_name) if last and found == len(lines) else found


def _announced(lines: Sequence[str], sender_name: str, *, last: bool) -> int:
    for number, line in enumerate(lines):
        if is_delimiter(line) and _is_short(lines[number + 1 :]):
            return number
        if is_sent_from(line) and _is_short(lines[number + 1 :]):
            return number
        if last and _is_closing(line) and _is_short(lines[number + 1 :]):
            return number
        if last and _is_thanks(line) and _only_name(lines[number + 1 :], sender_name):
            return number
    return len(lines)


def is_delimiter(line: str) -> bool:
    """«-- » or a dash on a line of its own, or a rule of underscores."""
    return line.strip() in _DELIMITERS or (len(line.strip()) >= _RULE and set(line.strip()) == {"_"})


def _is_short(lines: Sequence[str]) -> bool:
    full = [line for line in lines if line.strip() and not is_sent_from(line)]
    return len(full) <= _LONGEST_SIGNATURE and all(len(line) <= 4 * _LONGEST_LINE for line in full)


def is_sent_from(line: str) -> bool:
    """«Отправлено с iPhone» and its like, on a line of its own."""
    text = line.strip(" \t*_<([").lower()
    return len(text) <= _LONGEST_LINE * 2 and (text.startswith(phrases.SENT_FROM) or line.strip().lower().startswith(phrases.SENT_FROM))


def _is_closing(line: str) -> bool:
    text = line.strip(" \t*-—–_").lower()
    return len(text) <= _LONGEST_CLOSING and text.startswith(phrases.CLOSINGS) and not text.endswith(("?", ":"))


def _is_thanks(line: str) -> bool:
    return line.strip().rstrip("!.,").lower() in phrases.THANKS


def _only_name(lines: Sequence[str], sender_name: str) -> bool:
    full = [line.strip(" \t-—–,.") for line in lines if line.strip()]
    if not full or len(full) > _NAME_WORDS:
        return False
    return bool(_words(full[0]) & _words(sender_name)) or (len(full) == 1 and len(full[0].split()) <= _NAME_WORDS and full[0].istitle())


def _trailing_name(lines: Sequence[str], sender_name: str) -> int:
    """The sender's own name on the last lines, alone, perhaps with a line about the firm after it."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    if len(full) > 1 and _is_dashed_name(lines[full[-1]]):
        return full[-1]
    name = _words(sender_name)
    if len(full) <= 1 or not name:
        return len(lines)
    for number in full[-3:]:
        words = _words(lines[number].strip(" \t-—–,."))
        if words and words <= name and number != full[0] and not _ends_sentence(lines[number]):
            return number
    return len(lines)


def _is_dashed_name(line: str) -> bool:
    """«-Anna Kuznetsova», «— Анна» on the last line."""
    text = line.strip()
    words = text[1:].split()
    return text[0] in "-—–" and 0 < len(words) <= _NAME_WORDS and all(word[0].isupper() and word.strip(".").isalpha() for word in words)


def _ends_sentence(line: str) -> bool:
    return line.rstrip().endswith(("?", "!", ":", ","))


def _words(text: str) -> set[str]:
    return {word.strip(".,()\"'«»").lower() for word in text.split()} - {""}
