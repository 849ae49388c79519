"""Address lists of header values: one linear reader for From, To, Cc and Reply-To.

Pure. Owns the grammar of RFC 5322 §3.4 as mail programs really write it. What follows the last «<» is the address;
what stands before is a name, even where the name looks like an address.
"""

from dataclasses import dataclass, field

from gateway.reading import encoded_words
from gateway.reading.clean import one_line
from helpdesk.messages import Address

ADDRESSES = 1000
_LONGEST_ADDRESS = 320
_DAEMONS = frozenset({"mailer-daemon", "postmaster"})
_SPECIAL = frozenset('"(<,;:')
_NOT_IN_NAMES = frozenset('"(<,;:@>)=')
_ESCAPE = "\\"
_SCHEMES = ("mailto:", "smtp:")


@dataclass(slots=True)
class _Draft:
    """A mailbox while it is read. `unclosed`: a quote was found that nothing closes, so nothing closes those behind it.

    `aside` is a comment between the name and the address: «Anna (sales) <anna@…>».
    """

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    aside: str = ""
    angle: str | None = None
    quoted: bool = False
    unclosed: bool = False

    def clear(self) -> None:
        """Start the next mailbox; what is known of the whole value stays."""
        self.words, self.comments, self.aside, self.angle, self.quoted = [], [], "", None, False


def parse(value: str, hints: tuple[str, ...] = ()) -> tuple[Address, ...]:
    """The mailboxes of an unfolded address list; groups are flattened, what holds no address is left out."""
    return tuple(found for found in parse_loosely(value, hints) if found.email)


def parse_loosely(value: str, hints: tuple[str, ...] = ()) -> tuple[Address, ...]:
    """Like `parse`, with the entries that are only a name."""
    found: list[Address] = []
    draft = _Draft()
    at, end = 0, len(value)
    while at < end and len(found) < ADDRESSES:
        char = value[at]
        if char == "," and _is_inside_name(draft, value, at):
            draft.words = [f"{draft.words[0].strip()},"]
            at += 1
        elif char in ",;":
            _finish(draft, found, hints)
            at += 1
        elif char == ":" and _is_group(draft):
            draft.clear()
            at += 1
        else:
            at = _step(draft, value, at)
    _finish(draft, found, hints)
    return tuple(found[:ADDRESSES])


def _is_group(draft: _Draft) -> bool:
    """A colon ends a group's name, unless it belongs to a name like «Re: John <j@…>»'s address."""
    return draft.angle is None and not any("@" in word for word in draft.words)


def _is_inside_name(draft: _Draft, value: str, at: int) -> bool:
    """«Doe, John <john@…>»: a comma after one bare word, with nothing but a word up to the address behind it."""
    if draft.angle is not None or draft.quoted or draft.comments or len(draft.words) != 1 or len(draft.words[0].split()) != 1:
        return False
    end = value.find("<", at)
    between = value[at + 1 : end] if end >= 0 else ""
    return bool(between.strip()) and not any(char in _NOT_IN_NAMES for char in draft.words[0] + between)


def _step(draft: _Draft, value: str, at: int) -> int:
    char = value[at]
    if char == '"':
        text, after = ("", at + 1) if draft.unclosed else quoted_string(value, at)
        draft.words.append(text if draft.angle is None else "")
        draft.quoted = True
        draft.unclosed = after == at + 1
        return after
    if char == "(":
        text, after = comment(value, at)
        draft.comments.append(text)
        return after
    if char == "<":
        return _angle(draft, value, at)
    return _atom(draft, value, at)


def _atom(draft: _Draft, value: str, at: int) -> int:
    stop = at + 1
    while stop < len(value) and value[stop] not in _SPECIAL:
        stop += 1
    draft.words.append(value[at:stop])
    return stop


def _angle(draft: _Draft, value: str, at: int) -> int:
    """Read «<address>». A second one makes the first a part of the name."""
    end = value.find(">", at)
    comma = value.find(",", at)
    if end < 0 or (0 <= comma < end and "@" in value[at:comma] and value[at + 1] != "@"):
        end = comma if comma >= 0 else len(value)
    inside = value[at + 1 : end]
    if "<" in inside:
        at += 1 + inside.rindex("<")
        draft.words.append(value[at - 1 : at].replace("<", ""))
        inside = value[at + 1 : end]
    if draft.angle and "@" in draft.angle and "@" not in inside:
        draft.words.append(inside)
    else:
        if draft.angle:
            draft.words.append(draft.angle)
        draft.angle = inside
        draft.aside = draft.comments[-1] if draft.comments else ""
    while value[end : end + 1] == ">":
        end += 1
    return end


def quoted_string(value: str, at: int) -> tuple[str, int]:
    """The quoted string that starts at `at`, without quotes and escapes, and where it ends. An unclosed quote is a plain character."""
    kept: list[str] = []
    place = at + 1
    while place < len(value):
        char = value[place]
        if char == "\\" and place + 1 < len(value):
            kept.append(value[place + 1])
            place += 2
            continue
        if char == '"':
            return "".join(kept), place + 1
        kept.append(char)
        place += 1
    return "", at + 1


def comment(value: str, at: int) -> tuple[str, int]:
    """The comment that starts at `at`, and where it ends; nested ones are kept as text."""
    depth, place = 0, at
    while place < len(value):
        char = value[place]
        if char == "\\":
            place += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return value[at + 1 : place], place + 1
        place += 1
    return value[at + 1 :], len(value)


def _finish(draft: _Draft, found: list[Address], hints: tuple[str, ...]) -> None:
    phrase = encoded_words.decode(" ".join("".join(_spaced(draft.words)).split()), hints)
    if draft.angle is not None:
        email, name = bare(_without_comments(encoded_words.plain(draft.angle, hints))), phrase
        if not email and (inner := bare(phrase)):
            email, name = inner, ""
        if name and draft.aside:
            name = f"{name} ({encoded_words.decode(draft.aside, hints).replace(_ESCAPE, '')})"
    else:
        email, name = _without_angle(draft, phrase)
    if not name and draft.comments:
        name = encoded_words.decode(draft.comments[-1], hints)
    name = _unquoted(one_line(name))
    name = "" if name.lower() == email else name
    if email or name:
        found.append(Address(email=email, name=name))
    draft.clear()


def _without_comments(text: str) -> str:
    while "(" in text:
        start = text.index("(")
        _, after = comment(text, start)
        text = text[:start] + text[after:]
    return text


def _spaced(words: list[str]) -> list[str]:
    """Quoted strings and atoms stand apart in names, and touch in `"a b"@example.org`."""
    return [word if word.startswith(("@", ".")) or not number else " " + word for number, word in enumerate(words)]


def _without_angle(draft: _Draft, phrase: str) -> tuple[str, str]:
    """A bare address, perhaps with words around it."""
    if phrase.lower() in _DAEMONS:
        return phrase.lower(), ""
    if phrase.endswith(">") and not draft.quoted and (encoded := phrase.rpartition("<"))[1]:
        # «Anna <anna@…>» encoded as a whole.
        return bare(encoded[2]), encoded[0]
    if whole := bare(phrase):
        return whole, ""
    candidates = [word for word in phrase.replace("[", " ").replace("]", " ").split() if "@" in word]
    for word in candidates if not draft.quoted else ():
        if email := bare(word.removeprefix("mailto:")):
            return email, phrase.replace(word, " ").strip(" []")
    return "", phrase


def _unquoted(name: str) -> str:
    """A name without the quotes some programs encode into it."""
    for mark in "\"'" if len(name) > len("''") else "":
        if name[0] == name[-1] == mark and mark not in name[1:-1]:
            name = name[1:-1].strip()
    return name


def bare(text: str) -> str:
    """`local@domain` with a lower-case IDNA domain, or an empty string where `text` is no address."""
    text = one_line(text)
    text = "".join(text.split()) if any(seam in text for seam in (" @", "@ ", " .", ". ")) and text.count("@") == 1 else text.strip()
    text = text.strip("<>'\"[](),;")
    for scheme in _SCHEMES:
        text = text[len(scheme) :] if text[: len(scheme)].lower() == scheme else text
    if text.startswith("@") and ":" in text:
        text = text.rsplit(":", 1)[1]
    local, at, domain = text.rpartition("@")
    local, domain = local.strip(), domain.strip().rstrip(".")
    if not at or not local or not domain or len(text) > _LONGEST_ADDRESS or any(char.isspace() for char in domain):
        return ""
    if any(char.isspace() for char in local) and not local.startswith('"'):
        return _quoted_local(local, domain)
    return f"{local}@{ascii_domain(domain)}".lower()


def _quoted_local(local: str, domain: str) -> str:
    return "" if "@" in local else f'"{local}"@{ascii_domain(domain)}'.lower()


def ascii_domain(domain: str) -> str:
    """A domain in its ASCII form (RFC 5891); as it is where there is none."""
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain.lower()
