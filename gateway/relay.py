"""The way to the smarthost: a letter is handed over and the answer is Sent, Deferred or Refused."""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass

from config.settings import Outgoing

SECONDS = 60
_OK = 250
_CLOSING = 421
_TEMPORARY = 400
_PERMANENT = 500
# Answers to a log-in or a missing one: the configuration's fault, not the letter's.
_LOGIN = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class Sent:
    """The relay has taken the letter over."""

    answer: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now. `unreachable`: the relay itself could not be talked to, so no other letter would pass either."""

    answer: str
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Never."""

    answer: str


Answer = Sent | Deferred | Refused


class Relay:
    """One connection to the smarthost, kept while letters follow each other."""

    def __init__(self, settings: Outgoing, hostname: str) -> None:
        """`hostname` is our name at EHLO."""
        self._settings = settings
        self._hostname = hostname
        self._connection: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, content: bytes) -> Answer:
        """Hand one letter over; `sender` is the envelope's, empty for none."""
        try:
            return self._hand_over(self._connected(), sender, recipient, content)
        except smtplib.SMTPResponseException as error:
            self.close()
            return Deferred(_words(error.smtp_code, error.smtp_error), unreachable=True)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Deferred(f"{type(error).__name__}: {error}"[:300], unreachable=True)

    def close(self) -> None:
        """End the conversation."""
        if self._connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
            self._connection.close()
            self._connection = None

    def _connected(self) -> smtplib.SMTP:
        if self._connection is not None and not _answers(self._connection):
            self.close()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        """A connection that is greeted, encrypted and logged in as configured."""
        here, context = self._settings, ssl.create_default_context()
        if here.tls == "implicit":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(here.host, here.port, self._hostname, timeout=SECONDS, context=context)
        else:
            connection = smtplib.SMTP(here.host, here.port, self._hostname, timeout=SECONDS)
        try:
            if here.tls == "starttls":
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if here.user:
                _log_in(connection, here)
        except BaseException:
            connection.close()
            raise
        return connection

    def _hand_over(self, connection: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> Answer:
        code, words = connection.mail(sender)
        if code < _TEMPORARY:
            code, words = connection.rcpt(recipient)
        if code < _TEMPORARY:
            code, words = _data(connection, content)
        return Sent(_words(code, words)) if code < _TEMPORARY else self._declined(connection, code, words)

    def _declined(self, connection: smtplib.SMTP, code: int, words: bytes) -> Answer:
        if code == _CLOSING or code in _LOGIN:
            self.close()
            return Deferred(_words(code, words), unreachable=True)
        with contextlib.suppress(smtplib.SMTPServerDisconnected):
            connection.rset()
        return Refused(_words(code, words)) if code >= _PERMANENT else Deferred(_words(code, words))


def _log_in(connection: smtplib.SMTP, here: Outgoing) -> None:
    """Log in with what smtplib can say, ASCII: another password is the configuration's fault, and no letter's."""
    try:
        connection.login(here.user, here.password)
    except UnicodeEncodeError as error:
        message = "[outgoing] user and password may hold ASCII characters only"
        raise smtplib.SMTPException(message) from error


def _answers(connection: smtplib.SMTP) -> bool:
    """Whether a kept connection still lives: relays close theirs after some letters or seconds."""
    try:
        return connection.noop()[0] == _OK
    except (smtplib.SMTPException, OSError):
        return False


def _data(connection: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    try:
        return connection.data(content)
    except smtplib.SMTPDataError as error:
        return error.smtp_code, _as_bytes(error.smtp_error)


def _as_bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()


def _words(code: int, words: bytes | str) -> str:
    return f"{code} {' '.join(_as_bytes(words).decode('utf-8', 'replace').split())}"[:300]
