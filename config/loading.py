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
    mailboxes = [_with_password(box, source, ("imap", str(index))) for index, box in enumerate(built["imap"])]
    return Settings(
        path=source.file,
        studio=settings.Studio(**built["studio"]),
        database=settings.Database(**built["database"]),
        files=settings.Files(**built["files"]),
        secrets=settings.Secrets(**built["secrets"]),
        smtp=settings.Smtp(**built["smtp"]),
        imap=tuple(settings.Imap(**box) for box in mailboxes),
        outgoing=settings.Outgoing(**_with_password(built["outgoing"], source, ("outgoing",))),
        security=settings.Security(**built["security"]),
        tickets=settings.Tickets(**built["tickets"]),
        web=settings.Web(**built["web"]),
        billing=settings.Billing(**built["billing"]),
        limits=settings.Limits(**built["limits"]),
    )


def _with_password(values: Mapping[str, Any], source: Source, place: tuple[str, ...]) -> dict[str, Any]:
    """The same values with the password itself in the place of its file."""
    file = values["password_file"]
    rest = {key: value for key, value in values.items() if key != "password_file"}
    return {**rest, "password": _read_named(Path(file), source.place(*place, "password_file")) if file else ""}
