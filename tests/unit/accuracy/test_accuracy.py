"""What the accuracy table counts, on a folder of two letters."""

import json
from pathlib import Path

import pytest

from accuracy import cases, product, questions, scores, standard
from accuracy.readings import Reading
from accuracy.scores import Scores

LETTER = b"From: =?utf-8?b?0JDQvdC90LA=?= <anna@shop.example>\nSubject: Hello\n\nThe form is broken.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "expect").mkdir()
    (tmp_path / "letter.eml").write_bytes(LETTER)
    (tmp_path / "body.txt").write_text("Yes.\n\nOn Mon, 5 May 2025, Anna <anna@shop.example> wrote:\n> Really?\n", encoding="utf-8")
    records = (
        {
            "kind": "parse",
            "file": "letter.eml",
            "from_addr": "Anna@shop.example.",
            "from_name": "Анна",
            "subject": "Hello",
            "text_contains": ["form"],
        },
        {"kind": "reply_text", "file": "body.txt", "text_equals": "Yes."},
    )
    (tmp_path / "expect" / "suite.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return tmp_path


def test_each_question_is_asked_where_the_letter_has_an_answer(folder: Path) -> None:
    letter, body = cases.load(folder)
    asked = [name for name in questions.QUESTIONS if questions.ask(name, letter, product.read(letter.raw)) is not None]
    assert asked == ["sender address", "sender name", "subject", "text", "person"]
    assert questions.ask("reply text", body, product.read(body.raw)) is True


def test_the_standard_library_answers_the_same_questions(folder: Path) -> None:
    letter, body = cases.load(folder)
    assert questions.ask("sender address", letter, standard.read(letter.raw)) is True
    assert questions.ask("reply text", body, standard.read(body.raw)) is False


def test_a_reader_that_reads_nothing_is_wrong_everywhere(folder: Path) -> None:
    letter, _ = cases.load(folder)
    assert not any(questions.ask(name, letter, Reading()) for name in ("sender address", "sender name", "subject", "text"))


def test_a_figure_below_the_recorded_one_is_told() -> None:
    counted = Scores()
    for right in (True, True, False):
        counted.add("suite", "subject", "letter.eml", right=right)
    recorded = scores.parse_record(scores.render_record(counted))
    assert recorded["suite"]["subject"] == [2, 3]
    assert scores.fallen(recorded, counted) == ()
    counted.add("suite", "subject", "another.eml", right=False)
    assert len(scores.fallen(recorded, counted)) == len(("suite", "all"))


def test_a_corpus_that_is_gone_does_not_pass() -> None:
    assert scores.fallen({"suite": {"subject": [1, 1]}}, Scores())
