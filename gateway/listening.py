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
from gateway.smtp import LmtpSession, Rules, SmtpSession, Visitors

DRAIN_SECONDS = 30

log = logging.getLogger(__name__)


class CannotListen(Refused):
    """A door cannot be opened; the message says which and why."""


def is_socket_path(text: str) -> bool:
    """Whether a listening address is the path of a Unix socket."""
    return "/" in text


def tls_context(certificate: str, key: str) -> ssl.SSLContext | None:
    """The TLS of STARTTLS, where a certificate is configured."""
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

    def __init__(self, rules: Rules, *, smtp: str = "", lmtp: str = "") -> None:
        """`smtp` and `lmtp` are addresses to listen on, empty for none."""
        self._rules = rules
        self._wanted = [(address, session) for address, session in ((smtp, SmtpSession), (lmtp, LmtpSession)) if address]
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

    async def _serve(self) -> None:
        ended = asyncio.Event()
        self._stop = partial(_set_from_outside, asyncio.get_running_loop(), ended)
        visitors = Visitors()
        servers: list[asyncio.AbstractServer] = []
        try:
            for address, session in self._wanted:
                servers.append(await _open(address, partial(session, self._rules, visitors)))
        except CannotListen as error:
            for server in servers:
                server.close()
            self._opened.set_exception(error)
            return
        self._opened.set_result([_name(server) for server in servers])
        await ended.wait()
        await _drain(servers, visitors)


def _set_from_outside(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(event.set)


async def _open(address: str, session: Callable[[], SmtpSession]) -> asyncio.AbstractServer:
    loop = asyncio.get_running_loop()
    try:
        if is_socket_path(address):
            server = await loop.create_unix_server(session, address, backlog=512)
            _open_to_all(address)
            return server
        host, port = split_endpoint(address)
        return await loop.create_server(session, host or None, port, backlog=512)
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
    for session in tuple(visitors.sessions):
        session.drain()
    deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
    while visitors.sessions and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110  an event per session would say no more
        await asyncio.sleep(0.05)
    for session in tuple(visitors.sessions):
        log.warning("gave up a letter of %s that did not end in %d seconds", session.peer or "a local client", DRAIN_SECONDS)
        session.close()
