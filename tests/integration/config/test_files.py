"""The file store shows files to people, and never another file than it was asked for."""

import os
from pathlib import Path

import pytest

from config.files import FileStore


def test_a_name_that_is_another_files_is_not_shown(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    first, second = store.put(b"first"), store.put(b"second")
    path = store.publish(first, "2026/act.pdf")
    store.publish(first, "2026/act.pdf")
    store.publish(second, "2026/act.pdf")
    assert store.shown(first, "2026/act.pdf") == path
    assert store.shown(second, "2026/act.pdf").read_bytes() == b"second"


def test_a_disk_without_links_shows_the_file_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    store = FileStore(tmp_path)
    digest = store.put(b"act")
    store.publish(digest, "2026/act.pdf")
    assert store.shown(digest, "2026/act.pdf") == store.path(digest)


def test_several_files_are_kept_at_once_and_copies_once(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    digests = store.put_all([b"first", b"second", b"first"])
    assert [store.read(digest) for digest in digests] == [b"first", b"second", b"first"]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_files_that_cannot_be_kept_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path)

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    store.put(b"kept")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        store.put_all([b"lost", b"lost too"])
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
