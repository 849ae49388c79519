"""What the accuracy table counts, on a folder of two letters."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accuracy import cases, comparison, libraries, product, questions, scores, standard
from accuracy.libraries import Body, Library
from accuracy.readings import File, Reading
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


def test_the_standard_library_is_used_in_the_older_way_too(folder: Path) -> None:
    letter, _ = cases.load(folder)
    found = comparison.of_the_standard_library([letter])
    assert {counted.by_key["suite", "sender name"].right for counted in found.values()} == {1}
    assert len(found) == len(standard.READERS)


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


def test_a_library_answers_only_what_it_says_something_about(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """flanker is at hand, as Deskpost uses it; the others are left out and said to be."""
    found = comparison.of_libraries(list(cases.load(folder)), Path(sys.executable))
    assert found["flanker"].by_key["suite", "subject"].right == 1
    assert ("suite", "reply text") not in found["flanker"].by_key
    assert "quotequail is left out" in capsys.readouterr().err
    assert "quotequail" not in found


@pytest.fixture
def _alarm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_alarm")
def test_a_library_that_raises_or_ponders_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def ponder(*_: object) -> dict[str, str]:
        while True:
            pass

    def stumble(*_: object) -> dict[str, str]:
        raise LookupError

    monkeypatch.setattr(libraries, "PATIENCE", 0.01)
    for read in (ponder, stumble):
        assert libraries.answers(Library("json", read, ()), json, Body(b"", "", "")) == {}


def test_an_answer_is_a_reading_and_what_is_not_said_is_empty() -> None:
    found = comparison.reading({"subject": "Hello", "name": None, "files": [["a.txt", "0f"]], "forward": ["a@b.example", "", "Hi", "Yes."]})
    assert (found.subject, found.name, found.files) == ("Hello", "", (File("a.txt", "0f"),))
    assert found.forward is not None
    assert found.forward.address == "a@b.example"
    assert not found.report


def test_every_library_answers_questions_that_there_are() -> None:
    assert all(set(library.questions) <= questions.QUESTIONS.keys() for library in libraries.LIBRARIES.values())


def test_html_becomes_lines() -> None:
    assert libraries.shown("<style>p {}</style><p>One &amp; <b>two</b></p><div>three<br>four</div>").split("\n") == [
        "",
        "One & two",
        "",
        "three",
        "four",
        "",
    ]


def counted(suite: str = "", **right: bool) -> Scores:
    """Scores on the reply texts of the corpus «suite», a letter each."""
    found = Scores(suite)
    for file, answer in right.items():
        found.add("suite", "reply text", file, right=answer)
    return found


def test_a_lead_names_the_row_the_better_readers_and_the_letters() -> None:
    mine = counted(one=True, two=False, three=False)
    others = {"better": counted(one=True, two=True, three=False), "worse": counted(one=True, two=False, three=False)}
    row, total = scores.leads(mine, others)
    assert (str(row), str(total)) == ("suite, reply text: better 2/3 over 1/3: two", "all, reply text: better 2/3 over 1/3: two")
    assert row.weighs
    assert total.weighs


def test_a_library_does_not_lead_on_its_own_suite_but_its_letters_count_in_all() -> None:
    found = scores.leads(counted(one=False), {"author": counted("suite", one=True)})
    assert [lead.key for lead in found] == [("all", "reply text")]


def test_a_lead_in_one_corpus_on_another_question_is_only_told() -> None:
    mine, other = Scores(), Scores()
    for corpus, is_mine in (("one", True), ("two", False), ("three", True)):
        mine.add(corpus, "subject", "letter.eml", right=is_mine)
        other.add(corpus, "subject", "letter.eml", right=not is_mine)
    assert [(lead.key, lead.weighs) for lead in scores.leads(mine, {"other": other})] == [(("two", "subject"), False)]


def test_the_table_shows_the_best_library_that_did_not_write_the_suite() -> None:
    readers = {
        "author": counted("suite", one=True, two=True),
        "second": counted(one=True, two=False),
        "third": counted(one=False, two=False),
    }
    lines = list(scores.table(counted(one=True, two=True), {"compat32": readers["third"]}, readers, ["reply text"]))
    assert lines[1].split() == "suite reply text 2/2 100.0 % 0/2 0.0 % 1/2 50.0 % second".split()
    assert lines[2].endswith("author")
