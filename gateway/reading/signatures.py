"""Where the author's text ends and the signature begins.

Pure. Looks at one run of the author's own lines at a time.
"""

from collections.abc import Sequence

from gateway.reading import phrases

# The last is the sign that mail trackers put under a letter.
_DELIMITERS = frozenset({"--", "—", "––", "__", "—-", "-—", "\u1427"})
_LONGEST_SIGNATURE = 14
_LONGEST_LINE = 90
_LONGEST_CLOSING = 60
_RULE = 10
_NAME_WORDS = 3
_SENTENCE_WORDS = 4
_PHONE_DIGITS = 6
_SMALL_PRINT = 400
_LONGEST_SMALL_PRINT = 40
_SHORTEST_RULE = 3
_EDGES = " \t\u00a0*_<([-"
_CLOSING_EDGES = " \t\u00a0*-—–_"
_NAME_EDGES = " \t\u00a0-—–,.*"
_FIRST_OF_PROGRAMS = frozenset(phrase[0] for phrase in (*phrases.SENT_FROM, *phrases.APP_OFFERS))
_FIRST_OF_CLOSINGS = frozenset(phrase[0] for phrase in (*phrases.CLOSINGS, *phrases.THANKS, *phrases.CUT_SHORT))
_FIRST_OF_DELIMITERS = frozenset("-—–_\u1427")


def start(lines: Sequence[str], sender_name: str, *, last: bool) -> int:
    """The index of the first signature line of a run; its length where there is none. `last`: only signatures follow the run."""
    body = lines[: _small_print(lines)] if last else lines
    found = _announced(body, sender_name, last=last)
    if last:
        above = body[:found]
        found = min(_trailing_name(above, sender_name), _contacts(above, sender_name))
    return _rule_above(lines, found) if found < len(lines) else found


def _rule_above(lines: Sequence[str], found: int) -> int:
    """A rule over the signature belongs to it."""
    above = next((number for number in range(found - 1, max(-1, found - 3), -1) if lines[number].strip()), -1)
    bare = lines[above].strip() if above > 0 else ""
    return above if len(bare) >= _SHORTEST_RULE and not bare.strip("-—–_=*~") else found


def _announced(lines: Sequence[str], sender_name: str, *, last: bool) -> int:
    for number in range(_earliest(lines, _LONGEST_SIGNATURE), len(lines)):
        line = lines[number]
        if is_delimiter(line) or is_sent_from(line):
            return number
        bare = line.strip(_CLOSING_EDGES)
        if last and bare[:1].lower() in _FIRST_OF_CLOSINGS and _closes(bare, lines[number + 1 :], sender_name):
            return number
    return len(lines)


def _earliest(lines: Sequence[str], most: int) -> int:
    """The first line that may open a signature, as no more stands below it than one holds: who looks further looks at lines again."""
    full = 0
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].strip() and not is_sent_from(lines[number]):
            full += 1
            if full > most or len(lines[number]) > 4 * _LONGEST_LINE:
                return number
    return 0


def _small_print(lines: Sequence[str]) -> int:
    """Where «This message is confidential …» begins at the end, the number of lines where it does not."""
    full = [number for number, line in enumerate(lines) if line.strip()][-_LONGEST_SMALL_PRINT:]
    found = (number for place, number in enumerate(full) if place and _is_small_print(lines[number : number + 3]))
    return next(found, len(lines))


def _is_small_print(lines: Sequence[str]) -> bool:
    if not lines[0].lstrip(_EDGES).lower().startswith(phrases.SMALL_PRINT):
        return False
    lowered = " ".join(lines)[:_SMALL_PRINT].lower()
    return any(word in lowered for word in phrases.CONFIDENTIAL)


def _closes(bare: str, after: Sequence[str], sender_name: str) -> bool:
    """Whether a line takes leave, and nothing but a signature follows."""
    lowered = bare.lower()
    if len(lowered) <= _LONGEST_CLOSING and lowered.startswith(phrases.CLOSINGS) and not lowered.endswith(("?", ":")):
        return not _goes_on(after) and not _is_lower_sentence(bare)
    word = lowered.rstrip("!., ")
    return (word in phrases.CUT_SHORT and _only_name(after, sender_name)) or (word in phrases.THANKS and _only_own_name(after, sender_name))


def _is_lower_sentence(bare: str) -> bool:
    """«Cheers for that, works now», where a closing only begins the sentence: no name, and no word that joins two closings."""
    words = bare.split()
    rest = words[2:] if words[0].lower() in {"с", "з", "best", "kind", "warm", "many"} else words[1:]
    if len(rest) < _NAME_WORDS or not rest[0].islower() or rest[0] in {"и", "and"}:
        return False
    return not any(word[0].isupper() for word in rest)


def _goes_on(after: Sequence[str]) -> bool:
    """Whether the next line ends the sentence that looked like a closing."""
    following = next((line.strip() for line in after if line.strip()), "")
    return following[:1].islower() and following.endswith((".", "?", "!")) and following.count(" ") >= _SENTENCE_WORDS


def is_delimiter(line: str) -> bool:
    """«-- » or a dash on a line of its own, or a rule of underscores."""
    bare = line.strip()
    return bare[:1] in _FIRST_OF_DELIMITERS and (bare in _DELIMITERS or (len(bare) >= _RULE and not bare.strip("_")))


def postscript(lines: Sequence[str]) -> int:
    """The index of the line below a signature with which the author goes on: «P.S. …»; the number of lines where none does."""
    found = (number for number, line in enumerate(lines) if line.lstrip(_EDGES).lower().startswith(phrases.POSTSCRIPTS))
    return next(found, len(lines))


def is_sent_from(line: str) -> bool:
    """«Отправлено с iPhone», «Get BlueMail for Android» and their like, on a line of their own."""
    bare = line.strip(_EDGES)
    if bare[:1].lower() not in _FIRST_OF_PROGRAMS or len(bare) > 2 * _LONGEST_LINE:
        return False
    lowered = bare.lower()
    if lowered.startswith(phrases.SENT_FROM):
        place = next((phrase for phrase in phrases.SENT_FROM_PLACES if lowered.startswith(phrase)), "")
        return not place or not _is_sentence(bare[len(place) :], lowered)
    return lowered.startswith(phrases.APP_OFFERS) and lowered.endswith(phrases.PLATFORMS)


def _is_sentence(rest: str, lowered: str) -> bool:
    """Whether «Отправлено из Москвы», «Sent from my desk, …» speaks of no program and no device: a person wrote that."""
    clause = rest.partition(",")[0].split()[:_SENTENCE_WORDS]
    if any(word.lower().startswith(phrases.DEVICES) or any("A" <= char <= "Z" for char in word) for word in clause):
        return False
    return "," in rest or rest.rstrip().endswith(".") or not lowered.isascii()


def _only_name(lines: Sequence[str], sender_name: str) -> bool:
    """Whether one name stands there and nothing else."""
    full = _names(lines)
    return (len(full) == 1 and len(full[0].split()) <= _NAME_WORDS and full[0].istitle()) or _only_own_name(lines, sender_name)


def _only_own_name(lines: Sequence[str], sender_name: str) -> bool:
    """Whether the sender's name comes next; another closing opens the signature itself."""
    first = next(iter(_names(lines)), "")
    named = 0 < len(first.split()) <= _NAME_WORDS and not first.lower().startswith(phrases.CLOSINGS)
    return named and bool(_words(first) & _words(sender_name))


def _names(lines: Sequence[str]) -> list[str]:
    return [line.strip(_NAME_EDGES) for line in lines if line.strip()]


def _trailing_name(lines: Sequence[str], sender_name: str) -> int:
    """The sender's own name on the last lines, alone, perhaps with a line about the firm after it."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    name = _words(sender_name)
    if len(full) <= 1 or not name:
        return len(lines)
    for number in full[-3:]:
        if number != full[0] and _is_of(_words(lines[number].strip(_NAME_EDGES)), name) and not _ends_sentence(lines[number]):
            return number
    return len(lines)


def _contacts(lines: Sequence[str], sender_name: str) -> int:
    """A last paragraph that opens with the sender's name, perhaps under the firm's, and holds ways to reach them."""
    after = len(lines) - next((number for number, line in enumerate(reversed(lines)) if line.strip()), len(lines))
    first = after
    while first and after - first <= _LONGEST_SIGNATURE and lines[first - 1].strip():
        first -= 1
    block = lines[first:after]
    if not first or not 1 < len(block) <= _LONGEST_SIGNATURE or any(len(line) > _LONGEST_CLOSING for line in block):
        return len(lines)
    named = any(len(line.split()) <= _SENTENCE_WORDS and _words(line) & _words(sender_name) for line in block[:2])
    return first if named and any(map(_is_contact, block[1:])) and not any(map(_ends_sentence, block)) else len(lines)


def _is_contact(line: str) -> bool:
    digits = sum(map(str.isdigit, line))
    return "@" in line or "www." in line or "://" in line or (digits >= _PHONE_DIGITS and digits * 2 > len(line.replace(" ", "")))


def _is_of(words: set[str], name: set[str]) -> bool:
    """Whether the words are those of the name, first names perhaps as initials."""
    known = words & name
    initials = {word[0] for word in name - known}
    return bool(known) and all(len(word) == 1 and word in initials for word in words - known)


def dashed_name(lines: Sequence[str]) -> int:
    """The index of the last line where it is a dashed name, else the number of lines."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    return full[-1] if len(full) > 1 and _is_dashed_name(lines[full[-1]]) else len(lines)


def _is_dashed_name(line: str) -> bool:
    """«-Anna Kuznetsova», «— Анна» on the last line."""
    text = line.strip()
    words = text[1:].split()
    return text[0] in "-—–" and 0 < len(words) <= _NAME_WORDS and all(word[0].isupper() and word.strip(".").isalpha() for word in words)


def _ends_sentence(line: str) -> bool:
    return line.rstrip().endswith(("?", "!", ":", ","))


def _words(text: str) -> set[str]:
    return {word.strip(",()\"'«»").lower() for word in text.replace(".", " ").split()} - {""}
