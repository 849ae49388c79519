"""deskpost.toml, the environment and the files that they name, read into Settings."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import settings
from config.document import PREFIX, Source, build, overrides_of
from config.positions import lines_of
from config.settings import Settings, SettingsError

FILE_NAME = "deskpost.toml"
_OF_LOGIN = (
    "auth",
    "password_file",
    "token_file",
    "oauth_token_url",
    "oauth_client_id",
    "oauth_client_secret_file",
    "oauth_refresh_token_file",
)
_READ_BY_THE_SERVER = (("smtp", "tls_certificate"), ("smtp", "tls_key"), ("outgoing", "dkim_key"))


def find(path: Path | None, environment: Mapping[str, str]) -> Path:
    """The absolute path of the configuration: the given one, else $DESKPOST_CONFIG, else ./deskpost.toml."""
    return (path or Path(environment.get(f"{PREFIX}CONFIG") or FILE_NAME)).expanduser().absolute()


def load(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings of the configuration file, with every secret file read; SettingsError where something is wrong."""
    file = find(path, environment)
    text = _read_configuration(file)
    document = _parse(file, text)
    overrides = overrides_of(environment)
    source = Source(file, lines_of(text), frozenset(overrides))
    built = build(document, overrides, source)
    for section, key in _READ_BY_THE_SERVER:
        if name := built[section][key]:
            _read_named(Path(name), source.place(section, key))
    return _settings(built, source)


def _read_configuration(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = f"there is no configuration {file}: make one with `deskpost init`, or name it with --config or ${PREFIX}CONFIG"
    except UnicodeDecodeError:
        message = f"{file} is not UTF-8 text: save it in UTF-8"
    except OSError as error:
        message = f"the configuration {file} cannot be read: {error.strerror}"
    raise SettingsError(message)


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{file.name} is not TOML: {error}"
        raise SettingsError(message) from error


def _read_named(file: Path, place: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        reason = "it is not text"
    except OSError as error:
        reason = error.strerror or str(error)
    message = f"{place}: {file} cannot be read: {reason}"
    raise SettingsError(message)


def _settings(built: Mapping[str, Any], source: Source) -> Settings:
    house = {"max_message_size": built["smtp"]["max_message_size"], "language": built["studio"]["language"]}
    mailboxes = [settings.Imap(**_with_login(box, source, ("imap", str(index))), **house) for index, box in enumerate(built["imap"])]
    return Settings(
        path=source.file,
        studio=settings.Studio(**built["studio"]),
        database=settings.Database(**built["database"]),
        files=settings.Files(**built["files"]),
        secrets=settings.Secrets(**built["secrets"]),
        smtp=settings.Smtp(**built["smtp"]),
        imap=tuple(mailboxes),
        outgoing=settings.Outgoing(**_with_password(built["outgoing"], source, ("outgoing",))),
        security=settings.Security(**built["security"]),
        tickets=settings.Tickets(**built["tickets"]),
        web=settings.Web(**built["web"]),
        billing=settings.Billing(**built["billing"]),
        limits=settings.Limits(**built["limits"]),
    )


def _with_login(box: Mapping[str, Any], source: Source, place: tuple[str, ...]) -> dict[str, Any]:
    """A mailbox with its password, or with what its access tokens are got by."""
    rest = {key: value for key, value in box.items() if key not in _OF_LOGIN}
    if rest["processed_folder"] and _same_folder(rest["processed_folder"], rest["folder"]):
        message = f"{source.place(*place, 'processed_folder')} must be another folder than folder, which letters are taken from"
        raise SettingsError(message)
    if box["auth"] == "password":
        return _with_password({**rest, "password_file": box["password_file"]}, source, place)
    return {**rest, "password": "", "oauth": _oauth(box, source, place)}


def _same_folder(one: str, other: str) -> bool:
    """INBOX alone may be written in any case (RFC 9051 §5.1)."""
    return one == other or one.upper() == other.upper() == "INBOX"


def _oauth(box: Mapping[str, Any], source: Source, place: tuple[str, ...]) -> settings.OAuth:
    needed = ("oauth_token_url", "oauth_client_id", "oauth_refresh_token_file")
    if not box["token_file"] and not all(box[key] for key in needed):
        message = f'{source.place(*place, "auth")} "xoauth2" needs token_file, or {", ".join(needed)}'
        raise SettingsError(message)
    for key in ("token_file",) if box["token_file"] else ("oauth_refresh_token_file",):
        _read_named(Path(box[key]), source.place(*place, key))
    secret = box["oauth_client_secret_file"]
    return settings.OAuth(
        token_file=box["token_file"],
        token_url=box["oauth_token_url"],
        client_id=box["oauth_client_id"],
        client_secret=_read_named(Path(secret), source.place(*place, "oauth_client_secret_file")) if secret else "",
        refresh_token_file=box["oauth_refresh_token_file"],
    )


def _with_password(values: Mapping[str, Any], source: Source, place: tuple[str, ...]) -> dict[str, Any]:
    """The same values with the password itself in the place of its file."""
    file = values["password_file"]
    rest = {key: value for key, value in values.items() if key != "password_file"}
    return {**rest, "password": _read_named(Path(file), source.place(*place, "password_file")) if file else ""}
