"""A thread that repeats one step until it is told to end; an error ends a step, never the thread."""

import logging
import threading
from collections.abc import Callable

IDLE_SECONDS = 1.0
_LONGEST_PAUSE = 60.0

# One step; true where there may be more to do at once.
Step = Callable[["Loop"], bool]

log = logging.getLogger(__name__)


class Loop:
    """A named thread around a step."""

    def __init__(self, name: str, step: Step) -> None:
        """`name` is the thread's, for the log."""
        self.name = name
        self._step = step
        self._ending = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def pause(self, seconds: float) -> bool:
        """Wait, whatever comes; true where the loop is to end."""
        return self._ending.wait(seconds) if seconds else self._ending.is_set()

    def ending(self) -> bool:
        """Whether the loop is to end."""
        return self._ending.is_set()

    def stop(self) -> None:
        """End after the step at hand."""
        self._ending.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = IDLE_SECONDS
        while not self._ending.is_set():
            try:
                busy = self._step(self)
            except Exception:
                log.exception("%s goes on in %.0f s", self.name, pause)
                self.pause(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = IDLE_SECONDS
            if not busy:
                self._woken.wait(IDLE_SECONDS)
            self._woken.clear()
