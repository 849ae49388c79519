"""Run every benchmark against a throw-away studio, through the command as people use it."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.handing_over import measure_handing_over
from bench.letters import SENDERS, SUPPORT, compose_letters
from bench.reading import letters_of, measure_reading

LETTERS = 1000
COMMAND = Path(sys.executable).with_name("deskpost")


def run(folder: Path, *words: str) -> float:
    """Seconds that a command of the studio in `folder` took; one that fails ends the benchmark with what it said."""
    begun = time.perf_counter()
    done = subprocess.run([COMMAND, *words], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command
    if done.returncode:
        sys.exit(f"deskpost {' '.join(words)}: {done.stderr.strip()}")
    return time.perf_counter() - begun


def found_studio(folder: Path) -> None:
    """A studio with a client that all senders belong to; From is believed, for nobody signs these letters, and strangers are let in."""
    run(folder, "init", "--yes", "--name", "Студия", "--support", SUPPORT, "--director", "director@studio.example")
    file = folder / "deskpost.toml"
    text = file.read_text(encoding="utf-8").replace('verify = "local"', 'verify = "none"')
    file.write_text(text.replace('unknown_senders = "triage"', 'unknown_senders = "open"'), encoding="utf-8")
    run(folder, "client", "add", "Клиент", "--rate", "1500")
    for sender in SENDERS:
        run(folder, "contact", "add", "Клиент", sender)


def measure_import(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Letters a second from files to tickets, the program's start taken off; and the start itself."""
    letters = folder / "letters"
    letters.mkdir()
    for number, content in enumerate(compose_letters(LETTERS)):
        (letters / f"{number:06}.eml").write_bytes(content)
    start = min(run(folder, "inbox", "list") for _ in range(3))
    yield "start of a command", round(start, 3), "s"
    yield "mail import", round(LETTERS / (run(folder, "mail", "import", str(letters)) - start), 1), "letters/s"


def tell(figures: Iterable[tuple[str, float, str]], letters: int) -> None:
    """Print one JSON line a figure."""
    for figure, value, unit in figures:
        sys.stdout.write(json.dumps({"figure": figure, "value": value, "unit": unit, "letters": letters}) + "\n")
        sys.stdout.flush()


def main() -> None:
    """All figures; an argument names a folder of letters to read instead of generated ones."""
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    read = letters_of(given)
    tell(measure_reading(read), len(read))
    with tempfile.TemporaryDirectory(prefix="deskpost-bench-") as name:
        folder = Path(name)
        found_studio(folder)
        tell(measure_import(folder), LETTERS)
    handed_over = read if given else list(compose_letters(LETTERS))
    tell(measure_handing_over(handed_over, found_studio), len(handed_over))


if __name__ == "__main__":
    main()
