"""Settings as frozen values. Pure: `config.loading` reads them, `config.keys` says which keys there are."""

from dataclasses import dataclass, field
from pathlib import Path


class SettingsError(Exception):
    """The configuration cannot be used; the message names file, line and key, and says what is allowed. Exit status 2."""


@dataclass(frozen=True, slots=True)
class Studio:
    """[studio]. `digest_at` is the director's daily mail, HH:MM in the studio's timezone."""

    name: str
    timezone: str
    language: str
    support_address: str
    billing_address: str
    url: str
    digest_at: str


@dataclass(frozen=True, slots=True)
class Database:
    """[database]. `url` is SQLAlchemy's; the path of an SQLite file is absolute."""

    url: str


@dataclass(frozen=True, slots=True)
class Files:
    """[files]. `url` is an absolute folder."""

    url: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """[secrets]."""

    key_file: Path


@dataclass(frozen=True, slots=True)
class Smtp:
    """[smtp]: inbound doors. `max_message_size` in bytes; `lmtp` is host:port or an absolute socket path; TLS files are absolute.

    `max_per_minute` counts a peer's new connections, and his letters. With less than `min_free` bytes left on a disk, or more than
    `max_waiting` letters not worked on yet, the doors say «later».
    """

    listen: str
    lmtp: str
    hostname: str
    tls_certificate: str
    tls_key: str
    max_message_size: int
    trusted_relays: tuple[str, ...]
    listen_tls: str = ""
    proxy_protocol: bool = False
    max_connections: int = 200
    max_connections_per_peer: int = 10
    max_per_minute: int = 60
    max_recipients: int = 50
    min_free: int = 256 * 1024 * 1024
    max_waiting: int = 50_000


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a mailbox with `auth = "xoauth2"` comes by its access tokens: from `token_file`, else with the refresh token. Files are absolute.

    `client_secret` is read from oauth_client_secret_file; the token files are read when they are needed, for they change.
    """

    token_file: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token_file: str


@dataclass(frozen=True, slots=True)
class Imap:
    """One [[imap]] mailbox. `password` is read from password_file, and empty where `oauth` is there.

    `max_message_size` is that of [smtp], `language` that of [studio].
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str
    folder: str
    processed_folder: str
    oauth: OAuth | None = None
    max_message_size: int = 50 * 1024 * 1024
    language: str = "ru"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """[outgoing]: the relay. `password` is read from password_file; dkim_key is the absolute path of a PEM file, empty for none.

    `per_minute` is how many letters all senders together hand over in a minute; 0 sets no limit.
    """

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    dkim_selector: str
    dkim_key: str
    per_minute: int = 0


@dataclass(frozen=True, slots=True)
class Security:
    """[security]. `confirm_over_amount` in kopecks."""

    authserv_ids: tuple[str, ...]
    verify: str
    dns_servers: tuple[str, ...]
    unknown_senders: str
    confirm_over_minutes: int
    confirm_over_amount: int


@dataclass(frozen=True, slots=True)
class Tickets:
    """[tickets]."""

    token_prefix: str
    reopen_days: int
    auto_close_days: int


@dataclass(frozen=True, slots=True)
class Web:
    """[web]."""

    listen: str


@dataclass(frozen=True, slots=True)
class Billing:
    """[billing]. `nightly_at` is HH:MM in the studio's timezone; `vat` is "none" or a percentage."""

    nightly_at: str
    invoice_due_days: int
    vat: str


@dataclass(frozen=True, slots=True)
class Limits:
    """[limits]: how much of a letter is read. Sizes in bytes.

    `header_fields`, `levels`, `parts` and `hops` count in a letter; `addresses`, `encoded_words`, `parameters` and `segments`
    (RFC 2231) in one header field. `text` and `html` are what of a letter's words is looked through; the rest is kept unread.
    `reader_seconds` of CPU and `reader_memory` bound the process that reads.
    """

    header_block: int = 128 * 1024
    header: int = 16 * 1024
    header_fields: int = 500
    levels: int = 20
    parts: int = 500
    boundary: int = 200
    addresses: int = 200
    encoded_words: int = 200
    parameters: int = 50
    segments: int = 100
    line: int = 64 * 1024
    hops: int = 30
    text: int = 256 * 1024
    html: int = 1024 * 1024
    reader_seconds: int = 10
    reader_memory: int = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration; `path` is the file it came from."""

    path: Path
    studio: Studio
    database: Database
    files: Files
    secrets: Secrets
    smtp: Smtp
    imap: tuple[Imap, ...]
    outgoing: Outgoing
    security: Security
    tickets: Tickets
    web: Web
    billing: Billing
    limits: Limits = Limits()
