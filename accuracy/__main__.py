"""Read every letter of a folder with known answers and print how many answers are right, beside those of other readers."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from accuracy import cases, product, questions, reply_libraries, scores, standard
from accuracy.cases import Case
from accuracy.readings import Reading
from accuracy.scores import TOTAL, Scores

RECORD = Path(__file__).parent.parent / "tests" / "accuracy.toml"


def main() -> int:
    """The table; 1 where a figure fell below the recorded one."""
    wanted = _arguments().parse_args()
    letters = list(cases.load(wanted.letters))
    mine = _scored(letters, product.read)
    theirs = Scores() if wanted.quick else _scored(letters, standard.read)
    libraries = _libraries(letters, wanted.libraries) if wanted.libraries else {}
    _say(scores.table(mine, theirs, libraries, questions.QUESTIONS))
    _say(_reply_average(mine, libraries))
    _say(f"missed: {corpus}: {question}: {file}" for (corpus, question), files in mine.missed.items() if wanted.missed for file in files)
    if wanted.record:
        RECORD.write_text(scores.render_record(mine), encoding="utf-8")
    fallen = scores.fallen(scores.parse_record(RECORD.read_text(encoding="utf-8")), mine) if RECORD.exists() else ()
    _say(f"worse than recorded: {line}" for line in fallen)
    return 1 if fallen else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m accuracy", description=__doc__)
    parser.add_argument("letters", type=Path, help="the folder of letters")
    parser.add_argument("--libraries", type=Path, help="a Python that has the reply libraries")
    parser.add_argument("--quick", action="store_true", help="Deskpost alone, compared with what is recorded")
    parser.add_argument("--record", action="store_true", help="keep these figures as the ones to hold")
    parser.add_argument("--missed", action="store_true", help="name the letters that were read wrongly")
    return parser


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


def _scored(letters: Iterable[Case], read: Callable[[bytes], Reading]) -> Scores:
    counted = Scores()
    for case in letters:
        _ask(counted, case, read(case.raw), questions.QUESTIONS)
    return counted


def _ask(counted: Scores, case: Case, reading: Reading, names: Iterable[str]) -> None:
    for name in names:
        answer = questions.ask(name, case, reading)
        if answer is not None:
            counted.add(case.corpus, name, case.file, right=answer)


def _libraries(letters: Iterable[Case], python: Path) -> Mapping[str, Scores]:
    """The reply libraries' scores; each gets the bodies the standard library finds."""
    asked = [case for case in letters if questions.ask("reply text", case, Reading()) is not None]
    bodies = [json.dumps(dict(zip(("text", "html"), standard.texts(case.raw), strict=True))) for case in asked]
    done = subprocess.run(  # noqa: S603  our own script
        [python, "-I", reply_libraries.__file__],
        input="\n".join(bodies) + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    sys.stderr.write("".join(line + "\n" for line in done.stderr.splitlines() if "left out" in line))
    found: dict[str, Scores] = {}
    for case, line in zip(asked, done.stdout.splitlines(), strict=False):
        for name, text in json.loads(line).items():
            _ask(found.setdefault(name, Scores()), case, replace(Reading(), text=text or ""), ("reply text",))
    return found


def _reply_average(mine: Scores, libraries: Mapping[str, Scores]) -> Iterable[str]:
    """The mean of the reply suites, each counted once."""
    for name, counted in {"Deskpost": mine, **libraries}.items():
        shares = [score.share for (corpus, question), score in counted.by_key.items() if question == "reply text" and _is_suite(corpus)]
        if shares:
            yield f"reply suites, on average: {100 * sum(shares) / len(shares):5.1f} % {name}"


def _is_suite(corpus: str) -> bool:
    return corpus not in {TOTAL, "discourse", "redmine", cases.RUSSIAN}


if __name__ == "__main__":
    sys.exit(main())
