"""The SMTP and LMTP doors, on aiosmtpd: 250 is said after the commit of the raw letter, never before.

Owns the dialogue alone: what aiosmtpd lacks or does dangerously is replaced here (DATA in one buffer, errors that tell
nothing, caps, one LMTP reply per recipient, draining). What a letter says is nobody's business at this door.
"""

import asyncio
import errno
import ipaddress
import logging
import sqlite3
import ssl
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from sqlalchemy.exc import DBAPIError

from config.surroundings import Clock
from gateway.spool import Arrival

RECIPIENTS = 50
CONNECTIONS = 200
CONNECTIONS_PER_PEER = 20
COMMAND_SECONDS = 120
DATA_IDLE_SECONDS = 60
DATA_SECONDS = 900
# The writer answers within SQLite's busy timeout of 30 seconds, for the batch in front of this letter and its own.
COMMIT_SECONDS = 120
_CHUNK = 64 * 1024
_END = b"\r\n.\r\n"
_CALLS = {"*": 100, "MAIL": 1_000_000, "RCPT": 1_000_000, "DATA": 1_000_000, "RSET": 1_000_000, "QUIT": 10}
_LATER = "451 4.3.0 Cannot take the letter now, try again later"
_FULL = "452 4.3.1 No room for the letter now, try again later"
_CLOSING = b"421 4.3.2 Closing, try again later\r\n"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a door is told: its name, its limits and who may lean on it."""

    hostname: str
    max_message_size: int
    put: Callable[[Arrival], "Future[int]"]
    is_ours: Callable[[str], Awaitable[bool]]
    clock: Clock
    tls: ssl.SSLContext | None = None
    trusted_relays: tuple[str, ...] = ()
    connections: int = CONNECTIONS

    def trusts(self, peer: str) -> bool:
        """Whether the peer is a relay of the studio, or on this host's own socket."""
        return not peer or is_within(peer, self.trusted_relays)


def is_within(peer: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)


@dataclass(slots=True)
class Visitors:
    """Who is connected now; shared by the sessions of one process, in one event loop."""

    sessions: "set[SmtpSession]" = field(default_factory=set)
    per_peer: Counter[str] = field(default_factory=Counter)
    draining: bool = False

    def refuses(self, peer: str, rules: Rules) -> bool:
        """Whether one more connection would be too many."""
        crowded = self.per_peer[peer] >= CONNECTIONS_PER_PEER and not rules.trusts(peer)
        return self.draining or crowded or len(self.sessions) >= rules.connections

    def enter(self, session: "SmtpSession") -> None:
        """Count a session."""
        self.sessions.add(session)
        self.per_peer[session.peer] += 1

    def leave(self, session: "SmtpSession") -> None:
        """Forget a session; once is enough."""
        if session in self.sessions:
            self.sessions.discard(session)
            self.per_peer[session.peer] -= 1
            self.per_peer += Counter()


class _Answers:
    """What the doors answer at EHLO and RCPT (aiosmtpd's handler hooks)."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    async def handle_EHLO(self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:
        """Name what we can do; nobody logs in here."""
        session.host_name = hostname
        kept = [line for line in responses[1:-1] if not line.startswith("250-AUTH")]
        return [responses[0], *kept, "250-PIPELINING", "250 ENHANCEDSTATUSCODES"]

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """Take letters for our own addresses only."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not await self._rules.is_ours(address):
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"


class SmtpSession(SMTP):
    """One SMTP connection."""

    door = "smtp"
    line_length_limit = _CHUNK
    command_size_limit = 2048
    command_size_limits: dict[str, int] = defaultdict(lambda: 2048)  # noqa: RUF012  aiosmtpd's own, shared by all sessions

    def __init__(self, rules: Rules, visitors: Visitors) -> None:
        super().__init__(
            _Answers(rules),
            data_size_limit=rules.max_message_size,
            enable_SMTPUTF8=True,
            hostname=rules.hostname,
            ident="ESMTP",
            tls_context=rules.tls,
            timeout=COMMAND_SECONDS,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=_CALLS,
            loop=asyncio.get_running_loop(),
        )
        self.peer = ""
        self._rules = rules
        self._visitors = visitors
        self._turned_away = False
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or turn him away before anything is spent on him."""
        if self._original_transport is None:
            peername = transport.get_extra_info("peername")
            self.peer = peername[0] if isinstance(peername, tuple) else ""
            self._turned_away = self._visitors.refuses(self.peer, self._rules)
            if self._turned_away:
                _hang_up(transport, b"421 4.7.0 Too many connections, try again later\r\n")
                return
            self._visitors.enter(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        if not self._turned_away:
            self._visitors.leave(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The client will say no more."""
        return None if self._turned_away else super().eof_received()

    async def handle_exception(self, error: Exception) -> str:
        """Tell the client to come again, and nothing else; tell the log everything."""
        log.error("%s session with %s broke", self.door, self.peer or "a local client", exc_info=error)
        return _LATER

    async def smtp_VRFY(self, _arg: str) -> None:
        """Say nothing about who exists."""
        await self.push("252 2.5.2 Cannot verify, send the letter")

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        """Read a letter, put it, and answer after the commit."""
        if await self._not_ready(arg):
            return
        self._busy = True
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            content = await self._content()
            recipients = len(self._envelope().rcpt_tos)
            await self._answer("552 5.3.4 The letter is too big" if content is None else await self._put(content), recipients)
        finally:
            self._busy = False
            self.envelope = self._create_envelope()
        if self._visitors.draining:
            self.close()

    async def _not_ready(self, arg: str) -> bool:
        if await self.check_helo_needed():
            return True
        if not self._envelope().rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return True
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
        return bool(arg)

    def _envelope(self) -> Envelope:
        if self.envelope is None:
            message = "no envelope before the greeting"
            raise RuntimeError(message)
        return self.envelope

    async def _answer(self, status: str, _recipients: int) -> None:
        await self.push(status)

    async def _content(self) -> bytes | None:
        """The letter up to the lone dot, which alone ends it; None where it is too big (the rest is read and thrown away)."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DATA_SECONDS
        kept = bytearray(b"\r\n")
        oversize = False
        searched = 0
        while (end := kept.find(_END, searched)) < 0:
            searched = max(0, len(kept) - len(_END) + 1)
            oversize = oversize or len(kept) > self._rules.max_message_size + len(_END)
            if oversize:
                del kept[:searched]
                searched = 0
            self._reset_timeout(max(0.001, min(DATA_IDLE_SECONDS, deadline - loop.time())))
            kept += await self._chunk()
        self._push_back(bytes(kept[end + len(_END) :]))
        del kept[end + 2 :]
        self._reset_timeout(COMMIT_SECONDS)
        return None if oversize or len(kept) - 2 > self._rules.max_message_size else _without_stuffing(kept)

    async def _chunk(self) -> bytes:
        chunk: bytes = await self._reader.read(_CHUNK)
        if not chunk:
            raise ConnectionResetError
        # A read that need not wait does not yield: other clients get their turn here.
        await asyncio.sleep(0)
        return chunk

    def _push_back(self, rest: bytes) -> None:
        """Give what a pipelining client sent behind its letter back to the reader."""
        if rest:
            buffer: bytearray = self._reader._buffer  # type: ignore[attr-defined]  # noqa: SLF001  there is no public way
            buffer[:0] = rest

    async def _put(self, content: bytes) -> str:
        envelope = self._envelope()
        sender = envelope.mail_from or ""
        arrival = Arrival(
            door=self.door,
            raw=content,
            received_at=self._rules.clock(),
            envelope_from="" if sender == "<>" else sender,
            envelope_to=tuple(envelope.rcpt_tos),
            peer=self.peer,
        )
        del content
        try:
            spool_id = await asyncio.wrap_future(self._rules.put(arrival))
        except Exception as error:  # noqa: BLE001  the door: nothing was committed, so the client keeps the letter, whatever it was
            return _FULL if _is_full(error) else _LATER
        return f"250 2.0.0 OK, kept as {spool_id}"

    def drain(self) -> None:
        """Close now, or after the letter that is on its way."""
        if not self._busy:
            self.close()

    def close(self) -> None:
        """Say that we are closing, and close."""
        if self.transport is not None and not self.transport.is_closing():
            _hang_up(self.transport, _CLOSING)


class LmtpSession(SmtpSession, LMTP):
    """One LMTP connection (RFC 2033): after DATA, one reply for each recipient."""

    door = "lmtp"

    async def _answer(self, status: str, recipients: int) -> None:
        for _ in range(recipients):
            await self.push(status)


def _hang_up(transport: Any, words: bytes) -> None:  # noqa: ANN401  asyncio types it as a base without write()
    transport.write(words)
    transport.close()


def _without_stuffing(kept: bytearray) -> bytes:
    """The content behind the leading line end, each line's first dot off (RFC 5321 §4.5.2)."""
    if b"\r\n." in kept:
        kept = kept.replace(b"\r\n.", b"\r\n")
    with memoryview(kept) as view:
        return bytes(view[2:])


def _is_full(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", "") == "53100"
    return isinstance(error, OSError) and error.errno == errno.ENOSPC
