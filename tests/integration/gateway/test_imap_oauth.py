"""Mailboxes that are opened by access tokens: got, kept, renewed, and refused in words that help."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.policy import SMTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from config import loading
from config.settings import OAuth, SettingsError
from config.surroundings import Surroundings
from gateway import imap, oauth
from gateway.oauth import NoToken, Tokens
from tests.integration.gateway.dovecot import Box, Dovecot, dovecot
from tests.integration.gateway.mailboxes import arrived, attending, changed, lay_database, studio_of
from tests.integration.gateway.throwaway import CONFIG, letter, until


@dataclass
class Provider:
    """Gives tokens for a refresh token, and tells the mail server which are good."""

    url: str = ""
    user: str = ""
    good: set[str] = field(default_factory=set)
    refresh_token: str = "refresh-1"
    rotates: bool = False
    expires_in: object = 3600
    asked: list[dict[str, str]] = field(default_factory=list)
    answer: tuple[int, bytes, dict[str, str]] | None = None

    def give(self, form: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        self.asked.append(form)
        if self.answer:
            return self.answer
        if form.get("refresh_token") != self.refresh_token:
            return 400, json.dumps({"error": "invalid_grant", "error_description": "Token has been\nrevoked."}).encode(), {}
        token = f"access-{uuid.uuid4().hex}"
        self.good.add(token)
        given = {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}
        if self.rotates:
            given["refresh_token"] = self.refresh_token = f"refresh-{len(self.asked) + 1}"
        return 200, json.dumps(given).encode(), {}

    def judge(self, form: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        return 200, json.dumps({"active": form.get("token") in self.good, "username": self.user}).encode(), {}


@contextmanager
def providing() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = {key: values[0] for key, values in parse_qs(self.rfile.read(length).decode()).items()}
            status, content, headers = (provider.give if self.path == "/token" else provider.judge)(form)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}/token"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Provider, Dovecot]]:
    with providing() as provider, dovecot(provider.url.replace("/token", "/introspect")) as server:
        yield provider, server


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing() as running:
        yield running


def oauth_at(provider: Provider, folder: Path, refresh_token: str) -> OAuth:
    file = folder / "refresh.token"
    file.write_text(f"{refresh_token}\n", encoding="ascii")
    return OAuth("", provider.url, "desk", "s3cret", str(file))


def studio_with_token(world: tuple[Provider, Dovecot], folder: Path, empty_database: Path) -> tuple[Surroundings, Box]:
    provider, server = world
    box = server.mailbox(f"u{uuid.uuid4().hex}")
    provider.user = box.user
    lay_database(folder, empty_database)
    return changed(studio_of(box, folder), password="", oauth=oauth_at(provider, folder, provider.refresh_token)), box


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(imap, "_LONGEST_PAUSE", 0.2)
    monkeypatch.setattr(imap, "_PAUSE_AFTER_REFUSAL", 0.1)
    monkeypatch.setattr(imap, "_LOOK_SECONDS", 0.05)


def test_a_mailbox_is_opened_with_a_token_that_was_got_for_it(
    world: tuple[Provider, Dovecot], tmp_path: Path, empty_database: Path
) -> None:
    studio, box = studio_with_token(world, tmp_path, empty_database)
    box.append(letter().as_bytes(policy=SMTP))
    with attending(studio):
        until(lambda: arrived(studio) == 1)
    assert world[0].asked[-1] == {
        "grant_type": "refresh_token",
        "refresh_token": world[0].refresh_token,
        "client_id": "desk",
        "client_secret": "s3cret",
    }


def test_a_token_that_the_mail_server_refuses_is_replaced(
    world: tuple[Provider, Dovecot], tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    studio, box = studio_with_token(world, tmp_path, empty_database)
    real = oauth.Tokens.token
    times: list[str] = []

    def stale_at_first(tokens: Tokens) -> str:
        token = real(tokens)
        if not times:
            world[0].good.discard(token)
        times.append(token)
        return token

    monkeypatch.setattr(oauth.Tokens, "token", stale_at_first)
    box.append(letter().as_bytes(policy=SMTP))
    with attending(studio):
        until(lambda: arrived(studio) == 1)
    assert "the server refuses the login" in caplog.text
    assert times[0] not in caplog.text


def test_a_token_is_kept_while_it_is_good_and_got_anew_after_that(provider: Provider, tmp_path: Path) -> None:
    tokens = Tokens(oauth_at(provider, tmp_path, "refresh-1"))
    assert tokens.token() == tokens.token()
    tokens.forget()
    tokens.token()
    assert len(provider.asked) == 2
    provider.expires_in = 0.001
    tokens.forget()
    first = tokens.token()
    until(lambda: tokens.token() != first)


def test_a_new_refresh_token_replaces_the_old_one_for_its_owner_alone(provider: Provider, tmp_path: Path) -> None:
    provider.rotates = True
    given = oauth_at(provider, tmp_path, "refresh-1")
    Tokens(given).token()
    file = Path(given.refresh_token_file)
    assert file.read_text() == f"{provider.refresh_token}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    Tokens(given).token()
    assert [path.name for path in tmp_path.iterdir()] == ["refresh.token"]


def test_a_token_file_is_read_whenever_it_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "token"
    tokens = Tokens(OAuth(str(file), "", "", "", ""))
    for written in ("first", "second"):
        file.write_text(f"{written}\n")
        assert tokens.token() == written
    file.write_text("two\nlines\n")
    with pytest.raises(NoToken, match="one line is expected"):
        tokens.token()
    file.unlink()
    with pytest.raises(NoToken, match="cannot be read"):
        tokens.token()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            (400, b'{"error": "invalid_grant", "error_description": "Token has been\\nrevoked."}', {}),
            "400 invalid_grant: Token has been revoked.",
        ),
        ((500, b"<html>oops</html>", {}), "refuses a token: 500"),
        ((302, b"", {"Location": "http://127.0.0.1:9/"}), "refuses a token: 302"),
        ((200, b"not json", {}), "gave no access token"),
        ((200, b"[" * 100_000, {}), "gave no access token"),
        ((200, b'{"access_token": 7}', {}), "gave no access token"),
        ((200, b'{"access_token": "a\\r\\nb"}', {}), "gave no access token"),
        ((200, b'{"access_token": ""}', {}), "gave no access token"),
    ],
)
def test_a_provider_that_gives_no_token_is_quoted(
    provider: Provider, tmp_path: Path, answer: tuple[int, bytes, dict[str, str]], told: str
) -> None:
    provider.answer = answer
    with pytest.raises(NoToken, match=r"127\.0\.0\.1") as raised:
        Tokens(oauth_at(provider, tmp_path, "refresh-1")).token()
    assert told in str(raised.value)
    assert "refresh-1" not in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_provider_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoToken, match=r"127\.0\.0\.1 does not answer"):
        Tokens(oauth_at(Provider("http://127.0.0.1:9/token"), tmp_path, "refresh-1")).token()


_SECTION = '[[imap]]\nhost = "imap.example"\nuser = "support"\nauth = "xoauth2"\n'


def _load(folder: Path, lines: str) -> OAuth | None:
    file = folder / "deskpost.toml"
    file.write_text(CONFIG.format(relay_port=9) + _SECTION + lines, encoding="utf-8")
    return loading.load(file, {}).imap[0].oauth


def test_tokens_are_configured_by_a_file_or_by_a_provider(tmp_path: Path) -> None:
    for name in ("token", "refresh", "secret"):
        (tmp_path / name).write_text(f"{name}-1\n")
    assert _load(tmp_path, 'token_file = "token"') == OAuth(str(tmp_path / "token"), "", "", "", "")
    lines = 'oauth_token_url = "https://login.example/token"\noauth_client_id = "desk"\noauth_refresh_token_file = "refresh"\n'
    refresh = str(tmp_path / "refresh")
    assert _load(tmp_path, lines) == OAuth("", "https://login.example/token", "desk", "", refresh)
    given = _load(tmp_path, lines + 'oauth_client_secret_file = "secret"')
    assert given == OAuth("", "https://login.example/token", "desk", "secret-1", refresh)
    assert "secret-1" not in repr(given)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", r'\[\[imap\]\] auth "xoauth2" needs token_file, or oauth_token_url'),
        ('oauth_client_id = "desk"', "needs token_file, or oauth_token_url"),
        ('token_file = "nowhere"', r"\[\[imap\]\] token_file.*cannot be read"),
        ('oauth_token_url = "http://login.example/token"', r"\[\[imap\]\] oauth_token_url must be an address"),
        ('processed_folder = "inbox"\npassword_file = ""', "processed_folder must be another folder than folder"),
    ],
)
def test_what_cannot_work_is_refused_at_the_start(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        _load(tmp_path, lines)
