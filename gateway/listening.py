"""The thread of the SMTP and LMTP doors: opens the ports, serves, and drains before it ends."""

import asyncio
import contextlib
import logging
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from config.console import Refused
from config.readers import split_endpoint
from gateway.doorkeeper import Door, Doorkeeper
from gateway.peers import CLOSING, Visit, Visitors
from gateway.smtp import LmtpSession, Rules, SmtpSession

DRAIN_SECONDS = 30
_LAST_MOMENT = 0.05
# A client whom the kernel finds no place for in the queue comes again after a second, and then after three.
_BACKLOG = 4096

log = logging.getLogger(__name__)


class CannotListen(Refused):
    """A door cannot be opened; the message says which and why."""


def is_socket_path(text: str) -> bool:
    """Whether a listening address is the path of a Unix socket."""
    return "/" in text


def tls_context(certificate: str, key: str) -> ssl.SSLContext | None:
    """The TLS of STARTTLS and of the port for TLS alone, where a certificate is configured."""
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        message = f"smtp.tls_certificate {certificate}: {error}"
        raise CannotListen(message) from error
    return context


class Listener:
    """The open doors, in one event loop of one thread."""

    def __init__(self, rules: Rules, *, smtp: str = "", lmtp: str = "", smtps: str = "") -> None:
        """`smtp`, `lmtp` and `smtps` (TLS from the first byte on) are addresses to listen on, empty for none."""
        if smtps and rules.tls is None:
            message = f"smtp.listen_tls {smtps} needs smtp.tls_certificate"
            raise CannotListen(message)
        self._rules = rules
        self._visitors = Visitors(rules.caps)
        proxied = partial(Door, visitors=self._visitors, is_relay=rules.trusts, proxied=rules.proxied)
        doors = (
            (smtp, proxied(self._session)),
            (lmtp, Door(self._lmtp_session, self._visitors, rules.trusts)),
            (smtps, proxied(self._session_in_tls, tls=rules.tls)),
        )
        self._wanted = [(address, door) for address, door in doors if address]
        self._opened: Future[list[str]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="doors", daemon=True)
        self._stop: Callable[[], None] = lambda: None

    def start(self) -> list[str]:
        """Open the doors; the addresses they listen on, with the real ports."""
        self._thread.start()
        return self._opened.result()

    def stop(self) -> None:
        """Take no more letters, finish those on their way, close."""
        self._stop()
        self._thread.join()

    def _session(self, visit: Visit) -> SmtpSession:
        return SmtpSession(self._rules, self._visitors, visit)

    def _session_in_tls(self, visit: Visit) -> SmtpSession:
        return SmtpSession(self._rules, self._visitors, visit, in_tls=True)

    def _lmtp_session(self, visit: Visit) -> SmtpSession:
        return LmtpSession(self._rules, self._visitors, visit)

    async def _serve(self) -> None:
        ended = asyncio.Event()
        self._stop = partial(_set_from_outside, asyncio.get_running_loop(), ended)
        servers: list[asyncio.AbstractServer] = []
        try:
            for address, door in self._wanted:
                servers.append(await _open(address, partial(Doorkeeper, door)))
        except CannotListen as error:
            for server in servers:
                server.close()
            self._opened.set_exception(error)
            return
        self._opened.set_result([_name(server) for server in servers])
        await ended.wait()
        await _drain(servers, self._visitors)


def _set_from_outside(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(event.set)


async def _open(address: str, doorkeeper: Callable[[], Doorkeeper]) -> asyncio.AbstractServer:
    loop = asyncio.get_running_loop()
    try:
        if is_socket_path(address):
            server = await loop.create_unix_server(doorkeeper, address, backlog=_BACKLOG)
            _open_to_all(address)
            return server
        host, port = split_endpoint(address)
        return await loop.create_server(doorkeeper, host or None, port, backlog=_BACKLOG)
    except OSError as error:
        message = f"cannot listen on {address}: {error.strerror or error}"
        raise CannotListen(message) from error


def _open_to_all(socket_path: str) -> None:
    """The mail server in front runs as somebody else; who reaches the socket is its folder's business, as a port is for everybody."""
    Path(socket_path).chmod(0o666)


def _name(server: asyncio.AbstractServer) -> str:
    """`127.0.0.1:2525`, or the path of the socket."""
    name = server.sockets[0].getsockname()  # type: ignore[attr-defined]  # both kinds of asyncio servers have sockets
    if isinstance(name, tuple):
        return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
    return str(name)


async def _drain(servers: list[asyncio.AbstractServer], visitors: Visitors) -> None:
    """Close the doors, then wait for the letters on their way."""
    for server in servers:
        server.close()
    visitors.draining = True
    for visit in tuple(visitors.visits):
        if not visit.busy:
            visit.close(CLOSING)
    deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
    while visitors.visits and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110  an event per visit would say no more
        await asyncio.sleep(0.05)
    for visit in tuple(visitors.visits):
        log.warning("gave up a letter of %s that did not end in %d seconds", visit.peer or "a local client", DRAIN_SECONDS)
        visit.close(CLOSING)
    # What is closed comes to its end.
    await asyncio.sleep(_LAST_MOMENT)
