"""Letters are read in a child process with limits of its own: what a hostile letter does to its reader, it does there.

The child gets letters in batches, as handing over costs more than reading most of them. Where it dies, takes too long or too
much, the letters of its batch are read one by one; the guilty one comes back unreadable with the reason and what its header says,
and the next letter gets a new child. Who kills the child from outside kills no letter by it.
"""

import atexit
import errno
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
# Said once the child is ready for letters.
READY = b"R"
# Without -P the child would look for its modules in the current folder first, where anybody's files may lie.
_COMMAND = (sys.executable, "-P", "-m", "gateway.reader_process")
_TRIES = 2
# What reading leaves behind in a process goes with it.
_LETTERS_OF_ONE_CHILD = 5000
# The limit that counts is the processor's time; a busy machine may need many times that.
_PATIENCE = 12
_SLOW_SECONDS, _SLOW_BYTES = 1.0, 100 * 1024
_START_SECONDS, _LAST_SECONDS = 60.0, 5.0
_CHUNK = 1024 * 1024
_BATCH_LETTERS, _BATCH_BYTES = 64, 8 * 1024 * 1024
_NO_LETTER = "its reader gave no letter"
_PICKLED = {
    "helpdesk.messages": frozenset({"Letter", "Address", "Attachment", "Forwarded", "Link", "Report", "ReportedRecipient", "Verdict"}),
    "datetime": frozenset({"datetime", "timezone", "timedelta"}),
}

log = logging.getLogger(__name__)


class NotStarted(OSError):
    """There is no reader to be had now: the machine's fault, and no letter's."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EAGAIN, f"no reader of letters can be started: {reason}")


class _Died(Exception):
    """The child is no more; the message says why. `certainly`: it would end so again."""

    def __init__(self, reason: str, *, certainly: bool = False) -> None:
        super().__init__(reason)
        self.certainly = certainly


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
        try:
            self._process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603  our own words
        except OSError as error:
            raise NotStarted(error.strerror or str(error)) from error
        self._limits = limits
        self._questions = cast("IO[bytes]", self._process.stdin).fileno()
        self._answers = cast("IO[bytes]", self._process.stdout).fileno()
        self._left = _LETTERS_OF_ONE_CHILD
        os.set_blocking(self._questions, False)
        self._await_ready()

    def _await_ready(self) -> None:
        """A child that is ready says so: one that ends before has read nothing."""
        try:
            ready = self._received(len(READY), time.monotonic() + _START_SECONDS) == READY
        except (_Died, EOFError):
            ready = False
        if not ready:
            self.end()
            message = f"it ended with status {self._process.returncode}"
            raise NotStarted(message)

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
            self._send(QUESTION.pack(kind, len(raws)), deadline)
            for raw in raws:
                self._send(LENGTH.pack(len(raw)), deadline)
                self._send(raw, deadline)
            (size,) = LENGTH.unpack(self._received(LENGTH.size, deadline))
            pickled = self._received(size, deadline)
        except (BrokenPipeError, EOFError):
            raise self._death() from None
        return _letters(pickled, len(raws))

    def _send(self, content: bytes, deadline: float) -> None:
        view = memoryview(content)
        while view:
            self._await(self._questions, select.POLLOUT, deadline)
            view = view[os.write(self._questions, view[:_CHUNK]) :]

    def _received(self, size: int, deadline: float) -> bytes:
        if size > self._limits.reader_memory:
            raise _Died(memory_problem(self._limits), certainly=True)
        found = bytearray()
        while len(found) < size:
            self._await(self._answers, select.POLLIN, deadline)
            piece = os.read(self._answers, min(_CHUNK, size - len(found)))
            if not piece:
                raise EOFError
            found += piece
        return bytes(found)

    def _await(self, pipe: int, event: int, deadline: float) -> None:
        """Wait until the pipe is ready; a child that takes too long is as good as dead."""
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise _Died(_time_problem(self._limits), certainly=True)

    def _death(self) -> _Died:
        """Why the child is gone, or has closed its pipes."""
        try:
            status = self._process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            return _Died(_NO_LETTER)
        if status == -signal.SIGXCPU:
            return _Died(_time_problem(self._limits), certainly=True)
        return _Died(f"its reader died by signal {-status}" if status < 0 else f"its reader ended with status {status}")

    def end(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            cast("IO[bytes]", pipe).close()


def _time_problem(limits: Limits) -> str:
    return f"reading time over {limits.reader_seconds} s"


def _letters(pickled: bytes, count: int) -> list[Letter]:
    try:
        found = _Unpickler(io.BytesIO(pickled)).load()
    except (pickle.UnpicklingError, ValueError, TypeError, LookupError, AttributeError, ImportError, EOFError, ArithmeticError) as error:
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
        for _ in range(_TRIES):
            try:
                return self._ask(WHOLE, (raw,))[0]
            except _Died as error:
                reason = str(error)
                log.warning("the reader of a letter of %d bytes is gone: %s", len(raw), reason)
                if error.certainly:
                    break
        try:
            return replace(self._ask(HEADING, (raw,))[0], unreadable=reason)
        except _Died:
            return Letter(sender=None, unreadable=reason)

    def _ask(self, kind: bytes, raws: Sequence[bytes]) -> list[Letter]:
        if self._child is None or self._child.is_used_up:
            self._end()
            self._child = _Child(self._command, self._limits)
        try:
            return self._child.ask(kind, raws)
        except BaseException:
            # Whatever it was, questions and answers may be out of step.
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
