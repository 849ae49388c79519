"""How listings are printed."""

import json
from io import BytesIO, TextIOWrapper

import pytest

from config.console import forgive_characters, print_document, print_json, print_listing

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


@pytest.mark.parametrize("encoding", ["utf-8", "koi8-r", "ascii"])
def test_json_is_said_to_every_terminal(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    stream = TextIOWrapper(BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stream)
    document = {"name": "ООО «Ромашка» 😀", "broken": "\ud83d"}
    print_json(document)
    stream.seek(0)
    assert json.loads(stream.read()) == document


def test_a_terminal_that_lacks_a_character_ends_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = TextIOWrapper(BytesIO(), encoding="koi8-r")
    monkeypatch.setattr("sys.stdout", stream)
    forgive_characters()
    print_document({}, as_json=False, line="ООО «Ромашка»")
    stream.seek(0)
    assert stream.read() == "ООО \\xabРомашка\\xbb\n"
