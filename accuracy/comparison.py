"""Readers put to the same questions on the same letters: Deskpost, the standard library, and libraries in an environment of their own."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from accuracy import libraries, questions, standard
from accuracy.cases import Case
from accuracy.readings import Failure, File, Forward, Reading
from accuracy.scores import Scores

_WORDS = ("address", "name", "subject", "whole", "text", "signature")


def scored(letters: Iterable[Case], read: Callable[[bytes], Reading]) -> Scores:
    """A reader's scores on every question."""
    counted = Scores()
    for case in letters:
        _ask(counted, case, read(case.raw), questions.QUESTIONS)
    return counted


def of_the_standard_library(letters: Sequence[Case]) -> dict[str, Scores]:
    """Both ways to use it. It knows no forwards."""
    asked = [name for name in questions.QUESTIONS if name != "forward"]
    found = {name: Scores() for name in standard.READERS}
    for name, read in standard.READERS.items():
        for case in letters:
            _ask(found[name], case, read(case.raw), asked)
    return found


def of_libraries(letters: Iterable[Case], python: Path) -> dict[str, Scores]:
    """The scores of every library which that Python has, each on the questions it answers."""
    asked = [(case, names) for case in letters if (names := _able(case))]
    lines = "".join(_asking(case, names) + "\n" for case, names in asked)
    done = subprocess.run(  # noqa: S603  our own script
        [python, "-I", libraries.__file__], input=lines, capture_output=True, text=True, encoding="utf-8", check=False
    )
    answers = done.stdout.splitlines()
    if len(answers) != len(asked):
        raise SystemExit(done.stderr[-2000:] + f"The libraries stopped after {len(answers)} of {len(asked)} letters.")
    sys.stderr.write("".join(line + "\n" for line in done.stderr.splitlines() if "left out" in line))
    found: dict[str, Scores] = {}
    for (case, _), line in zip(asked, answers, strict=True):
        for name, answer in json.loads(line).items():
            library = libraries.LIBRARIES[name]
            _ask(found.setdefault(name, Scores(library.suite)), case, reading(answer), library.questions)
    return found


def reading(answer: Mapping[str, Any]) -> Reading:
    """A library's answer as a reading; what it does not say is empty."""
    address, name, subject, whole, text, signature = (str(answer.get(word) or "") for word in _WORDS)
    return Reading(
        address=address,
        name=name,
        subject=subject,
        whole=whole,
        text=text,
        signature=signature,
        files=tuple(File(*one) for one in answer.get("files", ())),
        report=bool(answer.get("report")),
        failures=tuple(Failure(*one) for one in answer.get("failures", ())),
        forward=Forward(*answer["forward"]) if answer.get("forward") else None,
    )


def _able(case: Case) -> list[str]:
    """The libraries that answer something which is asked about this letter."""
    asked = {name for name in questions.QUESTIONS if questions.applies(name, case)}
    return [name for name, library in libraries.LIBRARIES.items() if asked & set(library.questions)]


def _asking(case: Case, names: list[str]) -> str:
    text, html = standard.texts(case.raw)
    return json.dumps({"raw": base64.b64encode(case.raw).decode(), "text": text, "html": html, "ask": names})


def _ask(counted: Scores, case: Case, found: Reading, names: Iterable[str]) -> None:
    for name in names:
        answer = questions.ask(name, case, found)
        if answer is not None:
            counted.add(case.corpus, name, case.file, right=answer)
