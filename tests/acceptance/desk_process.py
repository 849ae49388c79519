"""A process to kill: `python desk_process.py FOLDER serve|import [PATH…]`, with BAD=ack-early or BAD=no-dedupe for a broken desk."""

import os
import sys
import time
import uuid
from concurrent.futures import Future
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gateway import feeding, spool
from gateway.reading import parsing
from gateway.serving import Company, open_runner, serve
from tests.integration.gateway.throwaway import open_studio


def _acknowledge_early() -> None:
    """The mistake of all mistakes: 250 before the commit."""
    put, write = spool.Writer.put, spool.Writer._write

    def early(writer: spool.Writer, arrival: spool.Arrival) -> "Future[int]":
        put(writer, arrival)
        future: Future[int] = Future()
        future.set_result(0)
        return future

    def late(writer: spool.Writer, batch: list[spool._Waiting]) -> None:
        time.sleep(0.05)
        write(writer, batch)

    mock.patch.object(spool.Writer, "put", early).start()
    mock.patch.object(spool.Writer, "_write", late).start()


def _know_no_copies() -> None:
    mock.patch.object(parsing, "fingerprint", side_effect=lambda _raw: uuid.uuid4().hex).start()


def main(folder: Path, verb: str, paths: list[Path]) -> None:
    if os.environ.get("BAD") == "ack-early":
        _acknowledge_early()
    if os.environ.get("BAD") == "no-dedupe":
        _know_no_copies()
    studio = open_studio(folder)
    if verb == "serve":
        serve(studio, frozenset({"smtp", "worker"}), Company(on_listening=lambda address: print(address, flush=True)))  # noqa: T201
    else:
        print("begun", flush=True)  # noqa: T201
        feeding.feed(studio, open_runner(studio), paths, lambda _done, _all: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [Path(path) for path in sys.argv[3:]])
