"""The line to an IMAP server: what it says in answer to one command is bounded, however much it announces.

imaplib reads what a server announces to read; here a literal is taken as it comes, and a server that says more than an
honest one could is hung up on. The buffer is our own: only so can one tell whether something was said already.
"""

import imaplib
import select
import socket
import ssl
from typing import Any

CONNECT_SECONDS = 20.0
# A dead link is known by its silence: a server that was asked has so long for its next bytes.
READ_SECONDS = 25.0
_CHUNK = 64 * 1024
_LONGEST_LINE = 1_000_000
# Every line becomes several objects: very many short ones are as bad as a few long ones.
_MOST_LINES = 50_000


class Line(imaplib.IMAP4):
    """A connection; `longest` bounds the bytes between two commands of ours."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, longest: int) -> None:
        """`tls` for a connection that is encrypted from its first byte."""
        self._tls = tls
        self._longest = self._left = longest
        self._lines = 0
        self._heard = bytearray()
        super().__init__(host, port, timeout=CONNECT_SECONDS)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout)
        return self._tls.wrap_socket(plain, server_hostname=self.host) if self._tls else plain

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[Any, Any]:
        """Encrypt; what was said after the consent and before TLS was slipped in by somebody (RFC 9051 §11.3)."""
        typ, data = self._simple_command("STARTTLS")
        if typ != "OK" or self._heard:
            message = "the server would not encrypt" if typ != "OK" else "somebody speaks before TLS does: the line is not trusted"
            raise self.abort(message)
        self.sock = (ssl_context or ssl.create_default_context()).wrap_socket(self.sock, server_hostname=self.host)
        self._get_capabilities()
        return typ, data

    def send(self, data: Any) -> None:  # noqa: ANN401  whatever a socket takes
        """A command of ours: the server may answer."""
        self._left = self._longest
        self._lines = 0
        super().send(data)

    def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        if size > self._left:
            message = f"the server announces {size} bytes, too many for one answer"
            raise self.abort(message)
        while len(self._heard) < size:
            self._hear()
        return self._cut(size)

    def readline(self) -> bytes:
        """A line with its end; empty where the line is dead."""
        self._lines += 1
        if self._lines > _MOST_LINES:
            message = f"the server says more than {_MOST_LINES} lines at once"
            raise self.abort(message)
        looked = 0
        while (end := self._heard.find(b"\n", looked)) < 0:
            looked = len(self._heard)
            if looked > _LONGEST_LINE:
                message = f"the server says a line of more than {_LONGEST_LINE} bytes"
                raise self.abort(message)
            self._hear()
        return self._cut(end + 1)

    def told(self, seconds: float) -> bool:
        """Whether the server says something within that time, or hangs up."""
        if self._heard or getattr(self.sock, "pending", int)():
            return True
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def idle_begins(self) -> bool:
        """Ask for news (RFC 2177); false where the server had some before it would listen."""
        tag = self._command("IDLE")
        quiet = True
        while self._get_response() is not None:
            if self.tagged_commands.get(tag):
                message = f"the server refuses IDLE: {self.tagged_commands[tag]}"
                raise self.error(message)
            quiet = False
        self._idle_tag = tag
        return quiet

    def idle_ends(self) -> None:
        """End it; a line that died meanwhile is found here, for the server must answer."""
        self.send(b"DONE\r\n")
        typ, data = self._get_tagged_response(self._idle_tag)
        if typ != "OK":
            message = f"IDLE failed: {data}"
            raise self.error(message)

    def has_news(self) -> bool:
        """Whether the server spoke of new letters since this was last asked; what else it said unasked is forgotten."""
        news = "EXISTS" in self.untagged_responses
        self.untagged_responses.clear()
        return news

    def _hear(self) -> None:
        said = self.sock.recv(_CHUNK)
        if not said:
            message = "the server hung up"
            raise self.abort(message)
        self._left -= len(said)
        if self._left < 0:
            message = f"the server says more than {self._longest} bytes at once"
            raise self.abort(message)
        self._heard += said

    def _cut(self, size: int) -> bytes:
        cut = bytes(memoryview(self._heard)[:size])
        del self._heard[:size]
        return cut
