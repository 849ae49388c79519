"""What `deskpost init` makes."""

from pathlib import Path

import pytest

from config.database import NoDatabase, UnsafeDatabase, check_schema, open_engine, open_existing
from config.files import FileStore
from config.founding import Wishes, configuration, found
from config.keyfile import make_key, read_key
from config.keys import IMAP, SECTIONS
from config.loading import load
from config.positions import lines_of
from config.settings import SettingsError
from config.templating import LANGUAGES
from tests.databases import PostgresServer


def test_a_studio_is_founded_whole(tmp_path: Path) -> None:
    founded = found(tmp_path / "desk", Wishes(name='Студия "Ромашка"', support="help@romashka.ru"), {})
    assert founded.settings.studio.name == 'Студия "Ромашка"'
    assert founded.settings.studio.billing_address == "billing@romashka.ru"
    assert [path.name for path in founded.made] == ["deskpost.toml", "secret.key", "files", "deskpost.db"]
    engine = open_engine(founded.settings.database.url)
    check_schema(engine)
    engine.dispose()


def test_what_holds_mail_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "deskpost.toml").write_text('[database]\nurl = "sqlite:///rows/desk.db"\n[files]\nurl = "files"\n', encoding="utf-8")
    founded = found(tmp_path, Wishes(), {})
    store = FileStore(Path(founded.settings.files.url))
    kept = store.path(store.put(b"letter"))
    for path in (tmp_path / "rows", tmp_path / "rows" / "desk.db", tmp_path / "files", kept.parent, kept):
        assert path.stat().st_mode & 0o077 == 0, path


def test_founding_twice_changes_nothing(tmp_path: Path) -> None:
    first = found(tmp_path, Wishes(name="Первая"), {})
    key = read_key(first.settings.secrets.key_file)
    second = found(tmp_path, Wishes(name="Вторая"), {})
    assert second.made == ()
    assert second.settings == first.settings
    assert read_key(second.settings.secrets.key_file) == key


def test_what_is_missing_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "deskpost.toml").write_text('[files]\nurl = "attachments"\n', encoding="utf-8")
    assert [path.name for path in found(tmp_path, Wishes(), {}).made] == ["secret.key", "attachments", "deskpost.db"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_configuration_holds_every_key_with_its_default(tmp_path: Path, language: str) -> None:
    file = tmp_path / "deskpost.toml"
    file.write_text(configuration(Wishes(language=language)), encoding="utf-8")
    assert load(file, {}).studio.language == language
    there = lines_of(file.read_text(encoding="utf-8").replace("\n# [[", "\n[[").replace("\n# ", "\n"))
    wanted = {(section, key) for section, keys in SECTIONS.items() for key in keys} | {("imap", "0", key) for key in IMAP}
    assert wanted <= there.keys()
    spoken = load(file, {"DESKPOST_STUDIO__LANGUAGE": "ru"})
    file.write_text("", encoding="utf-8")
    assert spoken == load(file, {})


def test_a_wrong_address_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--support must be a mail address"):
        found(tmp_path, Wishes(support="nobody"), {})
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    assert make_key(path)
    assert not make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(read_key(path)) == 32


@pytest.mark.parametrize("content", ["", "zz", "00" * 8])
def test_a_damaged_key_is_not_used(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret.key"
    path.write_text(content, encoding="ascii")
    with pytest.raises(SettingsError, match="damaged"):
        read_key(path)


def test_a_missing_key_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="deskpost init"):
        read_key(tmp_path / "secret.key")


def test_a_studio_is_founded_on_a_database_server(tmp_path: Path, postgresql: PostgresServer) -> None:
    with postgresql.database(empty=True) as url:
        environment = {"DESKPOST_DATABASE__URL": url}
        made = found(tmp_path, Wishes(), environment)
        assert len(made.made) == 4
        engine = open_existing(made.settings.database.url)
        check_schema(engine)
        engine.dispose()
        assert found(tmp_path, Wishes(), environment).made == ()


def test_a_server_that_would_lose_mail_is_refused(postgresql: PostgresServer) -> None:
    with postgresql.database() as url, pytest.raises(UnsafeDatabase, match="synchronous_commit = on"):
        open_existing(f"{url}&options=-csynchronous_commit%3Doff")


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoDatabase, match="does not answer"):
        open_existing(f"postgresql+psycopg://desk@/desk?host={tmp_path}")
