"""Authentication-Results (RFC 8601): what a studio's own mail server found out about a letter.

Pure. Whether the field may be believed is the caller's question; a forged one reads like a true one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.reading.mailboxes import comment, quoted_string

_METHODS = 50


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result: `dmarc=pass header.from=…`. Everything in lower case."""

    method: str
    value: str
    properties: tuple[tuple[str, str], ...] = ()

    def property(self, name: str) -> str:
        """The value of a property, empty for none or for several that differ."""
        found = {value for key, value in self.properties if key == name}
        return found.pop() if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Findings:
    """One field: who says it, and what."""

    authserv_id: str
    results: tuple[Result, ...]


def parse(value: str) -> Findings:
    """Read an unfolded field value; what cannot be read is left out."""
    first, *others = _sections(value)
    words = first.split()
    results = (_result(section) for section in others[:_METHODS])
    return Findings(words[0].lower() if words else "", tuple(result for result in results if result))


def proves(findings: Findings, domain: str) -> bool:
    """Whether DMARC passed for exactly this domain of From, and nothing in the field contradicts it."""
    verdicts = [result for result in findings.results if result.method == "dmarc"]
    return len(verdicts) == 1 and verdicts[0].value == "pass" and verdicts[0].property("header.from") == domain


def topmost(values: Iterable[str], authserv_ids: Iterable[str]) -> Findings | None:
    """The first field, from the top, that carries one of the ids."""
    wanted = {name.lower() for name in authserv_ids}
    return next((findings for findings in map(parse, values) if findings.authserv_id in wanted), None)


def _sections(value: str) -> list[str]:
    """The parts between semicolons, without comments; quoted strings lose their quotes and their semicolons."""
    sections = [""]
    at = 0
    while at < len(value):
        char = value[at]
        if char == "(":
            _, at = comment(value, at)
            sections[-1] += " "
        elif char == '"':
            text, at = quoted_string(value, at)
            sections[-1] += "".join(letter for letter in text if letter not in ' ;="')
        elif char == ";":
            sections.append("")
            at += 1
        else:
            sections[-1] += char
            at += 1
    return sections


def _result(section: str) -> Result | None:
    pairs = [tuple(word.lower().partition("=")[::2]) for word in section.replace(" =", "=").replace("= ", "=").split() if "=" in word]
    if not pairs:
        return None
    (method, value), *properties = pairs
    return Result(method.partition("/")[0], value, tuple((name, given) for name, given in properties))
