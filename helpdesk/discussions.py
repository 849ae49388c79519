"""What of a letter's quoted lines may be shown on. Pure.

Who answers between the lines of our letter quotes what was written for him alone, too: the footer with costs and commands, a colleague's
note. Of a colleague's letter, which goes on to the client, only those quoted lines are shown that all of the ticket have seen.
"""

_MARKS = "> \t\u00a0"
_LEFT_OUT = "> […]"
# Words that stand in any text: so few of them must be a whole line.
_FEW = 3


def folded(text: str) -> str:
    """Text in which lines can be looked for, however they were wrapped: a paragraph a line."""
    return "\n".join(" ".join(line.casefold().split()) for line in text.split("\n"))


def seen_by_all(discussion: str, seen: str) -> str:
    """The discussion with those quoted lines only that stand in `seen`, the folded text of the ticket; empty where none does."""
    lines = [line for line in discussion.split("\n") if not line.startswith(">") or line == _LEFT_OUT or _is_in(line, seen)]
    if not any(line.startswith(">") and line.strip(_MARKS) and line != _LEFT_OUT for line in lines):
        return ""
    return "\n".join(line for number, line in enumerate(lines) if line.strip() or (number and lines[number - 1].strip())).strip("\n")


def _is_in(line: str, seen: str) -> bool:
    words = folded(line.lstrip(_MARKS))
    around = f"\n{seen}\n"
    if f"\n{words}\n" in around:
        return True
    return len(words.split()) > _FEW and f" {words} " in around.replace("\n", " \n ")
