"""Jobs of the day: each runs once a day of the studio's calendar, after its hour. Jobs are safe to run twice."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.logs import say
from config.surroundings import Clock

RETRY = timedelta(minutes=15)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """`run` is given the studio's date; `at` is HH:MM in the studio's zone."""

    name: str
    at: str
    run: Callable[[date], None]


class Schedule:
    """What ran today, and what is to run. At the start, jobs whose hour has passed run as well."""

    def __init__(self, jobs: Sequence[Job], zone: ZoneInfo, clock: Clock) -> None:
        """Nothing counts as run."""
        self._jobs = jobs
        self._zone = zone
        self._clock = clock
        self._done: dict[str, date] = {}
        self._retry_at: dict[str, datetime] = {}

    def run_due(self) -> None:
        """Run what is due now; a job that breaks is tried again in a quarter of an hour."""
        for job in self._jobs:
            now = self._clock()
            if self._is_due(job, now):
                self._run(job, now)

    def _is_due(self, job: Job, now: datetime) -> bool:
        here = now.astimezone(self._zone)
        waits = job.name in self._retry_at and now < self._retry_at[job.name]
        return here.time() >= time.fromisoformat(job.at) and self._done.get(job.name) != here.date() and not waits

    def _run(self, job: Job, now: datetime) -> None:
        today = now.astimezone(self._zone).date()
        try:
            job.run(today)
        except Exception:
            log.exception("job %s of %s broke", job.name, today)
            self._retry_at[job.name] = now + RETRY
            return
        self._done[job.name] = today
        say(log, "job", name=job.name, date=today)
