"""Stands at a port: who comes is counted, perhaps introduced by a proxy, perhaps given TLS, and only then a session is spent on him."""

import asyncio
import contextlib
import logging
import ssl
from asyncio import sslproto
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol, cast

from aiosmtpd.proxy_protocol import V2_CMD, ProxyData, get_proxy

from gateway.peers import Visit, Visitors

HANDSHAKE_SECONDS = 30
PROXY_SECONDS = 5.0
# Last words reach whoever listens within this; then the connection is cut.
LINGER_SECONDS = 5.0
_INTRODUCTION = 4096

log = logging.getLogger(__name__)


class Guest(Protocol):
    """A session, as far as the doorkeeper leads it in."""

    greeted: bool

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""

    def data_received(self, data: bytes) -> None:
        """Something came."""


@dataclass(frozen=True, slots=True)
class Door:
    """What is behind a port. `tls` is for ports that speak nothing else; `proxied`: relays say first for whom they come."""

    session: Callable[[Visit], Guest]
    visitors: Visitors
    is_relay: Callable[[str], bool]
    tls: ssl.SSLContext | None = None
    proxied: bool = False


class Doorkeeper(asyncio.Protocol):
    """One connection up to the session."""

    def __init__(self, door: Door) -> None:
        """Nobody has come yet."""
        self._door = door
        self._visit: Visit | None = None
        self._reader: asyncio.StreamReader | None = None
        self._waiting: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or turn him away before anything is spent on him."""
        self._transport = cast("asyncio.Transport", transport)
        peername = transport.get_extra_info("peername")
        peer = peername[0] if isinstance(peername, tuple) else ""
        visit = self._admitted(peer)
        if visit is None:
            return
        if self._door.proxied and visit.is_relay:
            self._reader = asyncio.StreamReader(limit=_INTRODUCTION)
            self._reader.set_transport(self._transport)
            self._waiting = asyncio.get_running_loop().create_task(self._introduce(self._reader))
        else:
            self._lead_in(visit, b"")

    def data_received(self, data: bytes) -> None:
        """The proxy speaks."""
        if self._reader is not None:
            self._reader.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Gone before a session began."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._leave()

    def _admitted(self, peer: str) -> Visit | None:
        # In TLS there are no words before the handshake.
        close = partial(hang_up, self._transport) if self._door.tls is None else self._cut
        visit = Visit(peer, self._door.is_relay(peer), close)
        refusal = self._door.visitors.admit(visit)
        if refusal:
            close(refusal)
            return None
        self._visit = visit
        return visit

    def _cut(self, _words: bytes) -> None:
        self._transport.abort()

    def _leave(self) -> None:
        if self._visit is not None:
            self._door.visitors.leave(self._visit)

    async def _introduce(self, reader: asyncio.StreamReader) -> None:
        """Hear for whom the proxy comes; one that says nothing sensible is cut off."""
        said: ProxyData | None = None
        with contextlib.suppress(TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PROXY_SECONDS):
                said = await get_proxy(reader)
        self._leave()
        if not said:
            log.warning("a relay did not say for whom it comes, as smtp.proxy_protocol demands")
            self._transport.abort()
            return
        visit = self._admitted(_peer_of(said, self._visit.peer if self._visit else ""))
        if visit is not None:
            buffer: bytearray = reader._buffer  # type: ignore[attr-defined]  # noqa: SLF001  there is no public way
            self._lead_in(visit, bytes(buffer))

    def _lead_in(self, visit: Visit, rest: bytes) -> None:
        """Begin the session; `rest` is what the client has said already."""
        session = self._door.session(visit)
        if self._door.tls is None:
            self._transport.set_protocol(cast("asyncio.Protocol", session))
            session.connection_made(self._transport)
            if rest:
                session.data_received(rest)
        else:
            self._shake_hands(session, self._door.tls, rest)
        self._transport.resume_reading()

    def _shake_hands(self, session: Guest, context: ssl.SSLContext, rest: bytes) -> None:
        loop = asyncio.get_running_loop()
        shaken: asyncio.Future[None] = loop.create_future()
        shaken.add_done_callback(partial(self._after_handshake, session))
        tls = sslproto.SSLProtocol(
            loop, cast("asyncio.Protocol", session), context, shaken, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
        )
        self._transport.set_protocol(tls)
        tls.connection_made(self._transport)
        if rest:
            memoryview(tls.get_buffer(len(rest)))[: len(rest)] = rest
            tls.buffer_updated(len(rest))

    def _after_handshake(self, session: Guest, shaken: "asyncio.Future[None]") -> None:
        """Who does not get through the handshake has no session that could say good-bye."""
        if shaken.cancelled() or shaken.exception() is not None or not session.greeted:
            self._leave()


def _peer_of(said: ProxyData, proxy: str) -> str:
    """The client's address; the proxy's own where it comes for itself (a health check) or for a local client."""
    source = said.src_addr
    if said.command == V2_CMD.LOCAL or not isinstance(source, IPv4Address | IPv6Address):
        return proxy
    return str(getattr(source, "ipv4_mapped", None) or source)


def hang_up(transport: asyncio.Transport, words: bytes) -> None:
    """Close with last words, which nobody needs to read."""
    if not transport.is_closing():
        transport.write(words)
        transport.close()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.abort)
