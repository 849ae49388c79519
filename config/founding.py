"""What `deskpost init` does: a configuration, a secret key, folders and the schema. Makes what is missing, changes nothing.

Who works in the studio is the helpdesk's business: the director's address only passes through here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from sqlalchemy.engine import make_url

from config import readers
from config.database import has_schema, open_engine, refuse_unsafe_server, upgrade_schema
from config.keyfile import make_key
from config.keys import SECTIONS, implied
from config.loading import FILE_NAME, load
from config.settings import Settings, SettingsError
from config.templating import render


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the founder says of the studio. Empty: not said."""

    name: str = ""
    support: str = ""
    director: str = ""
    language: str = "ru"


@dataclass(frozen=True, slots=True)
class Founded:
    """What there is now: the settings in force, and which of its parts were made just now."""

    settings: Settings
    made: tuple[Path, ...]


def ask(wishes: Wishes) -> Wishes:
    """Ask on the terminal for what was not said."""
    studio = SECTIONS["studio"]
    name = wishes.name or typer.prompt("Studio's name / Название студии", default=str(studio["name"].default))
    support = wishes.support or _ask_address("Address that clients write to / Адрес для клиентов", str(studio["support_address"].default))
    director = wishes.director or _ask_address("Director's own address / Личный адрес директора", "director@" + support.rpartition("@")[2])
    return replace(wishes, name=name, support=support, director=director)


def _ask_address(question: str, default: str) -> str:
    answer: str = typer.prompt(question, default=default, value_proc=_address)
    return answer


def _address(word: str) -> str:
    try:
        return readers.mail_address(word, Path())
    except ValueError as error:
        message = f"must be {error}"
        raise typer.BadParameter(message) from error


def found(folder: Path, wishes: Wishes, environment: Mapping[str, str]) -> Founded:
    """Make what is missing of a studio in `folder`; an existing configuration is kept as it is."""
    file = (folder / FILE_NAME).expanduser().absolute()
    made = [file] if _write_configuration(file, wishes) else []
    settings = load(file, environment)
    steps: tuple[tuple[Path, Callable[[], bool]], ...] = (
        (settings.secrets.key_file, lambda: make_key(settings.secrets.key_file)),
        (Path(settings.files.url), lambda: _make_folder(Path(settings.files.url))),
        (_database_file(settings), lambda: _make_database(settings)),
    )
    made += [path for path, make in steps if make()]
    return Founded(settings, tuple(made))


def _write_configuration(file: Path, wishes: Wishes) -> bool:
    text = configuration(wishes)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}"
        raise SettingsError(message) from error
    return True


def configuration(wishes: Wishes) -> str:
    """The text of a first deskpost.toml."""
    support = _read("support_address", wishes.support, "--support")
    follows = implied({"studio": {"support_address": support}})
    values = {
        "name": _read("name", wishes.name, "--name"),
        "support": support,
        "billing": follows["studio", "billing_address"],
        "url": follows["studio", "url"],
        "hostname": follows["smtp", "hostname"],
    }
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    return render("setup/deskpost.toml", wishes.language, **quoted)


def _read(name: str, word: str, option: str) -> object:
    key = SECTIONS["studio"][name]
    try:
        return key.read(word or key.default, Path())
    except ValueError as error:
        message = f"{option} must be {error}"
        raise SettingsError(message) from error


def _make_folder(folder: Path) -> bool:
    there = folder.is_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return not there


def _database_file(settings: Settings) -> Path:
    """The file of an SQLite database; of a server's the name alone, for nothing of it lies here."""
    url = make_url(settings.database.url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else Path(f"{url.host or 'postgresql'}/{url.database}")


def _make_database(settings: Settings) -> bool:
    engine = open_engine(settings.database.url)
    try:
        if engine.dialect.name != "sqlite":
            refuse_unsafe_server(engine)
        there = has_schema(engine)
        upgrade_schema(engine)
    finally:
        engine.dispose()
    return not there
