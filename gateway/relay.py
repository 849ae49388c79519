"""The way to the smarthost: a letter is handed over, and the answer is Sent, Deferred, Refused, or the relay is Away.

Away is what went wrong before any letter was shown: it is no letter's fault. Between the final dot and its 250 a broken
connection leaves the letter's fate unknown: Deferred and `uncertain`.
"""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass

from config.settings import Outgoing
from gateway.reading.clean import one_line

CONNECT_SECONDS = 30
COMMAND_SECONDS = 60
# The content goes over, and is looked through, before the relay answers.
DATA_SECONDS = 600
GOODBYE_SECONDS = 5
SESSION_LETTERS = 100
_OK = 250
_GO_ON = 354
_CLOSING = 421
_TEMPORARY, _PERMANENT, _NO_CODE = 400, 500, 600
# Answers to a log-in or a missing one: the configuration's fault, not the letter's.
_LOGIN = frozenset({530, 534, 535, 538})
_WORDS = 300


@dataclass(frozen=True, slots=True)
class Sent:
    """The relay has taken the letter over."""

    answer: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now. `closed`: the conversation ended with it. `uncertain`: the relay may have taken the letter all the same."""

    answer: str
    closed: bool = False
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Never."""

    answer: str


@dataclass(frozen=True, slots=True)
class Away:
    """The relay could not be talked to; no letter would pass now."""

    answer: str


Answer = Sent | Deferred | Refused | Away


@dataclass(frozen=True, slots=True)
class _Parcel:
    sender: str
    recipient: str
    content: bytes

    @property
    def international(self) -> bool:
        """Whether it takes SMTPUTF8 (RFC 6531) to say its addresses."""
        return not (self.sender + self.recipient).isascii()


@dataclass(frozen=True, slots=True)
class _Reply:
    """A relay's answer to a command; `code` is 0 where it made no sense."""

    code: int
    words: str

    def __str__(self) -> str:
        """The answer as it is shown to people."""
        return _told(f"{self.code} {self.words}" if self.code else f"the relay's answer makes no sense: {self.words}")


class _AnswerLost(Exception):
    """The whole letter went over, and no answer came back."""


class Relay:
    """One connection to the smarthost, kept while letters follow each other."""

    def __init__(self, settings: Outgoing, hostname: str) -> None:
        """`hostname` is our name at EHLO."""
        self.per_minute = settings.per_minute
        self._settings = settings
        self._hostname = hostname
        self._connection: smtplib.SMTP | None = None
        self._letters = 0

    def send(self, sender: str, recipient: str, content: bytes) -> Answer:
        """Hand one letter over; `sender` is the envelope's, empty for none."""
        try:
            connection = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Away(_told(f"{self._settings.host}:{self._settings.port}: {_complaint(error)}"))
        self._letters += 1
        return self._hand_over(connection, _Parcel(sender, recipient, content))

    def close(self) -> None:
        """End the conversation."""
        if self._connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                _allow(self._connection, GOODBYE_SECONDS)
                self._connection.quit()
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> smtplib.SMTP:
        """The kept connection, or a new one: relays close theirs after some letters or seconds."""
        if self._letters >= SESSION_LETTERS:
            self.close()
        if self._connection is not None and not _starts_afresh(self._connection):
            self._drop()
        if self._connection is None:
            self._connection, self._letters = self._connect(), 0
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        """A connection that is greeted, encrypted and logged in as configured."""
        here, context = self._settings, ssl.create_default_context()
        if here.tls == "implicit":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(here.host, here.port, self._hostname, timeout=CONNECT_SECONDS, context=context)
        else:
            connection = smtplib.SMTP(here.host, here.port, self._hostname, timeout=CONNECT_SECONDS)
        try:
            _allow(connection, COMMAND_SECONDS)
            if here.tls == "starttls":
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if here.user:
                _log_in(connection, here)
        except BaseException:
            connection.close()
            raise
        return connection

    def _hand_over(self, connection: smtplib.SMTP, parcel: _Parcel) -> Answer:
        if objection := _objection(connection, parcel):
            return Refused(objection)
        try:
            reply = _dialogue(connection, parcel)
        except _AnswerLost as lost:
            self._drop()
            words = _told(f"handed over, but the relay's answer was lost: uncertain whether it was sent ({lost})")
            return Deferred(words, closed=True, uncertain=True)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Deferred(_told(_complaint(error)), closed=True)
        return self._judged(reply)

    def _judged(self, reply: _Reply) -> Answer:
        if _OK <= reply.code < _TEMPORARY:
            return Sent(str(reply))
        if reply.code in _LOGIN:
            self._drop()
            return Away(str(reply))
        if reply.code in {_CLOSING, 0}:
            self._drop()
            return Deferred(str(reply), closed=True)
        return Refused(str(reply)) if reply.code >= _PERMANENT else Deferred(str(reply))


def _objection(connection: smtplib.SMTP, parcel: _Parcel) -> str:
    """Why the letter needs not be shown to this relay, from what it said of itself; else nothing."""
    largest = connection.esmtp_features.get("size", "")
    if largest.isdecimal() and 0 < int(largest) < len(parcel.content):
        return f"552 5.3.4 the letter has {len(parcel.content)} bytes, the relay takes {largest} at most"
    if parcel.international and not connection.has_extn("smtputf8"):
        return "553 5.6.7 the relay takes no addresses with letters other than Latin ones (it offers no SMTPUTF8)"
    return ""


def _dialogue(connection: smtplib.SMTP, parcel: _Parcel) -> _Reply:
    """MAIL, RCPT, DATA and the content; the last answer. Addresses go as they are: smtplib would read them anew."""
    options = ""
    if parcel.international:
        connection.command_encoding, options = "utf-8", " SMTPUTF8"
    for command in (f"MAIL FROM:<{parcel.sender}>{options}", f"RCPT TO:<{parcel.recipient}>"):
        reply = _reply(connection.docmd(command))
        if not _OK <= reply.code < _GO_ON:
            return reply
    reply = _reply(connection.docmd("DATA"))
    if reply.code != _GO_ON:
        return reply if reply.code >= _TEMPORARY else _Reply(0, f"{reply.code} {reply.words} to DATA")
    return _content(connection, parcel.content)


def _content(connection: smtplib.SMTP, content: bytes) -> _Reply:
    """The content, the final dot, and the answer to it; before the dot nothing is taken, whatever breaks."""
    _allow(connection, DATA_SECONDS)
    connection.send(_stuffed(content))
    try:
        connection.send(b".\r\n")
        reply = _reply(connection.getreply())
        _allow(connection, COMMAND_SECONDS)
    except (smtplib.SMTPException, OSError) as error:
        raise _AnswerLost(_complaint(error)) from error
    if not reply.code or _GO_ON <= reply.code < _TEMPORARY:
        raise _AnswerLost(str(reply))
    return reply


def _stuffed(content: bytes) -> bytes:
    """The content with its leading dots doubled (RFC 5321 §4.5.2) and its last line ended."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    stuffed = ended.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _reply(answer: tuple[int, bytes]) -> _Reply:
    code, words = answer
    return _Reply(code if 200 <= code < _NO_CODE else 0, words.decode("utf-8", "replace"))  # noqa: PLR2004  the first code of SMTP


def _allow(connection: smtplib.SMTP, seconds: float) -> None:
    if connection.sock is not None:
        connection.sock.settimeout(seconds)


def _log_in(connection: smtplib.SMTP, here: Outgoing) -> None:
    """Log in with what smtplib can say, ASCII: another password is the configuration's fault, and no letter's."""
    try:
        connection.login(here.user, here.password)
    except UnicodeEncodeError as error:
        message = "[outgoing] user and password may hold ASCII characters only"
        raise smtplib.SMTPException(message) from error


def _starts_afresh(connection: smtplib.SMTP) -> bool:
    """Whether a kept connection still lives, and is ready for the next letter."""
    try:
        _allow(connection, COMMAND_SECONDS)
        return connection.rset()[0] == _OK
    except (smtplib.SMTPException, OSError):
        return False


def _complaint(error: Exception) -> str:
    """What went wrong with the connection, for whoever has to mend it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the relay's certificate is not good: {error.verify_message}; [outgoing] host must be a name that stands in it"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}; see [outgoing] tls and port"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"{error}; see [outgoing] tls and user"
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"
    return f"{type(error).__name__}: {error}"


def _told(words: str) -> str:
    """As much of what a server said as can be kept and shown, in one line."""
    return one_line(words)[:_WORDS]
