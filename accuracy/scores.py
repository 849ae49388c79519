"""Right and all, by corpus and question: counted, compared with what is recorded, and laid out as a table.

Pure.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TOTAL = "all"
_WIDTH = 28


@dataclass(slots=True)
class Score:
    """How many answers were right, of how many."""

    right: int = 0
    all: int = 0

    def add(self, *, right: bool) -> None:
        """Count one answer."""
        self.right += right
        self.all += 1

    @property
    def share(self) -> float:
        """From 0 to 1; nothing asked is nothing wrong."""
        return self.right / self.all if self.all else 1.0

    def __str__(self) -> str:
        """«176/182 96.7 %»."""
        return f"{self.right:4}/{self.all:<4} {100 * self.share:5.1f} %"


Key = tuple[str, str]


@dataclass(slots=True)
class Scores:
    """One reader's scores by corpus and question, and the letters it got wrong."""

    by_key: dict[Key, Score] = field(default_factory=lambda: defaultdict(Score))
    missed: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, corpus: str, question: str, file: str, *, right: bool) -> None:
        """Count an answer for its corpus and for all of them."""
        self.by_key[corpus, question].add(right=right)
        self.by_key[TOTAL, question].add(right=right)
        if not right:
            self.missed[corpus, question].append(file)


def fallen(recorded: Mapping[str, Mapping[str, list[int]]], scores: Scores) -> tuple[str, ...]:
    """What is worse than recorded, one line each."""
    return tuple(
        f"{corpus}, {question}: {scores.by_key[corpus, question]} is below {Score(right, every)}"
        for corpus, questions in recorded.items()
        for question, (right, every) in questions.items()
        if scores.by_key[corpus, question].share < Score(right, every).share or (every and not scores.by_key[corpus, question].all)
    )


def parse_record(content: str) -> dict[str, dict[str, list[int]]]:
    """Recorded scores: a table for each corpus, `question = [right, all]`."""
    return tomllib.loads(content)


def render_record(scores: Scores) -> str:
    """The same, to be kept."""
    lines = ["# How well letters are read: right and all, by corpus and question. Made by `make accuracy RECORD=1`."]
    for corpus in sorted({corpus for corpus, _ in scores.by_key}):
        lines += ["", f"[{corpus}]"]
        lines += [f'"{question}" = [{score.right}, {score.all}]' for (of, question), score in sorted(scores.by_key.items()) if of == corpus]
    return "\n".join(lines) + "\n"


def table(product: Scores, standard: Scores, libraries: Mapping[str, Scores], questions: Iterable[str]) -> Iterable[str]:
    """The rows: each corpus and question, then the totals."""
    yield f"{'corpus':{_WIDTH}}{'question':18}{'Deskpost':18}{'standard library':18}best reply library"
    corpora = sorted({corpus for corpus, _ in product.by_key} - {TOTAL})
    for corpus in (*corpora, TOTAL):
        for question in questions:
            key = corpus, question
            if key in product.by_key:
                there = str(standard.by_key[key]) if standard.by_key.get(key) else "—"
                yield f"{corpus:{_WIDTH}}{question:18}{product.by_key[key]!s:18}{there:18}{_best(libraries, key)}".rstrip()


def _best(libraries: Mapping[str, Scores], key: Key) -> str:
    """The best library that did not write the suite."""
    known = [(name, scores.by_key[key]) for name, scores in libraries.items() if key in scores.by_key and not _wrote(name, key[0])]
    if not known:
        return ""
    name, score = max(known, key=lambda one: one[1].share)
    return f"{score} {name}"


def _wrote(library: str, corpus: str) -> bool:
    return library.replace("-", "_") == corpus
