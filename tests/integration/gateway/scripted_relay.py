"""A real SMTP relay on loopback that says, or cuts, what a script tells it at every state of the conversation."""

import re
import socket
import socketserver
import ssl
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CUT = "cut"
# In the order they come; «part»: in the middle of the content; «dot»: after the final dot, the letter being taken.
STATES = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "part", "dot", "QUIT")
_POLITE = {"connect": "220 relay.example", "RSET": "250 fresh", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "QUIT": "221 bye"}
_MESSAGE_ID = re.compile(rb"^Message-ID: <([^>]+)>", re.MULTILINE)


class Cut(Exception):
    """The conversation ends here."""


@dataclass
class ScriptedRelay:
    """What a relay does and what it saw. `scripts`: what the next conversations say at a state instead of the polite word.

    `judge` gives the answer to RCPT by recipient; `tls`: starttls or implicit, with `context`.
    """

    port: int = 0
    scripts: deque[Mapping[str, str]] = field(default_factory=deque)
    extensions: tuple[str, ...] = ()
    judge: Callable[[str], str] = lambda _recipient: "250 ok"
    tls: str = "none"
    context: ssl.SSLContext | None = None
    conversations: list[list[str]] = field(default_factory=list)
    letters: list[tuple[str, str, bytes]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The Message-IDs of what was taken, in order."""
        return [found[1].decode() if (found := _MESSAGE_ID.search(content)) else "" for _, _, content in self.letters]

    @property
    def copies(self) -> Counter[str]:
        """How often each letter was taken."""
        return Counter(self.names)


class _Conversation(socketserver.StreamRequestHandler):
    """One client."""

    timeout = 20
    relay: ScriptedRelay
    request: socket.socket

    def handle(self) -> None:
        self.script = dict(self.relay.scripts.popleft()) if self.relay.scripts else {}
        self.heard: list[str] = []
        self.relay.conversations.append(self.heard)
        with suppress(Cut, OSError):
            if self.relay.tls == "implicit":
                self._encrypt()
            self._say("connect")
            while self._answer():
                pass

    def _encrypt(self) -> None:
        assert self.relay.context is not None
        self.request = self.relay.context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)  # type: ignore[assignment]

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()
            self.request.close()

    def _say(self, state: str, words: str = "") -> bool:
        """Say what the script has for the state, once, else the words; true where it was polite."""
        told = self.script.pop(state, "")
        if told == CUT:
            raise Cut
        self.wfile.write((told or words or _POLITE[state]).encode() + b"\r\n")
        if told.startswith("421"):
            raise Cut
        return not told

    def _answer(self) -> bool:
        line = self.rfile.readline().decode(errors="replace").rstrip("\r\n")
        verb = line[:4].upper()
        self.heard.append(verb)
        if not line:
            return False
        match verb:
            case "EHLO":
                offers = [*self.relay.extensions, *(["STARTTLS"] if self.relay.tls == "starttls" else [])]
                self._say("EHLO", "\r\n".join([*(f"250-{offer}" for offer in ("relay.example", *offers)), "250 HELP"]))
            case "STAR":
                self.wfile.write(b"220 go on\r\n")
                self._encrypt()
            case "AUTH":
                self.wfile.write(b"535 5.7.8 wrong password\r\n")
            case "MAIL":
                self.sender = line
                self._say("MAIL")
            case "RCPT":
                self.recipient = line.partition("<")[2].partition(">")[0]
                self._say("RCPT", self.relay.judge(self.recipient))
            case "DATA":
                if self._say("DATA"):
                    self._take()
            case _:
                self._say(verb)
        return verb != "QUIT"

    def _take(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line or self.script.get("part") == CUT:
                raise Cut
            lines.append(line[1:] if line.startswith(b".") else line)
        told = self.script.get("dot", "")
        if told == CUT or not told or not told[:1].isdigit():
            self.relay.letters.append((self.sender, self.recipient, b"".join(lines)))
        self._say("dot", "250 2.0.0 queued")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def scripted(relay: ScriptedRelay | None = None) -> Iterator[ScriptedRelay]:
    """A relay on a port of its own, or on that which it has."""
    made = relay or ScriptedRelay()
    handler = type("Conversation", (_Conversation,), {"relay": made})
    with _Server(("127.0.0.1", made.port), handler) as server:
        made.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
