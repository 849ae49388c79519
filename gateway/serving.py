"""`deskpost serve`: the doors, the worker, the outbox and the scheduler as threads of one process, and their orderly end."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.console import Refused
from config.database import SchemaOutdated, check_schema
from config.settings import Outgoing, Smtp
from config.surroundings import Surroundings
from gateway import authenticity, imap, pressure, reader
from gateway.authenticity import Keys
from gateway.composing import DkimKey, Identity
from gateway.directory import Directory, open_directory
from gateway.inbound import Reading
from gateway.listening import Listener, tls_context
from gateway.loops import Loop
from gateway.peers import Caps
from gateway.pressure import Gauge, OnSqueeze, floor_of
from gateway.recipients import Recipients
from gateway.relay import Relay
from gateway.runner import Runner
from gateway.schedule import Job, Schedule
from gateway.sender import OnFailed, Sender
from gateway.smtp import Rules
from gateway.spool import Writer
from helpdesk import intake
from helpdesk.outbox import Queued

PARTS = ("smtp", "imap", "worker", "outbox", "scheduler", "web")
_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 300.0
_SCHEDULE_SECONDS = 20.0
_FREE_SECONDS = 30.0

log = logging.getLogger(__name__)


def tell_nobody(_connection: Connection, _queued: Queued, _answer: str) -> None:
    """Nobody hears of letters that failed for good."""


def tell_log(address: str) -> None:
    """The log alone hears where a door is open."""
    log.info("listening on %s", address)


@dataclass(frozen=True, slots=True)
class Company:
    """Who works along with the gateway: the day's jobs, who hears of letters that failed for good, of open doors and of too little room."""

    jobs: tuple[Job, ...] = ()
    on_failed: OnFailed = tell_nobody
    on_listening: Callable[[str], None] = tell_log
    on_squeeze: OnSqueeze = pressure.tell_nobody


def open_runner(surroundings: Surroundings) -> Runner:
    """The runner of these surroundings."""
    settings = surroundings.settings
    security = settings.security
    keys = Keys(security.verify, security.authserv_ids, authenticity.open_txt(security.dns_servers))
    directory = open_directory(surroundings.engine, settings)
    reading = Reading(settings, surroundings.key, directory, keys, reader.of(settings.limits))
    return Runner(surroundings.engine, surroundings.files, reading, intake, clock=surroundings.clock)


def open_sender(surroundings: Surroundings, on_failed: OnFailed) -> Sender:
    """The sender of these surroundings."""
    settings = surroundings.settings
    relay = Relay(settings.outgoing, settings.smtp.hostname)
    return Sender(
        surroundings.engine, surroundings.files, relay, open_identity(surroundings), clock=surroundings.clock, on_failed=on_failed
    )


def open_identity(surroundings: Surroundings) -> Identity:
    """Who these surroundings are in letters."""
    settings = surroundings.settings
    return Identity(settings.studio.support_address, surroundings.key, _dkim_key(settings.outgoing))


def _dkim_key(outgoing: Outgoing) -> DkimKey | None:
    if not (outgoing.dkim_selector and outgoing.dkim_key):
        return None
    return DkimKey(outgoing.dkim_selector, Path(outgoing.dkim_key).read_bytes())


def serve(
    surroundings: Surroundings,
    parts: frozenset[str] = frozenset(PARTS),
    company: Company = Company(),
    *,
    ended: threading.Event | None = None,
) -> None:
    """Run the parts until SIGTERM, SIGINT or `ended`; the doors close first, then what works on the letters they took.

    Raises Refused where a door cannot be opened or the schema is not this program's.
    """
    try:
        check_schema(surroundings.engine)
    except SchemaOutdated as error:
        raise Refused(str(error)) from error
    ended = ended or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
    with ExitStack() as stack:
        _start(surroundings, parts, company, stack)
        ended.wait()
        log.info("ending: the letters on their way are finished first")
    log.info("ended")


def _start(surroundings: Surroundings, parts: frozenset[str], company: Company, stack: ExitStack) -> None:
    """Start the parts; what comes later on the stack ends first."""
    outbox = Loop("outbox", _OutboxStep(open_sender(surroundings, company.on_failed)))
    worker = Loop("worker", _WorkerStep(open_runner(surroundings), outbox.wake))
    for part, loop in (("outbox", outbox), ("worker", worker)):
        if part in parts:
            _run(loop, stack)
    if parts & {"smtp", "imap"}:
        writer = Writer(surroundings.engine, worker.wake)
        writer.start()
        stack.callback(writer.stop)
        if "imap" in parts:
            _open_mailboxes(surroundings, stack, writer)
        if "smtp" in parts:
            _open_doors(surroundings, company, stack, writer)
    # Last: a server that cannot open its doors, for another has them, does no night's work either.
    if "scheduler" in parts:
        _run(_scheduler(surroundings, company.jobs), stack)
    if "web" in parts:
        log.info("web: there are no web pages yet, nothing listens")


def _run(loop: Loop, stack: ExitStack) -> None:
    stack.callback(loop.stop)
    loop.start()


def _open_mailboxes(surroundings: Surroundings, stack: ExitStack, writer: Writer) -> None:
    for mailbox in surroundings.settings.imap:
        fetcher = imap.Fetcher(mailbox, surroundings.engine, writer.put, surroundings.clock)
        _run(Loop(f"imap {mailbox.user}@{mailbox.host}", fetcher.step), stack)


def _open_doors(surroundings: Surroundings, company: Company, stack: ExitStack, writer: Writer) -> None:
    smtp = surroundings.settings.smtp
    if smtp.listen or smtp.lmtp or smtp.listen_tls:
        directory = open_directory(surroundings.engine, surroundings.settings)
        gauge = _open_gauge(surroundings, company, stack)
        rules = _rules(surroundings, directory, writer, gauge)
        listener = Listener(rules, smtp=smtp.listen, lmtp=smtp.lmtp, smtps=smtp.listen_tls)
        addresses = listener.start()
        stack.callback(listener.stop)
        for address in addresses:
            company.on_listening(address)


def _open_gauge(surroundings: Surroundings, company: Company, stack: ExitStack) -> Gauge:
    """Look at the room before the first letter comes, and then again and again."""
    gauge = Gauge(surroundings.engine, floor_of(surroundings.settings), company.on_squeeze, surroundings.clock)
    gauge.look()
    _run(Loop("pressure", gauge.step), stack)
    return gauge


def _rules(surroundings: Surroundings, directory: Directory, writer: Writer, gauge: Gauge) -> Rules:
    smtp = surroundings.settings.smtp
    return Rules(
        hostname=smtp.hostname,
        max_message_size=smtp.max_message_size,
        put=writer.put,
        is_ours=Recipients(directory).is_ours,
        clock=surroundings.clock,
        tls=tls_context(smtp.tls_certificate, smtp.tls_key),
        trusted_relays=smtp.trusted_relays,
        caps=_caps(smtp),
        pressure=gauge.reason,
        proxied=smtp.proxy_protocol,
    )


def _caps(smtp: Smtp) -> Caps:
    return Caps(
        connections=smtp.max_connections,
        per_peer=smtp.max_connections_per_peer,
        per_minute=smtp.max_per_minute,
        recipients=smtp.max_recipients,
    )


class _WorkerStep:
    """One batch of the spool; wakes the outbox after it. At times it frees what killed processes had in hand."""

    def __init__(self, runner: Runner, wake_outbox: Callable[[], None]) -> None:
        self._runner = runner
        self._wake_outbox = wake_outbox
        self._freed_at = float("-inf")

    def __call__(self, loop: Loop) -> bool:
        if time.monotonic() - self._freed_at > _FREE_SECONDS:
            self._freed_at = time.monotonic()
            self._runner.free_the_dead()
        handled = self._runner.run_batch(loop.pause)
        if handled:
            self._wake_outbox()
        return handled > 0


class _OutboxStep:
    """One batch of the outbox; a relay that cannot be reached is left in peace for longer and longer."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._pause = _FIRST_PAUSE

    def __call__(self, loop: Loop) -> bool:
        done = self._sender.send_due(loop.ending)
        if not done.reachable:
            loop.pause(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        elif done.tried:
            self._pause = _FIRST_PAUSE
        return done.tried > 0


def _scheduler(surroundings: Surroundings, jobs: Sequence[Job]) -> Loop:
    schedule = Schedule(jobs, ZoneInfo(surroundings.settings.studio.timezone), surroundings.clock)

    def step(loop: Loop) -> bool:
        schedule.run_due()
        return not loop.pause(_SCHEDULE_SECONDS)

    return Loop("scheduler", step)
