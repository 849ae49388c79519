"""Lines that part the new from the old: reply markers, titles between dashes, rules.

Pure. Knows single lines only; what follows them, and so what they mean, is seen by `quoting`.
"""

from gateway.reading import phrases

_LONGEST_MARKER = 160
_LONGEST_TITLE = 120
_LONGEST_PLAIN = max(map(len, phrases.FORWARDED_PLAIN))
_SHORTEST_OPENING, _LONGEST_OPENING = 10, 60
_EDGES = " >|*\t\u00a0"
_DASHES = frozenset("#-=_~—–")
_RULE_EDGES = "-_—–=* \u00a0"


def may_part(text: str) -> bool:
    """Whether a line has anything of what parts letters: a colon, dashes, a title of few words. Most have none; nobody looks further."""
    if ":" in text or "\uff1a" in text:
        return True
    stripped = text.strip(_EDGES)
    if not stripped or stripped[0] in _DASHES or stripped[-1] in _DASHES:
        return True
    return len(stripped) <= _LONGEST_PLAIN and stripped.lower() in phrases.FORWARDED_PLAIN


def is_reply_marker(text: str) -> bool:
    """«##- … -##», quoted or not, and what other helpdesks write instead."""
    stripped = text.strip(_EDGES)
    if not stripped or stripped[0] not in _DASHES:
        return False
    if stripped.startswith("##-") and stripped.endswith("-##"):
        return True
    return len(stripped) < _LONGEST_MARKER and any(phrase in stripped.lower() for phrase in phrases.REPLY_ABOVE)


def opens_reply_marker(text: str) -> bool:
    """«##- …», which goes on in the next line."""
    return len(text) < _LONGEST_MARKER and text.strip(_EDGES).startswith("##-")


def _words_between_dashes(text: str) -> str:
    stripped = text.replace("=8<=", "====").strip(_EDGES)
    inner = stripped.strip(_RULE_EDGES)
    return inner.rstrip(":").strip().lower() if inner != stripped or stripped.endswith(":") else ""


def is_forward_separator(text: str) -> bool:
    """«---------- Пересылаемое сообщение ----------», «Begin forwarded message:»."""
    if len(text) > _LONGEST_TITLE:
        return False
    words = _words_between_dashes(text)
    if not words:
        return text.strip(_EDGES).lower() in phrases.FORWARDED_PLAIN
    return words in phrases.FORWARDED or any(part.strip() in phrases.FORWARDED for part in words.replace("---", "/").split("/"))


def is_forward_end(text: str) -> bool:
    """«-------- Конец пересылаемого сообщения --------»."""
    return len(text) < _LONGEST_TITLE and _words_between_dashes(text) in phrases.FORWARD_ENDS


def is_title(text: str) -> bool:
    """«Начало письма:» in a language we do not know; a header block must follow."""
    stripped = text.strip(" >")
    return (
        _SHORTEST_OPENING < len(stripped) < _LONGEST_OPENING
        and stripped.endswith(":")
        and "@" not in stripped
        and not any(char.isdigit() for char in stripped)
    )


def is_separator(text: str) -> bool:
    """«-----Исходное сообщение-----»."""
    return len(text) < _LONGEST_TITLE and _words_between_dashes(text) in phrases.ORIGINAL and text.strip(" >")[:1] in "-_—–="


def is_rule(text: str, shortest: int = 5) -> bool:
    """A line of dashes and nothing else."""
    stripped = text.strip()
    return len(stripped) >= shortest and not stripped.strip("-_—–=")


def is_title_between_rules(text: str) -> bool:
    """«---------- whatever ----------»."""
    stripped = text.strip()
    return len(stripped) < _LONGEST_TITLE and stripped.startswith("---") and stripped.endswith("---")
