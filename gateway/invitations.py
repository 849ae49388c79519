"""Calendar invites (RFC 5545) as text: what, when and where, one line each.

Pure. Reads the first event of a calendar and answers for nothing else in it; the calendar itself stays among the files.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from gateway import clean, headers
from gateway.mime import Part

_TYPES = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
_READ = frozenset({"summary", "dtstart", "dtend", "location", "description"})
_LONGEST = 64 * 1024
_MOST_LINES = 2000
_STAMP, _DAY = "%Y%m%dT%H%M%S", "%Y%m%d"
_DAY_LENGTH = 8
_LONGEST_STAMP = 40


@dataclass(frozen=True, slots=True)
class _Property:
    """One line of an event: its value and parameters."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def text(files: Iterable[Part], *, described: bool) -> str:
    """The first invite among the files; its own words too, where the letter has none (`described`)."""
    for part in files:
        if part.content_type in _TYPES:
            event = _event(part.text[:_LONGEST])
            lines = (_words(event, "summary"), _time(event), _words(event, "location"), _words(event, "description") if described else "")
            return "\n".join(filter(None, lines))
    return ""


def _event(calendar: str) -> dict[str, _Property]:
    """The properties of the first event, without those of alarms in it."""
    found: dict[str, _Property] = {}
    inside: list[str] = []
    for line in calendar.replace("\n ", "").replace("\n\t", "").split("\n")[:_MOST_LINES]:
        head, _, value = line.partition(":")
        name = head.partition(";")[0].strip().lower()
        if name == "begin":
            inside.append(value.strip().lower())
        elif name == "end" and inside:
            if inside.pop() == "vevent":
                break
        elif inside[-1:] == ["vevent"] and name in _READ:
            found.setdefault(name, _property(line))
    return found


def _property(line: str) -> _Property:
    """A line whose parameters may hold colons in quotes."""
    quoted = False
    for at, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == ":" and not quoted:
            return _Property(line[at + 1 :].strip(), headers.parameters(line[:at]))
    return _Property()


def _words(event: dict[str, _Property], name: str) -> str:
    value = event.get(name, _Property()).value.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";")
    return clean.printable(value.replace("\\\\", "\\")).strip()


def _time(event: dict[str, _Property]) -> str:
    """«21.11.2026 10:00–11:30 (Europe/Moscow)»."""
    start, end = event.get("dtstart", _Property()), event.get("dtend", _Property())
    first, last = _shown(start.value), _shown(end.value)
    day, _, hour = last.partition(" ")
    if hour and first.startswith(day):
        last = hour
    zone = "UTC" if start.value.endswith("Z") else start.parameters.get("tzid", "")
    span = f"{first}–{last}" if last and last != first else first
    return clean.one_line(f"{span} ({zone})" if zone and span else span)


def _shown(stamp: str) -> str:
    """A date or a time as people write it; what is neither, as it is."""
    bare = stamp.removesuffix("Z")
    try:
        if len(bare) == _DAY_LENGTH:
            return f"{datetime.strptime(bare, _DAY):%d.%m.%Y}"  # noqa: DTZ007  a day has no zone
        return f"{datetime.strptime(bare, _STAMP):%d.%m.%Y %H:%M}"  # noqa: DTZ007  the zone is shown beside it
    except ValueError:
        return stamp[:_LONGEST_STAMP]
