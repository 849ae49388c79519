"""A parsed deskpost.toml and the environment → values by section and key, or a SettingsError that names the line. Pure."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.keys import IMAP, SECTIONS, Key, Section, implied
from config.settings import SettingsError

PREFIX = "DESKPOST_"
_SEPARATOR = "__"
_IN_PAIRS = (("smtp", "tls_certificate", "tls_key"), ("outgoing", "dkim_selector", "dkim_key"))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a configuration comes from, for messages: the file, its lines, and what the environment overrides."""

    file: Path
    lines: Mapping[tuple[str, ...], int]
    overridden: frozenset[tuple[str, str]] = frozenset()

    def place(self, *keys: str) -> str:
        """What to call a key: file, line and name, or the variable that overrides it."""
        if keys in self.overridden:
            return variable(*keys)
        line = next((self.lines[keys[:length]] for length in range(len(keys), 0, -1) if keys[:length] in self.lines), None)
        where = f"{self.file.name}, line {line}" if line else self.file.name
        return f"{where}: {_name(keys)}"


def _name(keys: tuple[str, ...]) -> str:
    if keys[0] == "imap":
        return " ".join(("[[imap]]", *keys[2:]))
    return " ".join((f"[{keys[0]}]", *keys[1:]))


def variable(section: str, key: str) -> str:
    """The environment's name of a key."""
    return f"{PREFIX}{section}{_SEPARATOR}{key}".upper()


def overrides_of(environment: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """The environment's values by section and key; a variable that names no key is an error."""
    found = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or _SEPARATOR not in name:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition(_SEPARATOR)
        if key not in SECTIONS.get(section, {}):
            _unknown(name, name, [variable(table, entry) for table, entries in SECTIONS.items() for entry in entries])
        found[section, key] = value
    return found


def build(document: Mapping[str, Any], overrides: Mapping[tuple[str, str], str], source: Source) -> dict[str, Any]:
    """Every section's values by key, defaults filled in; "imap" is a list of such."""
    for name, table in document.items():
        _check_section(name, table, source)
    given = {name: {**document.get(name, {}), **_of_section(name, overrides)} for name in SECTIONS}
    fallbacks = implied(given)
    built: dict[str, Any] = {}
    for name, section in SECTIONS.items():
        usual = {key: entry for (table, key), entry in fallbacks.items() if table == name}
        built[name] = dict(_values(section, {**usual, **given[name]}, source, (name,)))
    built["imap"] = [
        dict(_values(IMAP, _with_port(box), source, ("imap", str(index)))) for index, box in enumerate(document.get("imap", []))
    ]
    for section_name, first, second in _IN_PAIRS:
        _check_pair(built, source, section_name, first, second)
    return built


def _of_section(name: str, overrides: Mapping[tuple[str, str], str]) -> dict[str, object]:
    """The environment's values of a section; a list is written with commas."""
    found: dict[str, object] = {}
    for (section, key), value in overrides.items():
        if section == name:
            is_list = isinstance(SECTIONS[name][key].default, list)
            found[key] = [item.strip() for item in value.split(",") if item.strip()] if is_list else value
    return found


def _with_port(box: Mapping[str, object]) -> Mapping[str, object]:
    """An IMAP mailbox with its port: 143 where TLS is not implicit."""
    return {"port": 993 if box.get("tls", "implicit") == "implicit" else 143, **box}


def _check_section(name: str, table: object, source: Source) -> None:
    if name == "imap":
        boxes = table if isinstance(table, list) else [None]
        if not all(isinstance(box, dict) for box in boxes):
            _wrong(source.place("imap"), "a table in double brackets, [[imap]], one for each mailbox")
    elif name not in SECTIONS:
        _unknown(source.place(name), name, [*SECTIONS, "imap"])
    elif not isinstance(table, dict):
        _wrong(source.place(name), f"a section, [{name}], with its keys below it")


def _values(section: Section, given: Mapping[str, object], source: Source, place: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    for name in given:
        if name not in section:
            _unknown(source.place(*place, name), name, section)
    for name, key in section.items():
        yield name, _value(key, given, name, source, place)


def _value(key: Key, given: Mapping[str, object], name: str, source: Source, place: tuple[str, ...]) -> object:
    if key.required and name not in given:
        message = f"{source.place(*place)} needs the key {name}"
        raise SettingsError(message)
    try:
        return key.read(given.get(name, key.default), source.file.parent)
    except ValueError as error:
        message = f"{source.place(*place, name)} must be {error}"
        raise SettingsError(message) from error


def _check_pair(built: Mapping[str, Any], source: Source, section: str, first: str, second: str) -> None:
    values = built[section]
    if bool(values[first]) != bool(values[second]):
        given, missing = (first, second) if values[first] else (second, first)
        message = f"{source.place(section, given)} is of no use alone: set {missing} too, or neither"
        raise SettingsError(message)


def _unknown(place: str, name: str, allowed: Iterable[str]) -> None:
    words = list(allowed)
    near = difflib.get_close_matches(name, words, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(words)}"
    message = f"{place} is not known: {hint}"
    raise SettingsError(message)


def _wrong(place: str, allowed: str) -> None:
    message = f"{place} must be {allowed}"
    raise SettingsError(message)
