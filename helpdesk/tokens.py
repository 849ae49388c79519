"""Ticket tokens in subjects, `[#14883]` or `[minisol #14883]`: writing, finding and taking them off.

Pure. Mail programs change blanks, widths and case inside a subject; the token is found all the same. A token is a
claim of its sender and proves nothing.
"""

import re
import unicodedata
from functools import lru_cache

SUBJECT_LENGTH = 200
# Longer subjects are attacks: nothing behind this place is read.
_READ_LENGTH = 4000
_BLANK = r"[\s\u200b\u2060\ufeff]{0,4}"
# Answers and forwards as mail programs mark them: Re, RE[2], Fwd, FW, Отв, НА, Пересл, AW, WG, SV, VS, …
_MARK = re.compile(
    r"""^\s*(?:re|fwd?|fw|aw|antw|wg|sv|vs|vb|rv|res|отв(?:ет|етить)?|на|ha|пересл(?:ано|анное\ сообщение)?|перенаправлено)
    (?:\s{0,2}[\[(^-]?\s{0,2}\d{1,3}\s{0,2}[\])]?)?\s{0,4}[:：]""",
    re.IGNORECASE | re.VERBOSE,
)


def subject_token(number: int, prefix: str = "") -> str:
    """The token of a ticket as our letters carry it."""
    return f"[{prefix} #{number}]" if prefix else f"[#{number}]"


def find_token(subject: str, prefix: str = "") -> int | None:
    """The ticket of the first token in a subject, or None."""
    found = _token_pattern(prefix).search(subject[:_READ_LENGTH])
    return int(found[1]) if found else None


def strip_tokens(subject: str, prefix: str = "") -> str:
    """The subject as one line without our tokens."""
    return _one_line(_token_pattern(prefix).sub(" ", subject[:_READ_LENGTH]))


def clean_subject(subject: str, prefix: str = "") -> str:
    """What a subject is about: one line without tokens and marks of answers and forwards, at most 200 characters."""
    line = strip_tokens(subject, prefix)
    while mark := _MARK.match(line):
        line = line[mark.end() :]
    line = line.strip()
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"


@lru_cache(maxsize=8)
def _token_pattern(prefix: str) -> re.Pattern[str]:
    name = _BLANK.join(re.escape(word) for word in prefix.split())
    return re.compile(rf"[\[［]{_BLANK}{name}{_BLANK}[#＃]{_BLANK}(\d{{1,9}}){_BLANK}[\]］]", re.IGNORECASE)


def _one_line(text: str) -> str:
    """Blanks of every kind folded to single spaces; control and direction characters gone."""
    return " ".join("".join(char for char in _spaced(text) if unicodedata.category(char) not in {"Cc", "Cf", "Cs"}).split())


def _spaced(text: str) -> str:
    return re.sub(r"\s", " ", text)
