"""Calendar invites (RFC 5545, RFC 5546) as text: what, when, where and from whom, one line each.

Pure. Reads the first event of a calendar and answers for nothing else in it; the calendar itself stays among the files. What a
calendar says in words of its standard («CANCELLED», «WEEKLY») is shown as it stands.
"""

import quopri
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.reading import charsets, clean, headers, mailboxes
from gateway.reading.mime import Part

_TYPES = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
_ENDINGS = (".ics", ".vcs")
_KINDS = frozenset({"vevent", "vtodo"})
_READ = frozenset(
    "summary dtstart dtend due duration location description organizer attendee rrule status x-google-conference url".split(),
)
_LONGEST = 64 * 1024
_MOST_LINES = 2000
_STAMP, _DAY = "%Y%m%dT%H%M%S", "%Y%m%d"
_DAY_LENGTH = 8
_LONGEST_STAMP = 40
_ATTENDEES = 20
_CANCELLED = "CANCELLED"
_FOLD = re.compile(rb"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DURATION = re.compile(r"\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?\Z")


@dataclass(frozen=True, slots=True)
class _Property:
    """One line of an event: its value and parameters."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


_NOTHING = _Property()


@dataclass(slots=True)
class _Event:
    """The first event of a calendar. `method` says what is to be done with it."""

    method: str = ""
    properties: dict[str, _Property] = field(default_factory=dict)
    attendees: list[_Property] = field(default_factory=list)

    def get(self, name: str) -> _Property:
        """A property, or one that says nothing."""
        return self.properties.get(name, _NOTHING)


def text(files: Iterable[Part], *, described: bool) -> str:
    """The first invite among the files; its own words too, where the letter has none (`described`)."""
    for part in files:
        if part.content_type in _TYPES or (part.headers.fields and part.file_name.lower().endswith(_ENDINGS)):
            event = _event(_unfolded(part))
            lines = (
                _title(event),
                _time(event),
                _words(event.get("location")) or event.get("x-google-conference").value,
                _person(event.get("organizer")),
                *_answers(event),
                _words(event.get("description")) if described else "",
            )
            return "\n".join(filter(None, lines))
    return ""


def _unfolded(part: Part) -> str:
    """The calendar with whole lines; they may be folded inside a character (RFC 5545 §3.1)."""
    content = _FOLD.sub(b"", part.content[:_LONGEST])
    return charsets.decode(content, part.parameters.get("charset", "") or "utf-8", part.headers.hints).replace("\r\n", "\n")


def _event(calendar: str) -> _Event:
    """The properties of the first event, without those of alarms in it."""
    event = _Event()
    inside: list[str] = []
    for line in calendar.split("\n")[:_MOST_LINES]:
        head, _, value = line.partition(":")
        name = head.partition(";")[0].strip().lower()
        if name == "begin":
            inside.append(value.strip().lower())
        elif name == "end" and inside:
            if inside.pop() in _KINDS:
                break
        elif name == "method" and inside[-1:] == ["vcalendar"]:
            event.method = value.strip().upper()
        elif inside and inside[-1] in _KINDS and name in _READ:
            _take(event, name, line)
    return event


def _take(event: _Event, name: str, line: str) -> None:
    if name != "attendee":
        event.properties.setdefault(name, _property(line))
    elif len(event.attendees) < _ATTENDEES:
        event.attendees.append(_property(line))


def _property(line: str) -> _Property:
    """A line whose parameters may hold colons in quotes."""
    quoted = False
    for at, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == ":" and not quoted:
            return _Property(line[at + 1 :].strip(), headers.parameters(line[:at]))
    return _NOTHING


def _words(found: _Property) -> str:
    value = found.value
    if found.parameters.get("encoding", "").lower() == "quoted-printable":
        # vCalendar 1.0.
        value = charsets.decode(quopri.decodestring(value.encode("utf-8", "replace")), found.parameters.get("charset", "") or "utf-8")
    return clean.printable(_ESCAPE.sub(lambda escape: "\n" if escape.group(1) in "nN" else escape.group(1), value)).strip()


def _title(event: _Event) -> str:
    title = _words(event.get("summary"))
    cancelled = event.method == "CANCEL" or event.get("status").value.upper() == _CANCELLED
    return f"{_CANCELLED}: {title}" if cancelled and title else title


def _person(found: _Property) -> str:
    """«Anna Petrova <anna@shop.example>»."""
    email = mailboxes.bare(found.value)
    name = clean.one_line(found.parameters.get("cn", "").strip("\"'"))
    return f"{name} <{email}>" if name and email and name.lower() != email else email or name


def _answers(event: _Event) -> list[str]:
    """Who accepted, and who did not."""
    if event.method not in {"REPLY", "COUNTER"}:
        return []
    return [f"{_person(one)}: {clean.one_line(one.parameters.get('partstat', ''))}" for one in event.attendees]


def _time(event: _Event) -> str:
    """«21.11.2026 10:00–11:30 (Europe/Moscow) WEEKLY»."""
    start, end = event.get("dtstart"), event.get("dtend").value or event.get("due").value
    if not start.value:
        start, end = _Property(end, event.get("due").parameters), ""
    first, last = _moment(start.value), _end(start.value, end, event.get("duration").value)
    shown, until = _shown(first, start.value), _shown(last, end or start.value) if end or last else ""
    day, _, hour = until.partition(" ")
    if hour and shown.startswith(day):
        until = hour
    zone = "UTC" if start.value.endswith("Z") else _zone(start.parameters.get("tzid", ""))
    span = f"{shown}–{until}" if until and until != shown else shown
    return clean.one_line(" ".join(filter(None, (span, f"({zone})" if zone and span else "", _repeated(event)))))


def _zone(name: str) -> str:
    """Names of a global registry without the registry: «/example.org/Europe/Moscow»."""
    return "/".join(name.split("/")[-2:]) if name.startswith("/") else name


def _end(start: str, end: str, duration: str) -> datetime | None:
    """When it ends: given, or counted from its length; the end of whole days is the day after the last (RFC 5545 §3.6.1)."""
    last, first = _moment(end), _moment(start)
    if last is None and first is not None and (length := _DURATION.match(duration)):
        weeks, days, hours, minutes, seconds = (int(number or 0) for number in length.groups())
        # There is no day after 9999.
        with suppress(OverflowError):
            last = first + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if last is not None and first is not None and len(start) == _DAY_LENGTH and last > first:
        last -= timedelta(days=1)
    return last


def _moment(stamp: str) -> datetime | None:
    bare = stamp.removesuffix("Z")
    try:
        return datetime.strptime(bare, _DAY if len(bare) == _DAY_LENGTH else _STAMP)  # noqa: DTZ007  the zone is shown beside it
    except ValueError:
        return None


def _shown(moment: datetime | None, stamp: str) -> str:
    """A date or a time as people write it; what is neither, as it is."""
    if moment is None:
        return stamp[:_LONGEST_STAMP]
    return f"{moment:%d.%m.%Y}" if len(stamp) == _DAY_LENGTH else f"{moment:%d.%m.%Y %H:%M}"


def _repeated(event: _Event) -> str:
    """«WEEKLY MO,WE 31.12.2026» of «FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231T000000Z»."""
    rule = dict(piece.upper().split("=", 1) for piece in event.get("rrule").value.split(";")[:20] if "=" in piece)
    last = rule.get("UNTIL", "")[:_DAY_LENGTH]
    count = f"×{rule['COUNT']}" if "COUNT" in rule else ""
    until = f"–{_shown(_moment(last), last)}" if last else ""
    return " ".join(filter(None, (rule.get("FREQ", ""), rule.get("BYDAY", ""), count, until)))
