"""Read every letter of a folder with known answers and print how many answers are right, beside those of other readers."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from accuracy import cases, comparison, product, questions, scores
from accuracy.scores import TOTAL, Scores

RECORD = Path(__file__).parent.parent / "tests" / "accuracy.toml"


def main() -> int:
    """The table; 1 where a figure fell below the recorded one, or another reader is above it in all or on a suite of replies."""
    wanted = _arguments().parse_args()
    letters = list(cases.load(wanted.letters))
    mine = comparison.scored(letters, product.read)
    standard = {} if wanted.quick else comparison.of_the_standard_library(letters)
    libraries = comparison.of_libraries(letters, wanted.libraries) if wanted.libraries else {}
    _say(scores.table(mine, standard, libraries, questions.QUESTIONS))
    _say(scores.reply_averages({"Deskpost": mine, **libraries}))
    leads = scores.leads(mine, {**standard, **libraries})
    _say(f"leads: {lead}" for lead in leads)
    _say(_missed(mine) if wanted.missed else ())
    if wanted.record:
        RECORD.write_text(scores.render_record(mine), encoding="utf-8")
    fallen = scores.fallen(scores.parse_record(RECORD.read_text(encoding="utf-8")), mine) if RECORD.exists() else ()
    _say(f"worse than recorded: {line}" for line in fallen)
    beaten = [lead for lead in leads if lead.weighs]
    _say(f"beaten: {lead}" for lead in beaten)
    return 1 if fallen or beaten else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m accuracy", description=__doc__)
    parser.add_argument("letters", type=Path, help="the folder of letters")
    parser.add_argument("--libraries", type=Path, help="a Python that has the libraries to compare with")
    parser.add_argument("--quick", action="store_true", help="Deskpost alone, compared with what is recorded")
    parser.add_argument("--record", action="store_true", help="keep these figures as the ones to hold")
    parser.add_argument("--missed", action="store_true", help="name the letters that were read wrongly")
    return parser


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


def _missed(mine: Scores) -> Iterable[str]:
    for (corpus, question), files in mine.missed.items():
        yield from (f"missed: {corpus}: {question}: {file}" for file in files if corpus != TOTAL)


if __name__ == "__main__":
    sys.exit(main())
