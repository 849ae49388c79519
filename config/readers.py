"""How one value of deskpost.toml is read. Pure.

A reader takes what TOML (or a reader of the environment) gave and the folder that relative paths start from, and returns
the value that the program uses. ValueError says what is allowed, to end the sentence "… must be …".
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Reader = Callable[[object, Path], object]

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*/=?^_`{|}~-]+@[^@\s]+")
_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*\.?")
_SIZE = re.compile(r"(\d+)\s*(|KB|MB|GB)", re.IGNORECASE)
_RUBLES = re.compile(r"(\d+)(?:[.,](\d\d))?")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TOKEN_PREFIX = re.compile(r"[\w.-]{0,30}")
_UNITS = {"": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_HIGHEST_PORT = 65535
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


def _refuse(allowed: str) -> NoReturn:
    raise ValueError(allowed)


def text(value: object, _folder: Path) -> str:
    """Any text of one line."""
    if isinstance(value, str) and value.isprintable():
        return value.strip()
    _refuse("text of one line, in quotes")


def some_text(value: object, folder: Path) -> str:
    """Text of one line that is not empty."""
    return text(value, folder) or _refuse("text of one line that is not empty")


def whole(least: int, most: int) -> Reader:
    """A whole number between two others, both included."""
    allowed = f"a whole number from {least} to {most}"

    def read(value: object, _folder: Path) -> int:
        if isinstance(value, str) and value.strip().isdecimal():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        _refuse(allowed)

    return read


def yes_or_no(value: object, _folder: Path) -> bool:
    """True or false; in the environment as words."""
    word = str(value).strip().lower() if isinstance(value, bool | str) else ""
    return word == "true" if word in ("true", "false") else _refuse("true or false")


def choice(*words: str) -> Reader:
    """One of the given words; a number counts as the word it is written as."""
    allowed = "one of " + ", ".join(f'"{word}"' for word in words)

    def read(value: object, _folder: Path) -> str:
        word = value if isinstance(value, str) else str(value) if type(value) is int else ""
        return word if word in words else _refuse(allowed)

    return read


def many(read_one: Callable[[object, Path], str], allowed: str) -> Reader:
    """A list of such texts."""

    def read(value: object, folder: Path) -> tuple[str, ...]:
        if not isinstance(value, list):
            _refuse(f"a list of {allowed}, in square brackets")
        return tuple(read_one(item, folder) for item in value)

    return read


def mail_address(value: object, folder: Path) -> str:
    """An address, in lower case, with the domain as it travels in mail (RFC 5891)."""
    if isinstance(value, str) and _ADDRESS.fullmatch(value.strip()):
        local, _, domain = value.strip().lower().rpartition("@")
        with suppress(ValueError):
            return f"{local}@{hostname(domain, folder)}"
    _refuse("a mail address such as support@studio.ru")


def hostname(value: object, _folder: Path) -> str:
    """A host's name as it travels in mail; letters other than Latin ones are written in IDNA."""
    with suppress(ValueError):
        name = str(value).strip().lower().encode("idna").decode("ascii")
        if isinstance(value, str) and _HOSTNAME.fullmatch(name):
            return name
    _refuse("a host name such as desk.studio.ru")


def host(value: object, folder: Path) -> str:
    """A host to connect to: a name or an IP address."""
    try:
        return str(ip_address(text(value, folder)))
    except ValueError:
        return hostname(value, folder)


def network(value: object, _folder: Path) -> str:
    """An IP address or network."""
    try:
        return str(ip_network(str(value).strip(), strict=False))
    except ValueError:
        _refuse('IP addresses and networks such as "192.0.2.7" and "10.0.0.0/8"')


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Host and port of "host:port" or "[IPv6]:port"; an empty host means every interface."""
    address, colon, port = endpoint.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > _HIGHEST_PORT:
        _refuse("host:port")
    return address.removeprefix("[").removesuffix("]"), int(port)


def listen(value: object, folder: Path) -> str:
    """Where a door listens: host:port, or empty for a door that is shut."""
    allowed = 'host:port such as "127.0.0.1:2525", or "" to turn it off'
    try:
        endpoint = text(value, folder)
        if endpoint:
            address, _ = split_endpoint(endpoint)
            host(address or "::", folder)
    except ValueError:
        _refuse(allowed)
    return endpoint


def lmtp(value: object, folder: Path) -> str:
    """The same, or the path of a socket."""
    try:
        return listen(value, folder)
    except ValueError:
        return path(value, folder)


def dns_server(value: object, _folder: Path) -> str:
    """A name server: an IP address, with or without a port."""
    endpoint = str(value).strip()
    try:
        address = endpoint if _is_address(endpoint) else split_endpoint(endpoint)[0]
        ip_address(address)
    except ValueError:
        _refuse('name servers such as "127.0.0.1" or "127.0.0.1:5353"')
    return endpoint


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


def path(value: object, folder: Path) -> str:
    """An absolute path; a relative one starts from the configuration's folder. Empty stays empty."""
    name = text(value, folder)
    return str(folder / Path(name).expanduser()) if name else ""


def key_file(value: object, folder: Path) -> Path:
    """The path of the secret key."""
    return Path(path(value, folder) or _refuse("the path of a file"))


def database_url(value: object, folder: Path) -> str:
    """SQLAlchemy's URL of a PostgreSQL database, or of an SQLite one with its path made absolute."""
    url = text(value, folder)
    scheme, _, rest = url.partition("://")
    if scheme in {"postgresql", "postgresql+psycopg"} and rest:
        return f"postgresql+psycopg://{rest}"
    if scheme != "sqlite" or (rest and not rest.startswith("/")):
        _refuse('"sqlite:///" and the path of a file, or "postgresql+psycopg://user@host/name"')
    name = rest[1:]
    return url if name in ("", ":memory:") else f"sqlite:///{path(name, folder)}"


def files_url(value: object, folder: Path) -> str:
    """The folder of the file store."""
    url = text(value, folder).removeprefix("file://")
    if not url or "://" in url:
        _refuse("the path of a folder; this version keeps files in a folder only")
    return path(url, folder)


def web_url(value: object, folder: Path) -> str:
    """The base of links, without a slash at its end."""
    url = text(value, folder)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        _refuse('an address such as "https://desk.studio.ru"')
    return url.rstrip("/")


def token_url(value: object, folder: Path) -> str:
    """Where access tokens are got: over TLS, for a secret goes there; without it on this machine alone."""
    url = text(value, folder)
    parts = urlsplit(url)
    if not url or (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE))):
        return url
    _refuse('an address such as "https://oauth2.example/token"')


def size(value: object, _folder: Path) -> int:
    """Bytes; KB, MB and GB are powers of 1024."""
    found = _SIZE.fullmatch(str(value).strip()) if type(value) in (int, str) else None
    number = int(found[1]) * _UNITS[found[2].upper()] if found else 0
    return number or _refuse('a size such as "50MB"')


def size_between(least: str, most: str) -> Reader:
    """A size between two others, both included."""
    bounds = range(size(least, Path()), size(most, Path()) + 1)

    def read(value: object, folder: Path) -> int:
        with suppress(ValueError):
            if (found := size(value, folder)) in bounds:
                return found
        _refuse(f"a size from {least} to {most}")

    return read


def rubles(value: object, _folder: Path) -> int:
    """Whole kopecks of an amount in rubles."""
    written = str(value).replace("\u00a0", "").replace(" ", "") if type(value) in (int, str) else ""
    found = _RUBLES.fullmatch(written)
    return int(found[1]) * 100 + int(found[2] or 0) if found else _refuse('an amount in rubles such as "20000" or "20000.50"')


def clock(value: object, folder: Path) -> str:
    """A time of the day, HH:MM."""
    if isinstance(value, time):
        value = value.strftime("%H:%M")
    moment = text(value, folder)
    return moment if _CLOCK.fullmatch(moment) else _refuse('a time of the day such as "02:00"')


def timezone(value: object, folder: Path) -> str:
    """A zone of the IANA database."""
    try:
        return ZoneInfo(some_text(value, folder)).key
    except (ValueError, OSError, KeyError):
        _refuse('a zone of the IANA list such as "Europe/Moscow"')


def token_prefix(value: object, folder: Path) -> str:
    """The word before the number in a subject token."""
    word = text(value, folder)
    return word if _TOKEN_PREFIX.fullmatch(word) else _refuse("one word of at most 30 letters, digits, dots and dashes, or empty")
