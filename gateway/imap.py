r"""The IMAP door: one mailbox, one thread; the only file that knows imapclient.

How a server is reached and spoken to; what is taken of a mailbox and remembered is `gateway.mailbox`'s.
"""

import contextlib
import logging
import math
import random
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError, LoginError
from sqlalchemy import Engine

from config.logs import say, warn
from config.settings import Imap
from config.surroundings import Clock
from gateway import mailbox_line, mailbox_stand_ins
from gateway.faults import one_line
from gateway.loops import Loop
from gateway.mailbox import Emptying, Put
from gateway.mailbox_line import Line
from gateway.oauth import NoToken, Tokens
from gateway.spool import BATCH_BYTES

TAKEN = b"$Deskpost"
# A dead connection is silent in IDLE: every five minutes it has to prove that it lives.
IDLE_SECONDS = 290.0
POLL_SECONDS = 60.0
_LOOK_SECONDS = 0.5
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
# Who knocks with a wrong password every second is locked out.
_PAUSE_AFTER_REFUSAL = 60.0
_PARTING_SECONDS = 2.0
# A search answers in one line, and a line may be a megabyte long.
_WINDOW = 50_000
_ROUNDS = 3
# Beside the letters themselves: what else an honest server says in answer to one command.
_CHATTER = 16 * 1024 * 1024
# Folders that hold what people here write, sent or not (RFC 6154).
_NOT_INCOMING = frozenset({b"\\sent", b"\\drafts", b"\\all"})

log = logging.getLogger(__name__)


class Unusable(Exception):
    """The mailbox cannot be read as it is configured; the message says what to mend."""


class Fetcher:
    """Attends one mailbox; a lost connection is made anew, after longer and longer pauses."""

    def __init__(self, mailbox: Imap, engine: Engine, put: Put, clock: Clock) -> None:
        """`put` hands a letter to the spool; its future is the commit."""
        self._mailbox = mailbox
        self._emptying = Emptying(mailbox, engine, put, clock)
        self._tokens = Tokens(mailbox.oauth) if mailbox.oauth else None
        self._pause = _FIRST_PAUSE
        self._since = math.inf

    def step(self, loop: Loop) -> bool:
        """One connection from its log-in to its end, whatever the server does."""
        self._since = math.inf
        try:
            with _opened(self._mailbox, self._tokens) as folder:
                self._since = time.monotonic()
                say(log, "imap attends", mailbox=self._emptying.name)
                self._attend(folder, loop)
        except Exception as error:  # noqa: BLE001  this is a door: a server may say anything, and the spool may be shut
            self._rest(error, loop)
        return True

    def _attend(self, folder: "ImapFolder", loop: Loop) -> None:
        """Take what is new, wait for more, until the loop ends."""
        while not loop.ending():
            self._take_all(folder, loop)
            if not loop.ending():
                folder.wait(loop)

    def _take_all(self, folder: "ImapFolder", loop: Loop) -> None:
        """Until nothing is new. What the server tells before it is asked to tell it does not tell again."""
        quiet = 0
        while quiet < _ROUNDS and not loop.ending():
            folder.has_news()
            if self._emptying.take_new(folder, loop.ending):
                quiet = 0
            elif folder.has_news():
                quiet += 1
            else:
                return

    def _rest(self, error: Exception, loop: Loop) -> None:
        """Say what is wrong and leave the server in peace; the longer, the shorter it served us."""
        if isinstance(error, LoginError) and self._tokens:
            self._tokens.forget()
        if time.monotonic() - self._since > self._pause:
            self._pause = _FIRST_PAUSE
        if isinstance(error, LoginError | NoToken | Unusable | ssl.SSLCertVerificationError):
            self._pause = max(self._pause, _PAUSE_AFTER_REFUSAL)
        # Servers that come back must not meet all their clients in one second.
        pause = self._pause * random.uniform(0.5, 1)  # noqa: S311  no secret
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        warn(log, "imap lost", mailbox=self._emptying.name, error=_told(error, self._mailbox), again_in=round(pause, 1))
        loop.pause(pause)


def _told(error: Exception, mailbox: Imap) -> str:
    """An error as something that the operator can mend."""
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"the certificate of {mailbox.host} is not accepted: {error.verify_message}; where it is the studio's own, "
                "name its issuer's file in the environment as SSL_CERT_FILE"
            )
        case ssl.SSLError() if error.reason == "WRONG_VERSION_NUMBER":
            return f'{mailbox.host}:{mailbox.port} does not begin with TLS: see port, or set tls = "starttls"'
        case LoginError():
            return f"the server refuses the login of {mailbox.user}: {one_line(error)}"
        case NoToken() | Unusable():
            return str(error)
    return one_line(error)


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient ships no types
    """imapclient over a line that is bounded."""

    def __init__(self, mailbox: Imap) -> None:
        """Connect."""
        self.context = ssl.create_default_context()
        self._longest = max(BATCH_BYTES, mailbox.max_message_size) + _CHATTER
        timeout = SocketTimeout(connect=mailbox_line.CONNECT_SECONDS, read=mailbox_line.READ_SECONDS)
        super().__init__(mailbox.host, mailbox.port, ssl=mailbox.tls == "implicit", ssl_context=self.context, timeout=timeout)

    def _create_IMAP4(self) -> Line:  # noqa: N802  imapclient's name
        return Line(self.host, self.port, self.context if self.ssl else None, self._longest)

    @property
    def line(self) -> Line:
        """The line itself."""
        line: Line = self._imap
        return line


@contextmanager
def _opened(mailbox: Imap, tokens: Tokens | None) -> Iterator["ImapFolder"]:
    """The mailbox's folder over a connection that is encrypted and logged in as configured."""
    client = _Client(mailbox)
    try:
        if mailbox.tls == "starttls":
            _encrypt(client)
        _log_in(client, mailbox, tokens)
        yield ImapFolder(client, mailbox)
        client.socket().settimeout(_PARTING_SECONDS)
        with contextlib.suppress(IMAPClientError, OSError, ValueError):
            client.logout()
    finally:
        with contextlib.suppress(OSError):
            client.shutdown()


def _encrypt(client: _Client) -> None:
    if not client.has_capability("STARTTLS"):
        message = "the server offers no STARTTLS, and unencrypted the password is not sent: see [[imap]] tls and port"
        raise Unusable(message)
    client.starttls(client.context)


def _log_in(client: _Client, mailbox: Imap, tokens: Tokens | None) -> None:
    """By token or by password. LOGIN takes printable ASCII alone, AUTHENTICATE PLAIN every character (RFC 4616)."""
    words = mailbox.user + mailbox.password
    if tokens:
        client.oauth2_login(mailbox.user, tokens.token())
    elif words.isascii() and words.isprintable():
        client.login(mailbox.user, mailbox.password)
    else:
        client.plain_login(mailbox.user, mailbox.password)


class ImapFolder:
    """The mailbox's folder, selected."""

    def __init__(self, client: _Client, mailbox: Imap) -> None:
        """`client` is logged in. Unusable where the folder is not for incoming mail."""
        self._client = client
        self._target = mailbox.processed_folder
        self._name = f"{mailbox.user}@{mailbox.host}:{mailbox.port}/{mailbox.folder}"
        _check_purpose(client, mailbox.folder)
        chosen = self._select(mailbox.folder)
        self.validity: int = chosen.get(b"UIDVALIDITY", 0)
        self._next: int = chosen.get(b"UIDNEXT", 0)
        if self.validity <= 0:
            message = f"the server numbers the letters of {mailbox.folder} in no way that lasts (UIDVALIDITY)"
            raise Unusable(message)
        self._flag = _permitted(chosen.get(b"PERMANENTFLAGS"))

    def _select(self, folder: str) -> Mapping[bytes, Any]:
        """Open the folder; where we may only read it, nothing is marked and the watermark alone knows what was taken."""
        self._writable = True
        try:
            chosen: Mapping[bytes, Any] = self._client.select_folder(folder)
        except IMAPClientReadOnlyError:
            self._writable = False
            warn(log, "imap may only read", mailbox=self._name)
            chosen = self._client.select_folder(folder, readonly=True)
        return chosen

    def uids(self, after: int) -> Iterator[list[int]]:
        """The UIDs above one, ascending, in portions that a server can tell in one line."""
        first = after + 1
        while first + _WINDOW < self._next:
            yield self._search(first, str(first + _WINDOW - 1))
            first += _WINDOW
        yield self._search(first, "*")

    def _search(self, first: int, last: str) -> list[int]:
        # «n:*» names the last letter even where its UID is below n (RFC 3501 §6.4.8).
        return sorted({uid for uid in self._client.search(["UID", f"{first}:{last}"]) if uid >= first})

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """What the server says of the letters' sizes."""
        fetched = self._client.fetch(uids, ["RFC822.SIZE"])
        return {uid: size for uid, values in fetched.items() if isinstance(size := values.get(b"RFC822.SIZE"), int)}

    def letters(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Letters whole."""
        fetched = self._client.fetch(uids, ["BODY.PEEK[]"])
        return {uid: raw for uid, values in fetched.items() if isinstance(raw := values.get(b"BODY[]"), bytes)}

    def beginning(self, uid: int) -> bytes:
        """A letter's header block, or its beginning."""
        fetched = self._client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{mailbox_stand_ins.HEADER_BYTES}>"])
        return next((value for value in fetched.get(uid, {}).values() if isinstance(value, bytes)), b"")

    def mark(self, uids: Sequence[int]) -> None:
        """Move or flag; where the server will not, the watermark alone knows that these letters are taken."""
        if not self._writable:
            return
        try:
            if self._target:
                self._move(uids)
            else:
                self._set_flag(uids)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            warn(log, "imap cannot mark", mailbox=self._name, error=one_line(error))

    def _set_flag(self, uids: Sequence[int]) -> None:
        r"""The keyword, or \Flagged where the server keeps no keywords."""
        try:
            self._client.add_flags(uids, [self._flag], silent=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            if self._flag != TAKEN:
                raise
            self._flag = b"\\Flagged"
            self._client.add_flags(uids, [self._flag], silent=True)

    def _move(self, uids: Sequence[int]) -> None:
        """Move; a folder that is not there is made."""
        try:
            self._move_into_folder(uids)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            self._client.create_folder(self._target)
            self._move_into_folder(uids)

    def _move_into_folder(self, uids: Sequence[int]) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, self._target)
            return
        self._client.copy(uids, self._target)
        self._client.add_flags(uids, [b"\\Deleted"], silent=True)
        # A bare EXPUNGE would take along what others have marked.
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)

    def has_news(self) -> bool:
        """Whether the server spoke of new letters since this was last asked."""
        return self._client.line.has_news()

    def wait(self, loop: Loop) -> None:
        """Until the server tells of something, the time is up, or the loop ends."""
        if not self._client.has_capability("IDLE"):
            loop.pause(POLL_SECONDS)
            self._client.noop()
            return
        line = self._client.line
        end = time.monotonic() + IDLE_SECONDS if line.idle_begins() else 0
        while time.monotonic() < end and not loop.ending():
            if line.told(_LOOK_SECONDS):
                break
        if loop.ending():
            self._client.socket().settimeout(_PARTING_SECONDS)
        line.idle_ends()


def _check_purpose(client: _Client, folder: str) -> None:
    """What people here have sent are no requests: a mistake in the configuration must not make tickets of it."""
    for flags, _, name in client.list_folders("", folder):
        found = _NOT_INCOMING & {flag.lower() for flag in flags if isinstance(flag, bytes)}
        if name == folder and found:
            message = f"the folder {folder} is the server's {b', '.join(found).decode()}: it holds letters of our own; see [[imap]] folder"
            raise Unusable(message)


def _permitted(flags: object) -> bytes:
    r"""The mark that lasts in this folder: our keyword, \Flagged where there are no keywords (RFC 3501 §7.1, PERMANENTFLAGS)."""
    if not isinstance(flags, tuple) or b"\\*" in flags or TAKEN.lower() in {flag.lower() for flag in flags}:
        return TAKEN
    return b"\\Flagged"
