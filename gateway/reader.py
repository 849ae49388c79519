"""Letters are read in a child process with limits of its own: what a hostile letter does to its reader, it does there.

The child gets letters in batches, as handing over costs more than reading most of them. Where it dies, takes too long or too
much, the letters of its batch are read one by one; the guilty one comes back unreadable with the reason and what its header says,
and the next letter gets a new child. Who kills the child from outside kills no letter by it.
"""

import atexit
import io
import json
import logging
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from typing import IO, Any, cast

from config.settings import Limits
from gateway.reading.limits import memory_problem
from helpdesk.messages import Letter

# What is asked of the child: a whole letter, or its header alone.
WHOLE, HEADING = b"W", b"H"
# The question's kind and how many letters follow; the length of a letter, and of the answer.
QUESTION, LENGTH = struct.Struct(">cI"), struct.Struct(">Q")
_COMMAND = (sys.executable, "-m", "gateway.reader_process")
_TRIES = 2
# What reading leaves behind in a process goes with it.
_LETTERS_OF_ONE_CHILD = 5000
# The limit that counts is the processor's time; a busy machine may need many times that.
_PATIENCE = 12
_SLOW_SECONDS, _SLOW_BYTES = 1.0, 100 * 1024
_CHUNK = 1024 * 1024
_BATCH_LETTERS, _BATCH_BYTES = 64, 8 * 1024 * 1024
_NO_LETTER = "its reader gave no letter"
_PICKLED = {
    "helpdesk.messages": frozenset({"Letter", "Address", "Attachment", "Forwarded", "Link", "Report", "ReportedRecipient", "Verdict"}),
    "datetime": frozenset({"datetime", "timezone", "timedelta"}),
}

log = logging.getLogger(__name__)


class _Died(Exception):
    """The child is no more; the message says why."""


class _Unpickler(pickle.Unpickler):  # noqa: S301  made harmless, see below
    """Knows letters and times, and calls nothing else: the child has seen hostile bytes."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401  as the library declares it
        if name not in _PICKLED.get(module, ()):
            message = f"a letter holds no {module}.{name}"
            raise pickle.UnpicklingError(message)
        return super().find_class(module, name)


class _Child:
    """A running reader and its two pipes."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        arguments = (*command, json.dumps(asdict(limits)))
        self._process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  our own words
        self._limits = limits
        self._questions = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout).fileno()
        self._left = _LETTERS_OF_ONE_CHILD

    @property
    def number(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_used_up(self) -> bool:
        """Whether it has read so many letters that the next one is to get a new child."""
        return self._left <= 0

    def ask(self, kind: bytes, raws: Sequence[bytes]) -> list[Letter]:
        """The child's answer to letters; _Died where there is none."""
        self._left -= len(raws)
        deadline = time.monotonic() + _PATIENCE * self._limits.reader_seconds
        try:
            self._questions.write(QUESTION.pack(kind, len(raws)))
            for raw in raws:
                self._questions.write(LENGTH.pack(len(raw)))
                self._questions.write(raw)
            self._questions.flush()
            (size,) = LENGTH.unpack(self._received(LENGTH.size, deadline))
            return _letters(self._received(size, deadline), len(raws))
        except (BrokenPipeError, EOFError):
            raise _Died(self._death()) from None

    def _received(self, size: int, deadline: float) -> bytes:
        if size > self._limits.reader_memory:
            raise _Died(memory_problem(self._limits))
        found = bytearray()
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        while len(found) < size:
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise _Died(_time_problem(self._limits))
            piece = os.read(self._answers, min(_CHUNK, size - len(found)))
            if not piece:
                raise EOFError
            found += piece
        return bytes(found)

    def _death(self) -> str:
        """Why the child is gone."""
        status = self._process.wait()
        if status == -signal.SIGXCPU:
            return _time_problem(self._limits)
        return f"its reader died by signal {-status}" if status < 0 else f"its reader ended with status {status}"

    def end(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self._process.__exit__(None, None, None)


def _time_problem(limits: Limits) -> str:
    return f"reading time over {limits.reader_seconds} s"


def _letters(pickled: bytes, count: int) -> list[Letter]:
    try:
        found = _Unpickler(io.BytesIO(pickled)).load()
    except (pickle.UnpicklingError, ValueError, TypeError, LookupError, AttributeError, ImportError) as error:
        raise _Died(_NO_LETTER) from error
    if not isinstance(found, list) or len(found) != count or not all(isinstance(one, Letter) for one in found):
        raise _Died(_NO_LETTER)
    return found


class Reader:
    """Reads letters in a child that is made at the first one. Any number of threads may ask; they are served one by one."""

    def __init__(self, limits: Limits, command: Sequence[str] = _COMMAND) -> None:
        """`limits` bound both the letters and the child."""
        self._limits = limits
        self._command = command
        self._child: _Child | None = None
        self._lock = threading.Lock()

    def read(self, raw: bytes) -> Letter:
        """What the bytes say; unreadable where they say nothing, are over a limit, or end two readers."""
        return self.read_all((raw,))[0]

    def read_all(self, raws: Sequence[bytes]) -> list[Letter]:
        """The same for several, in their order."""
        with self._lock:
            return [letter for batch in _batches(raws) for letter in self._read_batch(batch)]

    @property
    def child(self) -> int:
        """The child's process id, 0 while there is none."""
        return self._child.number if self._child else 0

    def close(self) -> None:
        """End the child; the next letter would get a new one."""
        with self._lock:
            self._end()

    def _read_batch(self, raws: Sequence[bytes]) -> list[Letter]:
        started = time.monotonic()
        if len(raws) > 1:
            try:
                return self._ask(WHOLE, raws)
            except _Died:
                return [self._read_alone(raw) for raw in raws]
        letter = self._read_alone(raws[0])
        seconds, size = time.monotonic() - started, len(raws[0])
        if seconds > _SLOW_SECONDS * max(1.0, size / _SLOW_BYTES):
            log.warning("a letter of %d bytes took %.1f s to read", size, seconds)
        return [letter]

    def _read_alone(self, raw: bytes) -> Letter:
        reason = ""
        for kind in (*[WHOLE] * _TRIES, HEADING):
            try:
                (letter,) = self._ask(kind, (raw,))
            except _Died as error:
                reason = reason or str(error)
                log.warning("the reader of a letter of %d bytes is gone: %s", len(raw), error)
            else:
                return letter if kind == WHOLE else replace(letter, unreadable=reason)
        return Letter(sender=None, unreadable=reason)

    def _ask(self, kind: bytes, raws: Sequence[bytes]) -> list[Letter]:
        if self._child is None or self._child.is_used_up:
            self._end()
            self._child = _Child(self._command, self._limits)
        try:
            return self._child.ask(kind, raws)
        except _Died:
            self._end()
            raise

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


def _batches(raws: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The letters in turn, as many at once as are handed over at once."""
    first = size = 0
    for number, raw in enumerate(raws):
        if number > first and (number - first >= _BATCH_LETTERS or size + len(raw) > _BATCH_BYTES):
            yield raws[first:number]
            first, size = number, 0
        size += len(raw)
    if raws:
        yield raws[first:]


@cache
def of(limits: Limits) -> Reader:
    """The reader of this process for these limits."""
    found = Reader(limits)
    atexit.register(found.close)
    return found
