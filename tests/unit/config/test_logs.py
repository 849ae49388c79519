"""The log: one line an event."""

import logging

import pytest

from config import logs


def test_values_are_quoted_where_they_must_be() -> None:
    line = logs.line("accepted", id=7, sender="a@b.ru", name="Иван Петров", reason=None, text="a\nb")
    assert line == 'accepted id=7 sender=a@b.ru name="Иван Петров" text="a\\nb"'


@pytest.mark.parametrize(("word", "level"), [("debug", logging.DEBUG), ("", logging.INFO), ("Error", logging.ERROR), ("x", logging.INFO)])
def test_the_level_comes_from_the_environment(word: str, level: int) -> None:
    assert logs.level_of({"DESKPOST_LOG": word}) == level


def test_an_event_with_its_traceback_stays_on_one_line() -> None:
    record = logging.LogRecord("gateway.smtp", logging.ERROR, "x.py", 1, "broken\nhere", None, None)
    try:
        raise ValueError("first\nsecond")  # noqa: EM101, TRY003, TRY301 - the traceback is the point
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    line = logs.OneLine().format(record)
    assert "\n" not in line
    assert "error gateway.smtp broken here traceback=" in line
