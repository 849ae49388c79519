"""Access tokens of a mailbox with OAuth 2: read from a file that another program keeps fresh, or got with a refresh token (RFC 6749 §6).

Neither tokens nor secrets appear in the log or in errors.
"""

import contextlib
import http.client
import json
import logging
import os
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from config.logs import warn
from config.settings import OAuth
from gateway.faults import one_line

_SECONDS = 20.0
_LONGEST_ANSWER = 256 * 1024
# A token is not used to its last second: it must outlive the log-in.
_MARGIN = 60.0
_SHORT_LIFE = 300.0

log = logging.getLogger(__name__)


class NoToken(Exception):
    """There is no access token; the message says why, and what to do."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A secret goes to the address that was configured and to no other."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing: the answer that points elsewhere is an error."""


_opener = urllib.request.build_opener(_NoRedirects)


class Tokens:
    """The access token of one mailbox, kept while it is good."""

    def __init__(self, oauth: OAuth) -> None:
        """Nothing is asked for before the first log-in."""
        self._oauth = oauth
        self._token = ""
        self._good_until = 0.0

    def token(self) -> str:
        """A token to log in with; NoToken where there is none to be had."""
        if self._oauth.token_file:
            return _read(self._oauth.token_file)
        if not self._token or time.monotonic() >= self._good_until:
            self._refresh()
        return self._token

    def forget(self) -> None:
        """The server would not have it: the next one is a new one."""
        self._token = ""

    def _refresh(self) -> None:
        oauth = self._oauth
        wanted = {"grant_type": "refresh_token", "refresh_token": _read(oauth.refresh_token_file), "client_id": oauth.client_id}
        if oauth.client_secret:
            wanted["client_secret"] = oauth.client_secret
        answer = _ask(oauth.token_url, wanted)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            message = f"{_host(oauth.token_url)} gave no access token"
            raise NoToken(message)
        life = answer.get("expires_in")
        seconds = float(life) if isinstance(life, int | float) and life > 0 else _SHORT_LIFE
        self._token, self._good_until = token, time.monotonic() + max(seconds - _MARGIN, seconds / 2)
        self._keep_refresh_token(answer.get("refresh_token"), wanted["refresh_token"])

    def _keep_refresh_token(self, new: object, old: str) -> None:
        """Some providers give a new refresh token with every access token, and the old one dies."""
        if isinstance(new, str) and new.isprintable() and new not in {"", old}:
            try:
                _write(Path(self._oauth.refresh_token_file), new)
            except OSError as error:
                warn(log, "oauth refresh token not kept", file=self._oauth.refresh_token_file, error=one_line(error))


def _ask(url: str, form: dict[str, str]) -> dict[str, object]:
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode("ascii"), {"Accept": "application/json"})  # noqa: S310  the reader of settings lets https pass, and http to this machine
    try:
        with _opener.open(request, timeout=_SECONDS) as response:
            content = response.read(_LONGEST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            message = f"{_host(url)} refuses a token: {error.code} {_reason(error)}".rstrip()
        raise NoToken(message) from None
    except (OSError, http.client.HTTPException) as error:
        message = f"{_host(url)} does not answer: {one_line(error)}"
        raise NoToken(message) from None
    return _parsed(content)


def _parsed(content: bytes) -> dict[str, object]:
    with contextlib.suppress(ValueError, RecursionError):
        answer = json.loads(content)
        if isinstance(answer, dict):
            return answer
    return {}


def _reason(error: urllib.error.HTTPError) -> str:
    """«invalid_grant: …» (RFC 6749 §5.2), in one line."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        answer = _parsed(error.read(_LONGEST_ANSWER))
        words = [answer.get("error"), answer.get("error_description")]
        return ": ".join(" ".join(word.split())[:200] for word in words if isinstance(word, str))
    return ""


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).hostname or url


def _read(file: str) -> str:
    try:
        text = Path(file).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read: {one_line(error)}"
        raise NoToken(message) from None
    if not text or not text.isprintable():
        message = f"{file} holds no token: one line is expected"
        raise NoToken(message)
    return text


def _write(file: Path, text: str) -> None:
    """For its owner alone, and whole or not at all."""
    number, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(number, "w", encoding="ascii") as new:
            new.write(f"{text}\n")
            new.flush()
            os.fsync(new.fileno())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
