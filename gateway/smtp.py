"""The SMTP and LMTP doors, on aiosmtpd: 250 is said after the commit of the raw letter, never before.

Owns the dialogue alone: what aiosmtpd lacks or does dangerously is replaced here (DATA in one buffer, errors that tell
nothing, caps on what a client may try, one LMTP reply per recipient, draining). What a letter says is nobody's business at
this door; who may come at all is `gateway.peers`'.
"""

import asyncio
import errno
import logging
import sqlite3
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import AnyStr, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session, TLSSetupException, syntax
from sqlalchemy.exc import DBAPIError

from config.surroundings import Clock
from gateway import trace
from gateway.content import Content
from gateway.doorkeeper import hang_up
from gateway.peers import CLOSING, Caps, Visit, Visitors, is_within
from gateway.spool import Arrival

# The writer answers within SQLite's busy timeout of 30 seconds, for the batch in front of this letter and its own.
COMMIT_SECONDS = 120
# Unfinished letters in memory, in largest letters; where there are more, those beyond a megabyte come later.
LARGEST_AT_ONCE = 3
_SMALL = 1024 * 1024
_CHUNK = 64 * 1024
_LONGEST_COMMAND = 2048
# What brings no letter nearer.
_JUNK = ("NOOP", "RSET", "VRFY", "EXPN", "HELP", "AUTH", "HELO", "EHLO", "LHLO")
_LATER = "451 4.3.0 Cannot take the letter now, try again later"
_FULL = "452 4.3.1 No room for the letter now, try again later"
_TOO_BIG = "552 5.3.4 The letter is too big"
_TOO_SLOW = b"421 4.4.2 Waited too long for a letter\r\n"
_TOO_MANY_ERRORS = b"421 4.7.0 Too many errors\r\n"
_TOO_MUCH_JUNK = b"421 4.7.0 Too many commands without a letter\r\n"
_TOO_MANY_RECIPIENTS = b"421 4.7.0 Too many recipients\r\n"

log = logging.getLogger(__name__)


def _no_pressure() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a door is told: its name, its limits and who may lean on it.

    `pressure` says why there is no room for letters now, empty where there is. `proxied`: relays say first for whom they come.
    """

    hostname: str
    max_message_size: int
    put: Callable[[Arrival], "Future[int]"]
    is_ours: Callable[[str], Awaitable[bool]]
    clock: Clock
    tls: ssl.SSLContext | None = None
    trusted_relays: tuple[str, ...] = ()
    caps: Caps = field(default_factory=Caps)
    pressure: Callable[[], str] = _no_pressure
    proxied: bool = False

    def trusts(self, peer: str) -> bool:
        """Whether the peer is a relay of the studio, or on this host's own socket."""
        return not peer or is_within(peer, self.trusted_relays)


class _Answers:
    """What the doors answer at the greeting, MAIL and RCPT (aiosmtpd's handler hooks)."""

    def __init__(self, rules: Rules, visitors: Visitors, visit: Visit) -> None:
        self._rules = rules
        self._visitors = visitors
        self._visit = visit
        self._surplus = 0

    async def handle_HELO(self, server: "SmtpSession", session: Session, _envelope: Envelope, hostname: str) -> str:
        """Say who we are."""
        session.host_name = hostname
        server.go_on()
        return f"250 {self._rules.hostname}"

    async def handle_EHLO(
        self, server: "SmtpSession", session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Name what we can do; nobody logs in here."""
        session.host_name = hostname
        server.go_on()
        kept = [line for line in responses[1:-1] if not line.startswith("250-AUTH")]
        return [responses[0], *kept, "250-PIPELINING", "250 ENHANCEDSTATUSCODES"]

    async def handle_MAIL(self, server: "SmtpSession", _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """Begin a letter, where there is room for one."""
        if self._rules.pressure():
            return _FULL
        if not self._visitors.may_bring(self._visit):
            return "450 4.7.1 Too many letters in a minute, try again later"
        self._surplus = 0
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        server.go_on()
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server: "SmtpSession", _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """Take letters for our own addresses only."""
        if len(envelope.rcpt_tos) >= self._rules.caps.recipients:
            return self._too_many_recipients(server)
        if not await self._rules.is_ours(address):
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        server.go_on()
        return "250 2.1.5 OK"

    def _too_many_recipients(self, server: "SmtpSession") -> str:
        """The others come in another letter (RFC 5321 §4.5.3.1.10); who goes on and on is no mail server."""
        self._surplus += 1
        if self._surplus > self._rules.caps.surplus_recipients:
            server.turn_out(_TOO_MANY_RECIPIENTS)
        return "452 4.5.3 Too many recipients"


class SmtpSession(SMTP):
    """One SMTP connection."""

    door = "smtp"
    line_length_limit = _CHUNK
    command_size_limit = _LONGEST_COMMAND

    def __init__(self, rules: Rules, visitors: Visitors, visit: Visit, *, in_tls: bool = False) -> None:
        """`in_tls`: the port speaks nothing else."""
        # aiosmtpd would share these among all sessions, and lets every greeting add to them.
        self.command_size_limits: dict[str, int] = defaultdict(lambda: _LONGEST_COMMAND)
        super().__init__(
            _Answers(rules, visitors, visit),
            data_size_limit=rules.max_message_size,
            enable_SMTPUTF8=True,
            hostname=rules.hostname,
            ident="LMTP" if self.door == "lmtp" else "ESMTP",
            tls_context=None if in_tls else rules.tls,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=asyncio.get_running_loop(),
        )
        self._smtp_methods |= {name: partial(self._junk, self._smtp_methods[name]) for name in _JUNK if name in self._smtp_methods}
        self.greeted = False
        self._rules = rules
        self._caps = rules.caps
        self._visitors = visitors
        self._visit = visit
        self._in_tls = in_tls
        self._lost = False
        self._errors = self._pointless = 0
        self._ends_at = self.loop.time() + self._caps.session_seconds

    def __dir__(self) -> Iterable[str]:
        """What aiosmtpd looks for in every new session: among all names it would take longer than the rest of the beginning."""
        return _COMMANDS.get(type(self)) or super().__dir__()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; once more after STARTTLS."""
        self.greeted = True
        self._visit.close = self.turn_out
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """The client is gone; where TLS broke, aiosmtpd says it twice."""
        self._visitors.leave(self._visit)
        if not self._lost:
            self._lost = True
            # Nobody would ask for the error; asyncio complains of those that nobody asked for.
            super().connection_lost(None)

    def turn_out(self, words: bytes) -> None:
        """Say why, and close. The visit ends at once: a connection that breaks in its handshake never says that it is lost."""
        self._visitors.leave(self._visit)
        if self.transport is not None:
            hang_up(cast("asyncio.Transport", self.transport), words)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def go_on(self) -> None:
        """Something came that brings a letter nearer: the client has time for the next."""
        self._visit.useful()
        self._reset_timeout(max(0.001, min(self._caps.command_seconds, self._ends_at - self.loop.time())))

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Aiosmtpd gives time for every command; here a client that only keeps talking gets none."""
        if duration is not None or self._timeout_handle is None:
            super()._reset_timeout(duration or self._caps.command_seconds)

    def _timeout_cb(self) -> None:
        self.turn_out(_TOO_SLOW)

    async def push(self, status: AnyStr) -> None:
        """Answer; who makes nothing but errors is turned out."""
        await super().push(status)
        if status[:1] in ("5", b"5"):
            self._errors += 1
            if self._errors >= (self._caps.relay_errors if self._visit.is_relay else self._caps.errors):
                self.turn_out(_TOO_MANY_ERRORS)

    async def _junk(self, method: Callable[[str], Awaitable[None]], arg: str) -> None:
        self._pointless += 1
        if self._pointless > self._caps.junk:
            self.turn_out(_TOO_MUCH_JUNK)
        else:
            await method(arg)

    async def handle_exception(self, error: Exception) -> str:
        """Tell the client to come again, and nothing else; tell the log everything."""
        who = self._visit.peer or "a local client"
        if isinstance(error, TLSSetupException):
            log.info("%s broke off in the handshake of TLS", who)
        else:
            log.error("%s session with %s broke", self.door, who, exc_info=error)
        return _LATER

    async def smtp_VRFY(self, _arg: str) -> None:
        """Say nothing about who exists."""
        await self.push("252 2.5.2 Cannot verify, send the letter")

    async def smtp_AUTH(self, _arg: str) -> None:
        """Nobody has a password here."""
        await self.push("502 5.5.1 Nobody logs in here")

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str) -> None:
        """Go on in TLS; aiosmtpd throws away what was said before the handshake (RFC 3207 §4.2)."""
        if self._tls_protocol is not None:
            await self.push("503 5.5.1 We speak TLS already")
            return
        await super().smtp_STARTTLS(arg)
        if self._broke_in_handshake():
            self.connection_lost(None)

    def _broke_in_handshake(self) -> bool:
        return self._tls_protocol is not None and (self.session is None or self.session.ssl is None)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        """Read a letter, put it, and answer after the commit."""
        if await self._not_ready(arg):
            return
        self._visit.busy = True
        try:
            recipients = len(self._envelope().rcpt_tos)
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._answer(await self._taken(), recipients)
        finally:
            self._visit.busy = False
            self._visit.useful()
            self.envelope = self._create_envelope()
        self.go_on()
        if self._visitors.draining:
            self.turn_out(CLOSING)

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

    async def _taken(self) -> str:
        """A letter to its end; what the client is told."""
        content = Content(self._trace(), self._rules.max_message_size)
        held = _Held(self._visitors, LARGEST_AT_ONCE * self._rules.max_message_size)
        try:
            await self._read(content, held)
            # What a pipelining client sent behind its letter goes back to the reader.
            buffer: bytearray = self._reader._buffer  # type: ignore[attr-defined]  # noqa: SLF001  there is no public way
            buffer[:0] = content.rest()
            letter = content.letter()
            if letter is None:
                return _FULL if held.too_much else _TOO_BIG
            self._reset_timeout(COMMIT_SECONDS)
            self._visit.keep()
            return await self._put(letter)
        finally:
            held.count(0)

    async def _read(self, content: Content, held: "_Held") -> None:
        """Read up to the lone dot, as long as the client keeps sending."""
        began = self.loop.time()
        ended = False
        while not ended:
            elapsed = self.loop.time() - began
            if content.received >= self._caps.bytes_per_second * elapsed:
                self._visit.useful()
            self._reset_timeout(max(0.001, self._caps.patience(content.received, elapsed)))
            ended = content.add(await self._chunk())
            if not held.count(content.held) and not ended:
                content.drop()

    async def _chunk(self) -> bytes:
        chunk: bytes = await self._reader.read(_CHUNK)
        if not chunk:
            raise ConnectionResetError
        # A read that need not wait does not yield: other clients get their turn here.
        await asyncio.sleep(0)
        return chunk

    def _trace(self) -> bytes:
        envelope, session = self._envelope(), self.session
        how = trace.protocol(
            door=self.door,
            extended=session is not None and bool(session.extended_smtp),
            tls=self._in_tls or self._tls_protocol is not None,
            utf8=bool(envelope.smtp_utf8),
        )
        helo = str(session.host_name) if session is not None else ""
        sender, recipients = _address(envelope.mail_from), tuple(envelope.rcpt_tos)
        return trace.of(trace.Handover(helo, self._visit.peer, self._rules.hostname, how, sender, recipients, self._rules.clock()))

    async def _put(self, letter: bytes) -> str:
        if self._rules.pressure():
            return _FULL
        envelope = self._envelope()
        arrival = Arrival(
            door=self.door,
            raw=letter,
            received_at=self._rules.clock(),
            envelope_from=_address(envelope.mail_from),
            envelope_to=tuple(envelope.rcpt_tos),
            peer=self._visit.peer,
        )
        del letter
        try:
            spool_id = await asyncio.wrap_future(self._rules.put(arrival))
        except Exception as error:  # noqa: BLE001  the door: nothing was committed, so the client keeps the letter, whatever it was
            return _FULL if _is_full(error) else _LATER
        self._errors = self._pointless = 0
        self._ends_at = self.loop.time() + self._caps.session_seconds
        return f"250 2.0.0 OK, kept as {spool_id}"


class LmtpSession(SmtpSession, LMTP):
    """One LMTP connection (RFC 2033): after DATA, one reply for each recipient."""

    door = "lmtp"

    async def _answer(self, status: str, recipients: int) -> None:
        await self.push("\r\n".join([status] * recipients))


_COMMANDS = {kind: tuple(name for name in dir(kind) if name.startswith("smtp_")) for kind in (SmtpSession, LmtpSession)}


class _Held:
    """How much of the memory for unfinished letters one letter takes."""

    def __init__(self, visitors: Visitors, most: int) -> None:
        self._visitors = visitors
        self._most = most
        self._mine = 0
        self.too_much = False

    def count(self, size: int) -> bool:
        """The letter has this size now; whether there is room for it."""
        self._visitors.held += size - self._mine
        self._mine = size
        self.too_much = self.too_much or (size > _SMALL and self._visitors.held > self._most)
        return not self.too_much


def _address(written: str | None) -> str:
    return "" if written in (None, "<>") else str(written)


def _is_full(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", "") == "53100"
    return isinstance(error, OSError) and error.errno == errno.ENOSPC
