"""Lines that introduce a quote: «15 апр. 2025 г., в 12:10, Анна <…> написал(а):», over one to four lines.

Pure. Asks for a date or an address and a verb, in any order, as every program and language orders them differently.
"""

import re
from collections.abc import Sequence

from gateway.reading import mailboxes, phrases
from gateway.reading.lines import Line
from helpdesk.messages import Address

_MOST_LINES = 4
_BRACKET_LINES = 2
_LONGEST = 400
_SHORT = 12
_OPENERS = tuple(opener + after for opener in phrases.OPENERS for after in " ,")
_DUTCH_TAIL = 30
_DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}|\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b"
    r"|\d{1,2}\.?,? ?-?[^\W\d_]{3,9}|[^\W\d_]{3,9}\.? \d{1,2}|\d年|\d月",
)
_STRONG_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|\b(?:19|20)\d\d\b")
_SHARED = re.compile(
    r" On (?:\d|Mon|Tue|Wed|Thu|Fri|Sat|Sun|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} \d)[^\r\n]{5,200}? wrote:$"
)
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}")
_LEADING_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}(?:st|nd|rd|th)?[. -]{1,2}[^\W\d_]{3,9}|\d{1,2}:\d{2}")
_SENTENCES = re.compile(r"([^\W\d_]{4,30})[.!?] {1,3}([^\W\d_])")
_SHORT_MONTHS = frozenset({"нояб", "сент", "февр", "sept", "sett", "janv", "févr", "juil", "сер", "груд", "жовт", "лист", "верес"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d{1,2}:\d\d GMT[+-]\d\d:\d\d ")
_TAIL = " \t\u00a0*_-,.()\"'"
_ENDS = (":", "：", ">")
_LONGEST_BARE = 8
_GROUPWISE = 3
_WORD_EDGES = ":,.*_()\"'>- \u00a0"


def candidates(lines: Sequence[Line]) -> frozenset[int]:
    """The lines at which an attribution may begin: those from which a line that may end one is in reach."""
    ends = (number for number, line in enumerate(lines) if _may_end(line.text))
    return frozenset(start for end in ends for start in range(end - _MOST_LINES - _BRACKET_LINES + 1, end + 1))


def _may_end(text: str) -> bool:
    bare = text.rstrip(_TAIL)
    if bare.endswith(_ENDS) or bare.rpartition(" ")[2].lower() in phrases.WROTE:
        return True
    return "写道" in text or text.endswith("--") or ("GMT" in text and _is_named_moment(text))


def find(lines: Sequence[Line], start: int) -> int:
    """The line after the attribution that begins at `start`, or 0 where none does."""
    if not opens(lines[start].text):
        return 0
    text = ""
    for number in range(start, _reach(lines, start)):
        line = lines[number]
        if line.blank and text and _opens_bracket(lines, number + 1):
            continue
        if line.blank or (number > start and line.depth > lines[start].depth and not _wrapped(text)):
            break
        if number > start and _restarts(line.text):
            break
        closing = ">" if number > start and line.depth > lines[start].depth else ""
        text = f"{text}{closing} {line.text.strip()}".strip()
        if len(text) > _LONGEST:
            break
        if is_attribution(text) and not _goes_on(lines, number):
            return number + 1
        if (_is_colonless(text) or _is_dateless(text)) and _quoted_next(lines, number):
            return number + 1
    return 0


def _reach(lines: Sequence[Line], start: int) -> int:
    """Where an attribution that begins at `start` must have ended. Polymail puts the address between blank lines."""
    most = _MOST_LINES + (_BRACKET_LINES if _opens_bracket(lines, start + 2) else 0)
    return min(len(lines), start + most)


def _opens_bracket(lines: Sequence[Line], number: int) -> bool:
    return number < len(lines) and lines[number].text.strip() == "<"


def _goes_on(lines: Sequence[Line], number: int) -> bool:
    """Whether the verb stands on the next line: «<a@b.c>:» never goes on, «… schreef X» may."""
    following = lines[number + 1].text.strip().lower() if number + 1 < len(lines) else ""
    return (
        not lines[number].text.rstrip().endswith(":")
        and following.rstrip(": ").split(" ")[-1:] == ["geschreven"]
        and len(following) < _DUTCH_TAIL
    )


def _wrapped(text: str) -> bool:
    return text.count("<") > text.count(">")


def _restarts(text: str) -> bool:
    lowered = text.lstrip().lower()
    return lowered.startswith(("on ", "le ", "op ", "am ", "el ")) and bool(
        _LEADING_DATE.search(lowered[:20]) or _first_word(lowered[3:]) in phrases.WEEKDAYS
    )


def opens(text: str) -> bool:
    """Whether a line may be the first of an attribution."""
    stripped = text.strip(" *_\u00a0\u200e\ufeff")
    lowered = stripped.lower()
    if not stripped or len(stripped) > _LONGEST:
        return False
    if opens_strongly(text):
        return True
    return ("@" in stripped or _has_verb(lowered)) and _balanced(stripped)


def _first_word(text: str) -> str:
    return text.split(" ", 1)[0].strip(_WORD_EDGES) if text else ""


def _balanced(text: str) -> bool:
    return text.count(">") <= text.count("<") and not text.startswith(("<", "http"))


def opened(lines: Sequence[Line]) -> Sequence[Line]:
    """Lines of which none ends in an attribution that began within it: «Да. On Wed, Apr 4, 2012 … wrote:» is two."""
    if not any("wrote:" in line.text for line in lines):
        return lines
    return [piece for line in lines for piece in _taken_apart(line)]


def _taken_apart(line: Line) -> tuple[Line, ...]:
    found = _SHARED.search(line.text) if "wrote:" in line.text and " On " in line.text else None
    if found is None or opens_strongly(line.text):
        return (line,)
    return (Line(line.text[: found.start()], line.depth, line.mark), Line(line.text[found.start() + 1 :], line.depth, line.mark))


def opens_strongly(text: str) -> bool:
    """Whether a line begins with a word or date of an attribution."""
    lowered = text.strip(" *_\u00a0\u200e\ufeff").lower()
    return lowered.startswith(_OPENERS) or _begins_with_moment(lowered)


def _begins_with_moment(lowered: str) -> bool:
    return bool(_LEADING_DATE.match(lowered)) or _first_word(lowered) in phrases.WEEKDAYS


def is_attribution(text: str) -> bool:
    """Whether joined lines say who wrote when."""
    if "GMT" in text and _is_named_moment(text):
        return True
    lowered = text.lower().strip(" *_-\u00a0")
    if text.startswith("--") and text.endswith("--"):
        return _has_verb(lowered) and len(lowered.split()) < _SHORT
    ends = lowered.endswith((":", "："))
    address = "@" in lowered
    if _has_verb(lowered) and (address or _DATE.search(lowered)):
        return ends or _first_word(lowered.rsplit(" ", 1)[-1]) in phrases.WROTE or "写道" in lowered
    if not ends:
        return False
    if address and _STRONG_DATE.search(lowered):
        return True
    return address and bool(_TIME.search(lowered)) and bool(_DATE.search(lowered))


def _is_colonless(text: str) -> bool:
    """Gmail's old «2013/7/20 Anna <…>» without a colon."""
    return bool(_LEADING_DATE.match(text)) and text.endswith(">") and "@" in text


def is_prose(text: str) -> bool:
    """Whether words that could introduce a quote could as well be the author's: «Вчера сайт упал. Сервер пишет:», «Напишите на a@b.ru:»."""
    if _is_two_sentences(text):
        return True
    if "<" in text and "@" in text:
        return False
    words = text.split()
    verb = next((number for number, word in enumerate(words) if _is_verb(word.lower())), None)
    if verb is not None:
        beside = (*words[max(0, verb - 1) : verb], *words[verb + 1 : verb + 2])
        return not any(_is_name(word) or ("@" in word and _DATE.search(text)) for word in beside)
    return "@" in text and not ("@" in words[-1] and _begins_with_moment(text.lower())) and "(" not in text


def _is_two_sentences(text: str) -> bool:
    return any(found[1].islower() and found[2].isupper() and found[1] not in _SHORT_MONTHS for found in _SENTENCES.finditer(text))


def _is_name(word: str) -> bool:
    return not word[0].isalpha() or not word[0].islower() or word.lower().strip(_WORD_EDGES) in phrases.WRITERS


def is_groupwise(line: Line) -> bool:
    """«>>> Anna Li <a@b.example> 20.11.2025 12:10 >>>», over an old letter without marks."""
    return line.depth == _GROUPWISE and line.text.rstrip().endswith(">>>") and bool(_DATE.search(line.text))


def _is_named_moment(text: str) -> bool:
    """Gmail's «2016-03-03 17:21 GMT+01:00 Anna Li», perhaps without anything after the name."""
    moment = _MOMENT.match(text.lstrip(" *_"))
    words = text.lstrip(" *_")[moment.end() :].split() if moment else ()
    return 0 < len(words) < _LONGEST_BARE and all(word[0].isupper() or "@" in word for word in words)


def _is_dateless(text: str) -> bool:
    """«Anna Li пишет:», «Quoting Anna Li:», which say too little unless a quote follows."""
    bare = text.rstrip().lower()
    if not bare.endswith(":") or bare.count(" ") > _LONGEST_BARE:
        return False
    return _is_verb(bare.rpartition(" ")[2].rstrip(":")) or _first_word(bare) in phrases.QUOTING


def _quoted_next(lines: Sequence[Line], number: int) -> bool:
    for line in lines[number + 1 : number + 4]:
        if not line.blank or line.depth:
            return line.depth > lines[number].depth or line.text.startswith("|")
    return False


def _has_verb(lowered: str) -> bool:
    if "写道" in lowered or "寫道" in lowered:
        return True
    return any(map(_is_verb, lowered.split()))


def _is_verb(word: str) -> bool:
    if word in phrases.WROTE:
        return True
    return not word.isalnum() and (word.strip(_WORD_EDGES) in phrases.WROTE or word.strip(":,. ") in phrases.WROTE)


def author(text: str) -> Address:
    """Whom an attribution names: the mailbox, and the capitalised words before it."""
    opening, closing = "<>" if "<" in text else "()"
    before, bracket, after = text.partition(opening)
    email = mailboxes.bare(after.partition(closing)[0]) if bracket else ""
    if not email:
        return Address("", "")
    before = before.rstrip(" (")
    for opening, closing in (('"', '"'), ("„", "”"), ("“", "”"), ("«", "»"), ("„", "“")):
        if before.endswith(closing) and opening in before[:-1]:
            return Address(email, before[before.rindex(opening, 0, len(before) - 1) + 1 : -1].strip())
    return Address(email, _capitalised(before))


def _capitalised(text: str) -> str:
    words: list[str] = []
    for word in reversed(text.split()):
        if not word[0].isupper() or any(char.isdigit() for char in word) or word.endswith((",", ":")):
            break
        words.insert(0, word)
    return " ".join(words)
