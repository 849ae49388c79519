"""Which lines are commands, which are nearly, and which are text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.commands.lines import distance
from helpdesk.commands.registry import COMMANDS, NearMiss, Recognised, fold, recognise, without_commands


def name_of(line: str) -> str | None:
    found = recognise(line)
    return found.name if isinstance(found, Recognised) else None


def meant_by(line: str) -> str | None:
    found = recognise(line)
    return found.meant if isinstance(found, NearMiss) else None


@pytest.mark.parametrize("line", [f"/{name}" for command in COMMANDS.values() for name in command.names])
def test_every_name_is_recognised_in_any_case_and_with_a_full_stop(line: str) -> None:
    known = name_of(line)
    assert known is not None
    assert name_of(line.upper()) == name_of(f"  {line}.") == name_of(f"{line}!") == known


@pytest.mark.parametrize("line", ["/ждём", "/ждем", "/ЖДЁМ"])
def test_yo_may_be_written_as_ye(line: str) -> None:
    assert name_of(line) == "wait"


@pytest.mark.parametrize("line", ["／done", "⁄done", "\u200b/done", "\u00a0/done", "/ done", "/done\u200e"])
def test_what_mail_programs_make_of_a_slash_is_put_back(line: str) -> None:
    assert name_of(line) == "done"


def test_an_argument_keeps_its_case_and_loses_its_odd_blanks() -> None:
    found = recognise("/assign\u00a0 Иван\t Петров ")
    assert isinstance(found, Recognised)
    assert (found.argument, found.line) == ("Иван Петров", "/assign Иван Петров")


def test_a_name_typed_with_the_wrong_keyboard_but_the_right_letters_is_known() -> None:
    assert name_of("/сс nina@romashka.example") == "cc"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("/spnt 40m", "spent"),
        ("/spetn 40m", "spent"),
        ("/dne", "done"),
        ("/затраченно 1ч", "затрачено"),
        ("/закрыт", "закрыть"),
        ("/spent40m", "spent"),
        ("/затрачено40м", "затрачено"),
        ("/spent:40m", "spent"),
        ("/cc:nina@romashka.example", "cc"),
        ("/re-open", "reopen"),
    ],
)
def test_a_slip_of_the_pen_is_no_text(line: str, meant: str) -> None:
    assert meant_by(line) == meant


@pytest.mark.parametrize(
    "line",
    ["/var/www/site", "/usr/bin/done", "/", "//", "/2026-10", "/index.html", "/catalogue", "/price-list", "done", "и/или", "", "/about"],
)
def test_what_is_no_command_and_near_none_is_text(line: str) -> None:
    assert recognise(line) is None


def test_commands_leave_the_text_and_no_gap() -> None:
    text = "Здравствуйте!\n\n/spent 40m\n\nПочинили.\n/done\n/var/www/site чист"
    lines = ("/spent 40m", "/done", "/var/www/site чист")
    assert without_commands(text, lines) == "Здравствуйте!\n\nПочинили.\n/var/www/site чист"


def test_a_text_of_commands_alone_is_empty() -> None:
    assert not without_commands("/spent 40m\n\n/done\n", ("/spent 40m", "/done"))


def test_a_command_in_the_text_that_was_not_among_the_lines_stays() -> None:
    assert without_commands("> /done", ()) == "> /done"


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(max_examples=50)
@given(st.text(max_size=30))
def test_any_line_is_a_command_or_nearly_or_text(line: str) -> None:
    assert recognise(f"/{line}") is None or isinstance(recognise(f"/{line}"), Recognised | NearMiss)


def test_a_swap_of_neighbours_is_one_edit() -> None:
    assert [distance(*pair) for pair in (("spent", "spetn"), ("spent", "spnt"), ("done", "done"), ("", "ab"))] == [1, 1, 0, 2]


@settings(max_examples=50)
@given(st.text(max_size=8), st.text(max_size=8))
def test_distance_is_the_same_both_ways(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
