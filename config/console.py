"""How admin verbs speak: one JSON document or a plain table on standard output, refusals on standard error.

Exit status: 0 done, 1 refused, 2 usage or configuration.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from config.surroundings import Surroundings

_UNBROKEN = 10_000  # columns of a table that goes into a pipe or a file: one row stays one line
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


class Refused(Exception):
    """The verb cannot be done; the message says why and what to do. Becomes one line on standard error, exit status 1."""


def surroundings(context: typer.Context) -> Surroundings:
    """The surroundings that `cli.py` put into the context; opened at the first call."""
    opener: Callable[[], Surroundings] = context.find_root().obj
    return opener()


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json_text(document, indent=2) + "\n")


def json_text(document: object, *, indent: int | None = None) -> str:
    """JSON that standard output can carry: where it cannot say a letter, or nothing can (half a surrogate pair), all are escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return text


def forgive_characters() -> None:
    """From now on a character that the terminal's encoding lacks is escaped, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_document(document: Mapping[str, Any], *, as_json: bool, line: str) -> None:
    """What a creating or changing verb says: the document as JSON, or one plain line."""
    if as_json:
        print_json(document)
    else:
        sys.stdout.write(line + "\n")


def print_listing(name: str, rows: Sequence[Mapping[str, Any]], *, as_json: bool, columns: Iterable[str]) -> None:
    """A listing: `{name: rows}` as JSON, or a table of the named columns."""
    if as_json:
        print_json({name: list(rows)})
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    width = None if sys.stdout.isatty() else _UNBROKEN
    Console(file=sys.stdout, width=width, markup=False, emoji=False, highlight=False).print(table)


def print_record(document: Mapping[str, Any], *, as_json: bool) -> None:
    """One thing whole: as JSON, or a key a line."""
    if as_json:
        print_json(document)
        return
    for key, value in document.items():
        sys.stdout.write(f"{key}: {_cell(value)}\n")


def _cell(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
