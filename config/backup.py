"""A studio as one file, and back: configuration, secret key, database, file store.

The database is copied with SQLite's online backup while the server works; the files are read after it, and files never change once
they are there, so every file that the copied rows name is in the archive.
"""

import contextlib
import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from sqlalchemy.engine import make_url

from config import loading
from config.settings import Settings

CONFIGURATION, KEY, DATABASE, FILES = "deskpost.toml", "secret.key", "deskpost.db", "files"
_PRIVATE = 0o600


class CannotBackUp(Exception):
    """The archive cannot be written or read; the message says why and what to do."""


def back_up(settings: Settings, target: Path) -> int:
    """Write the whole studio into a new archive (tar, gzip); its size in bytes. Nothing is left of an archive that failed."""
    if target.exists():
        message = f"{target} exists already: name a new file"
        raise CannotBackUp(message)
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with open(unfinished, "xb", opener=_open_private) as file:
            with tarfile.open(fileobj=file, mode="w:gz", dereference=True) as archive:
                _write(archive, settings)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        message = f"the backup {target} cannot be written: {error.strerror}"
        raise CannotBackUp(message) from error
    return target.stat().st_size


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE)


def _write(archive: tarfile.TarFile, settings: Settings) -> None:
    archive.add(settings.path, CONFIGURATION)
    archive.add(settings.secrets.key_file, KEY)
    with tempfile.TemporaryDirectory(prefix="deskpost-backup-") as folder:
        copy = Path(folder) / DATABASE
        _copy_database(_database(settings), copy)
        archive.add(copy, DATABASE)
    if Path(settings.files.url).is_dir():
        archive.add(settings.files.url, FILES)


def _copy_database(source: Path, copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as live, contextlib.closing(sqlite3.connect(copy)) as target:
        live.backup(target)


def _database(settings: Settings) -> Path:
    """The database's file; CannotBackUp for a database server, which has tools of its own."""
    url = make_url(settings.database.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        message = "only a studio on SQLite is backed up by this command: use your database server's own tools"
        raise CannotBackUp(message)
    return Path(url.database)


def restore(source: Path, configuration: Path, environment: Mapping[str, str]) -> Settings:
    """Lay an archive's studio where `configuration` says, or where the archived one says if there is none. Overwrites nothing."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            members = {member.name: member for member in archive.getmembers() if member.isfile() and _is_plain(member.name)}
            _must_have(members, source)
            if not configuration.exists():
                _lay(archive, members[CONFIGURATION], configuration)
            settings = loading.load(configuration, environment)
            _lay_all(archive, members, settings)
    except (tarfile.TarError, EOFError, OSError) as error:
        message = f"the backup {source} cannot be restored: {error}"
        raise CannotBackUp(message) from error
    return settings


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _must_have(members: Mapping[str, tarfile.TarInfo], source: Path) -> None:
    missing = [name for name in (CONFIGURATION, KEY, DATABASE) if name not in members]
    if missing:
        message = f"{source} is no backup of a studio: it has no {', '.join(missing)}"
        raise CannotBackUp(message)


def _lay_all(archive: tarfile.TarFile, members: Mapping[str, tarfile.TarInfo], settings: Settings) -> None:
    database, files = _database(settings), Path(settings.files.url)
    for there in (database, settings.secrets.key_file):
        if there.exists():
            message = f"{there} exists: move it away, or restore into another folder; nothing was overwritten"
            raise CannotBackUp(message)
    for name, member in members.items():
        if name.startswith(FILES + "/") and not (files / name.removeprefix(FILES + "/")).exists():
            _lay(archive, member, files / name.removeprefix(FILES + "/"))
    _lay(archive, members[KEY], settings.secrets.key_file)
    _lay(archive, members[DATABASE], database)


def _lay(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Write one member durably, readable for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = archive.extractfile(member) or io.BytesIO()
    with open(path, "xb", opener=_open_private) as file:
        while chunk := content.read(1024 * 1024):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
