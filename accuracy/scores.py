"""Right and all, by corpus and question: counted, compared with what is recorded, and laid out as a table.

Pure.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TOTAL = "all"
_WIDTH = 28
# Where replies are asked about beside other things.
_NO_SUITES = frozenset({TOTAL, "discourse", "redmine", "ru"})


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
    """One reader's scores by corpus and question, the letters it got wrong, and the corpus that is its own test suite."""

    suite: str = ""
    by_key: dict[Key, Score] = field(default_factory=lambda: defaultdict(Score))
    missed: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, corpus: str, question: str, file: str, *, right: bool) -> None:
        """Count an answer for its corpus and for all of them."""
        self.by_key[corpus, question].add(right=right)
        self.by_key[TOTAL, question].add(right=right)
        if not right:
            self.missed[corpus, question].append(file)
            self.missed[TOTAL, question].append(file)


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


Named = Mapping[str, Scores]


def best(readers: Named, key: Key) -> tuple[str, Score] | None:
    """The best of those that answer and did not write that suite."""
    known = [(name, scores.by_key[key]) for name, scores in readers.items() if key in scores.by_key and scores.suite != key[0]]
    return max(known, key=lambda one: one[1].share, default=None)


def table(product: Scores, standard: Named, libraries: Named, questions: Iterable[str]) -> Iterable[str]:
    """The rows: each corpus and question, then the totals."""
    yield f"{'corpus':{_WIDTH}}{'question':18}{'Deskpost':18}{'standard library':18}best library"
    corpora = sorted({corpus for corpus, _ in product.by_key} - {TOTAL})
    for corpus in (*corpora, TOTAL):
        for question in questions:
            key = corpus, question
            if key in product.by_key:
                plain, library = best(standard, key), best(libraries, key)
                there = str(plain[1]) if plain else "—"
                beside = f"{library[1]} {library[0]}" if library else "—"
                yield f"{corpus:{_WIDTH}}{question:18}{product.by_key[key]!s:18}{there:18}{beside}"


def reply_averages(readers: Named) -> Iterable[str]:
    """The mean of the reply suites, each counted once; a library's own suite counts for it."""
    for name, counted in readers.items():
        shares = [score.share for key, score in counted.by_key.items() if _is_reply_suite(key)]
        if shares:
            yield f"reply suites, on average: {100 * sum(shares) / len(shares):5.1f} % {name}"


@dataclass(frozen=True, slots=True)
class Lead:
    """A row in which other readers are better; `files` are the letters that one of them reads rightly and Deskpost does not."""

    key: Key
    mine: Score
    better: tuple[tuple[str, Score], ...]
    files: tuple[str, ...]

    @property
    def weighs(self) -> bool:
        """Whether it is a row to win: all letters, or a suite of replies."""
        return self.key[0] == TOTAL or _is_reply_suite(self.key)

    def __str__(self) -> str:
        """The row, the figures, the letters."""
        readers = ", ".join(f"{name} {score.right}/{score.all}" for name, score in self.better)
        return f"{', '.join(self.key)}: {readers} over {self.mine.right}/{self.mine.all}: {' '.join(self.files)}"


def leads(product: Scores, others: Named) -> tuple[Lead, ...]:
    """Every row in which a reader is better that did not write the suite; the best reader first."""
    found = []
    for key, mine in product.by_key.items():
        ahead = [(name, scores.by_key[key]) for name, scores in others.items() if _is_ahead(scores, key, mine)]
        if ahead:
            files = [file for file in product.missed[key] if any(file not in others[name].missed[key] for name, _ in ahead)]
            found.append(Lead(key, mine, tuple(sorted(ahead, key=lambda one: -one[1].share)), tuple(files)))
    return tuple(found)


def _is_ahead(scores: Scores, key: Key, mine: Score) -> bool:
    return key in scores.by_key and scores.suite != key[0] and scores.by_key[key].share > mine.share


def _is_reply_suite(key: Key) -> bool:
    return key[1] == "reply text" and key[0] not in _NO_SUITES
