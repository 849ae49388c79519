"""Looks for a letter that breaks its reader: libFuzzer by way of atheris, guided by which lines of the gateway a letter reaches.

`make fuzz MINUTES=10 LETTERS=folder`. What counts as broken is in `promises`; a letter may take five seconds and a gigabyte here,
since all of the gateway is instrumented.
"""

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]  # in a folder of its own

with atheris.instrument_imports(include=["gateway"]):
    from gateway.reading import parsing  # noqa: F401  before anybody else imports it
    from tests.fuzz import mutations, promises

LETTERS = Path(__file__).parents[1] / "letters"
LONGEST = 20_000
# Of CPU; where a machine has other work, more of them go by.
_SECONDS, _PATIENCE, _MEGABYTES = 5, 60, 1024


def one(raw: bytes) -> None:
    """What libFuzzer runs, again and again."""
    begun = time.process_time()
    promises.read(raw)
    assert time.process_time() - begun < _SECONDS, "too slow"


def changed(raw: bytes, longest: int, seed: int) -> bytes:
    """A letter from another, by libFuzzer's own changes or by ours."""
    chance = Random(seed)  # noqa: S311  nothing is secret here
    if chance.random() < 1 / 3:
        return bytes(atheris.Mutate(raw, longest))
    return mutations.mutated(raw, chance, chance.randrange(1, 6))[:longest]


def seeds(letters: Path) -> Iterator[bytes]:
    """The letters of a folder and of the folders in it, as far as they are small enough."""
    for path in sorted(letters.rglob("*")):
        if path.is_file() and path.stat().st_size <= LONGEST:
            yield path.read_bytes()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("letters", type=Path, nargs="?", default=LETTERS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--into", type=Path, default=Path("build/fuzz"))
    return parser.parse_args()


def main() -> None:
    """Put the letters into a corpus, and start."""
    wanted = _arguments()
    corpus, found = wanted.into / "corpus", wanted.into / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for raw in seeds(wanted.letters):
        (corpus / hashlib.sha256(raw).hexdigest()).write_bytes(raw)
    logging.disable(logging.CRITICAL)
    sys.stdout.write(f"seed {wanted.seed}; letters that break the reader go to {found}/\n")
    sys.stdout.flush()
    options = {
        "max_total_time": round(wanted.minutes * 60),
        "seed": wanted.seed % 2**31,
        "max_len": LONGEST,
        "timeout": _PATIENCE,
        "rss_limit_mb": _MEGABYTES,
        "artifact_prefix": f"{found}/",
        "print_final_stats": 1,
    }
    atheris.Setup([sys.argv[0], str(corpus), *(f"-{name}={value}" for name, value in options.items())], one, custom_mutator=changed)
    atheris.Fuzz()


main()
