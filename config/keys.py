"""Every key of deskpost.toml: how it is read and what it is when nobody says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from config import readers
from config.readers import Reader
from config.settings import Limits

Section = Mapping[str, "Key"]
Given = Mapping[str, Mapping[str, object]]

_MAX_DAYS = 3650
_MAX_MINUTES = 1_000_000
_MAX_COUNT = 1_000_000
_MAX_SECONDS = 600
_LIMITS = Limits()
_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its reader and its default; without a default it must be given."""

    read: Reader
    default: object = _REQUIRED

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is _REQUIRED


_PORT = readers.whole(1, 65535)
_DAYS = readers.whole(0, _MAX_DAYS)
_COUNT = readers.whole(1, _MAX_COUNT)
_TLS = readers.choice("none", "starttls", "implicit")

IMAP: Section = {
    "host": Key(readers.host),
    "port": Key(_PORT, 993),
    "user": Key(readers.some_text),
    "auth": Key(readers.choice("password", "xoauth2"), "password"),
    "password_file": Key(readers.path, "imap.password"),
    "token_file": Key(readers.path, ""),
    "oauth_token_url": Key(readers.token_url, ""),
    "oauth_client_id": Key(readers.text, ""),
    "oauth_client_secret_file": Key(readers.path, ""),
    "oauth_refresh_token_file": Key(readers.path, ""),
    "tls": Key(_TLS, "implicit"),
    "folder": Key(readers.some_text, "INBOX"),
    "processed_folder": Key(readers.text, ""),
}

SECTIONS: Mapping[str, Section] = {
    "studio": {
        "name": Key(readers.some_text, "Студия"),
        "timezone": Key(readers.timezone, "Europe/Moscow"),
        "language": Key(readers.choice("ru", "en"), "ru"),
        "support_address": Key(readers.mail_address, "support@studio.example"),
        "billing_address": Key(readers.mail_address, "billing@studio.example"),
        "url": Key(readers.web_url, "https://desk.studio.example"),
        "digest_at": Key(readers.clock, "08:00"),
    },
    "database": {"url": Key(readers.database_url, "sqlite:///data/deskpost.db")},
    "files": {"url": Key(readers.files_url, "data/files")},
    "secrets": {"key_file": Key(readers.key_file, "data/secret.key")},
    "smtp": {
        "listen": Key(readers.listen, "127.0.0.1:2525"),
        "listen_tls": Key(readers.listen, ""),
        "lmtp": Key(readers.lmtp, ""),
        "hostname": Key(readers.hostname, "desk.studio.example"),
        "tls_certificate": Key(readers.path, ""),
        "tls_key": Key(readers.path, ""),
        "max_message_size": Key(readers.size, "50MB"),
        "trusted_relays": Key(readers.many(readers.network, "IP addresses and networks"), ["127.0.0.0/8", "::1/128"]),
        "proxy_protocol": Key(readers.yes_or_no, default=False),
        "max_connections": Key(_COUNT, 200),
        "max_connections_per_peer": Key(_COUNT, 10),
        "max_per_minute": Key(_COUNT, 60),
        "max_recipients": Key(_COUNT, 50),
        "min_free": Key(readers.size, "256MB"),
        "max_waiting": Key(_COUNT, 50_000),
    },
    "outgoing": {
        "host": Key(readers.host, "127.0.0.1"),
        "port": Key(_PORT, 25),
        "tls": Key(_TLS, "none"),
        "user": Key(readers.text, ""),
        "password_file": Key(readers.path, ""),
        "dkim_selector": Key(readers.text, ""),
        "dkim_key": Key(readers.path, ""),
        "per_minute": Key(readers.whole(0, _MAX_COUNT), 0),
    },
    "security": {
        "authserv_ids": Key(readers.many(readers.hostname, "host names"), []),
        "verify": Key(readers.choice("local", "upstream", "none"), "local"),
        "dns_servers": Key(readers.many(readers.dns_server, "name servers"), []),
        "unknown_senders": Key(readers.choice("triage", "open", "reject"), "triage"),
        "confirm_over_minutes": Key(readers.whole(0, _MAX_MINUTES), 480),
        "confirm_over_amount": Key(readers.rubles, "20000"),
    },
    "tickets": {
        "token_prefix": Key(readers.token_prefix, ""),
        "reopen_days": Key(_DAYS, 30),
        "auto_close_days": Key(_DAYS, 7),
    },
    "web": {"listen": Key(readers.listen, "127.0.0.1:8080")},
    "billing": {
        "nightly_at": Key(readers.clock, "02:00"),
        "invoice_due_days": Key(_DAYS, 5),
        "vat": Key(readers.choice("none", "0", "5", "7", "10", "22"), "none"),
    },
    "limits": {
        # No bound is higher than what the reader can hold to.
        "header_block": Key(readers.size_between("1KB", "1MB"), _LIMITS.header_block),
        "header": Key(readers.size_between("1KB", "64KB"), _LIMITS.header),
        "header_fields": Key(readers.whole(1, 10_000), _LIMITS.header_fields),
        "levels": Key(readers.whole(1, 100), _LIMITS.levels),
        "parts": Key(readers.whole(1, 10_000), _LIMITS.parts),
        "boundary": Key(readers.whole(1, 1000), _LIMITS.boundary),
        "addresses": Key(readers.whole(1, 1000), _LIMITS.addresses),
        "encoded_words": Key(readers.whole(1, 1000), _LIMITS.encoded_words),
        "parameters": Key(readers.whole(1, 200), _LIMITS.parameters),
        "segments": Key(readers.whole(1, 500), _LIMITS.segments),
        "line": Key(readers.size_between("1KB", "1MB"), _LIMITS.line),
        "hops": Key(readers.whole(1, 1000), _LIMITS.hops),
        "text": Key(readers.size_between("1KB", "16MB"), _LIMITS.text),
        "html": Key(readers.size_between("1KB", "16MB"), _LIMITS.html),
        "reader_seconds": Key(readers.whole(1, _MAX_SECONDS), _LIMITS.reader_seconds),
        "reader_memory": Key(readers.size_between("256MB", "64GB"), _LIMITS.reader_memory),
    },
}


def implied(given: Given) -> dict[tuple[str, str], object]:
    """Defaults that follow from what was given: the mail domain's billing address and desk, the desk's host name."""
    studio = given.get("studio", {})
    found: dict[tuple[str, str], object] = {}
    domain = str(studio.get("support_address", "")).rpartition("@")[2]
    if domain:
        found["studio", "billing_address"] = f"billing@{domain}"
        found["studio", "url"] = f"https://{domain}" if domain.startswith("desk.") else f"https://desk.{domain}"
    url = str(studio.get("url") or found.get(("studio", "url"), ""))
    if urlsplit(url).hostname:
        found["smtp", "hostname"] = urlsplit(url).hostname
    return found
