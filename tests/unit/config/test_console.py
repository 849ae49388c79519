"""How listings are printed."""

import json

import pytest

from config.console import print_listing

ROWS = [{"number": 7, "subject": "[smtp] :smile: " + "длинная тема " * 20, "hidden": None}]


def test_a_row_stays_one_line_and_keeps_its_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing("tickets", ROWS, as_json=False, columns=("number", "subject", "hidden"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert str(ROWS[0]["subject"]).strip() in lines[1]
    assert lines[1].rstrip().endswith("—")


def test_json_is_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing("tickets", ROWS, as_json=True, columns=("number",))
    assert json.loads(capsys.readouterr().out) == {"tickets": ROWS}
