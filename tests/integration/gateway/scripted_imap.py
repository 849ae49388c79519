"""An IMAP server of a few lines that tells the truth, but for one connection after another that goes as a script says."""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

# What the server says in place of the truth; None where it says the truth. It gets the command's words and the true answer.
Lie = Callable[[bytes, bytes], bytes | None]
# Says nothing more, and hangs up.
HANG_UP = b"\0hang up"
# Says nothing more, and does not hang up.
SILENCE = b"\0silence"


@dataclass
class Server:
    """One folder with letters by UID."""

    letters: dict[int, bytes]
    lies: list[Lie] = field(default_factory=list)
    port: int = 0
    commands: list[bytes] = field(default_factory=list)
    capabilities: bytes = b"IMAP4rev1 UIDPLUS MOVE"

    def serve(self, connection: socket.socket) -> None:
        lie = self.lies.pop(0) if self.lies else None
        self._say(connection, lie, b"GREETING", b"* OK ready\r\n")
        for line in connection.makefile("rb"):
            tag, _, command = line.strip().partition(b" ")
            self.commands.append(command)
            truth = self._answer(command) + tag + b" OK done\r\n"
            self._say(connection, lie, command, truth, tag)
            if command == b"LOGOUT":
                return

    def _say(self, connection: socket.socket, lie: Lie | None, command: bytes, truth: bytes, tag: bytes = b"") -> None:
        told = lie(command, truth) if lie else None
        said = truth if told is None else told.replace(b"%tag", tag)
        for ending in (HANG_UP, SILENCE):
            if said.endswith(ending):
                connection.sendall(said.removesuffix(ending))
                if ending is SILENCE:
                    while connection.recv(1024):
                        pass
                raise ConnectionError
        connection.sendall(said)

    def _answer(self, command: bytes) -> bytes:
        words = command.split()
        match words[0].upper(), words[1:2]:
            case b"CAPABILITY", _:
                return b"* CAPABILITY " + self.capabilities + b"\r\n"
            case b"LIST", _:
                return b'* LIST () "/" INBOX\r\n'
            case b"SELECT", _:
                return b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT %d] ok\r\n" % (len(self.letters), max(self.letters) + 1)
            case b"UID", [b"SEARCH"]:
                first = int(words[3].split(b":")[0])
                return b"* SEARCH" + b"".join(b" %d" % uid for uid in self.letters if uid >= first) + b"\r\n"
            case b"UID", [b"FETCH"]:
                return b"".join(self._fetch(uid, command) for uid in _uids(words[2]) if uid in self.letters)
        return b""

    def _fetch(self, uid: int, command: bytes) -> bytes:
        number, raw = list(self.letters).index(uid) + 1, self.letters[uid]
        if b"RFC822.SIZE" in command:
            return b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, uid, len(raw))
        if b"HEADER" in command:
            head = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            return b"* %d FETCH (UID %d BODY[HEADER]<0> {%d}\r\n%b)\r\n" % (number, uid, len(head), head)
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (number, uid, len(raw), raw)


def _uids(spelled: bytes) -> Sequence[int]:
    ends = (tuple(map(int, re.findall(rb"\d+", word))) for word in spelled.split(b","))
    return [uid for pair in ends for uid in range(pair[0], pair[-1] + 1)]


@contextmanager
def scripted(letters: dict[int, bytes], *lies: Lie) -> Iterator[Server]:
    """The first connections lie, one lie each; those after them do not."""
    server = Server(letters, list(lies))
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]

    def attend(connection: socket.socket) -> None:
        with closing(connection), suppress(OSError, ValueError):
            server.serve(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(30)
                threading.Thread(target=attend, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
