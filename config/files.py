"""The file store: attachments and print-outs by content hash, in a folder."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.logs import warn

log = logging.getLogger(__name__)


class FileMissing(Exception):
    """The file store has no file of that digest."""


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder of files named by their sha256; a file never changes once it is there."""

    folder: Path

    def put(self, content: bytes) -> str:
        """Keep `content` durably (file and folder are synced before the return); its sha256 in hex."""
        return self.put_all((content,))[0]

    def put_all(self, contents: Iterable[bytes]) -> list[str]:
        """The same for several: written first and synced after, which costs the disk little more than one."""
        digests: list[str] = []
        new: dict[Path, Path] = {}
        try:
            for content in contents:
                digest = hashlib.sha256(content).hexdigest()
                path = self.path(digest)
                if path not in new and not path.exists():
                    _make_folder(path.parent)
                    new[path] = _write_new(path.parent, content)
                digests.append(digest)
            _make_durable(new)
        except BaseException:
            for unfinished in new.values():
                unfinished.unlink(missing_ok=True)
            raise
        return digests

    def read(self, digest: str) -> bytes:
        """The content of a digest; FileMissing where there is none."""
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError as error:
            message = f"the file store {self.folder} has no file {digest}: was the folder moved or cleaned?"
            raise FileMissing(message) from error

    def publish(self, digest: str, name: str) -> Path:
        """Show a file under a name for people too, below `documents/`; its path. The same file may be published again."""
        path = self.published(name)
        _make_folder(path.parent)
        try:
            os.link(self.path(digest), path)
        except FileExistsError:
            # Another process has published it in this moment, or this one before.
            return path
        except OSError as error:
            warn(log, "file not shown", name=name, reason=error.strerror)
            return path
        _sync(path.parent)
        return path

    def shown(self, digest: str, name: str) -> Path:
        """Where people find a file: under its name where that is this very file, else where it lies."""
        path = self.published(name)
        with suppress(OSError):
            if hashlib.sha256(path.read_bytes()).hexdigest() == digest:
                return path
        return self.path(digest)

    def published(self, name: str) -> Path:
        """Where a file of that name is, or would be, for people."""
        return self.folder / "documents" / name

    def path(self, digest: str) -> Path:
        """Where the file of a digest lies."""
        return self.folder / digest[:2] / digest


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)


def _write_new(folder: Path, content: bytes) -> Path:
    """The content in a file of its own, which is not synced yet."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _make_durable(new: Mapping[Path, Path]) -> None:
    """Give files the names they are to have, so that neither a name without content nor a lost name survives a power cut."""
    for file in new.values():
        _sync(file)
    for path, file in new.items():
        file.replace(path)
    for folder in {path.parent for path in new}:
        _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
