"""The process that reads letters for `gateway.reader`: one question after the other on standard input, answers on standard output.

Imports nothing of databases, settings files or networks. Ends when its questions do.
"""

import json
import os
import pickle
import resource
import signal
import sys
from dataclasses import replace
from typing import IO

from config.settings import Limits
from gateway.reader import HEADING, LENGTH, QUESTION, READY
from gateway.reading import parsing
from gateway.reading.limits import memory_problem
from helpdesk.messages import Letter

_BUFFER = 1024 * 1024


def main() -> None:
    """Answer until standard input ends."""
    questions, answers = os.fdopen(os.dup(0), "rb", _BUFFER), _answers()
    limits = Limits(**json.loads(sys.argv[1]))
    for number in (signal.SIGTERM, signal.SIGINT):
        # Who ends the program ends its parent, which finishes the letter at hand.
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_AS, limits.reader_memory)
    answers.write(READY)
    answers.flush()
    while head := questions.read(QUESTION.size):
        kind, count = QUESTION.unpack(head)
        raws = [questions.read(*LENGTH.unpack(questions.read(LENGTH.size))) for _ in range(count)]
        pickled = pickle.dumps([_bounded(kind, raw, limits) for raw in raws], protocol=pickle.HIGHEST_PROTOCOL)
        answers.write(LENGTH.pack(len(pickled)))
        answers.write(pickled)
        answers.flush()


def _answers() -> IO[bytes]:
    """The way back; what a library prints goes to standard error instead, if there is one."""
    answers = os.fdopen(os.dup(1), "wb")
    try:
        os.dup2(2, 1)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return answers


def _limit(kind: int, most: int) -> None:
    """Set a limit, as far as who started us allows so much."""
    _, allowed = resource.getrlimit(kind)
    most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(kind, (most, allowed))


def _allow_seconds(seconds: int) -> None:
    """Let the next letter have so much of the processor's time; SIGXCPU ends what takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 1)


def _bounded(kind: bytes, raw: bytes, limits: Limits) -> Letter:
    """A letter read within its limits; its heading where the memory does not suffice."""
    _allow_seconds(limits.reader_seconds)
    try:
        return _read(kind, raw, limits)
    except MemoryError:
        return replace(parsing.heading(raw, limits), unreadable=memory_problem(limits))


def _read(kind: bytes, raw: bytes, limits: Limits) -> Letter:
    try:
        return parsing.heading(raw, limits) if kind == HEADING else parsing.parse(raw, limits)
    except parsing.Unparseable as error:
        return Letter(sender=None, unreadable=str(error))


if __name__ == "__main__":
    main()
