"""deskpost.toml and the environment: what is read, and what is refused with file, line and key."""

from pathlib import Path

import pytest

from config.loading import find, load
from config.settings import Imap, Settings, SettingsError


def written(folder: Path, text: str) -> Path:
    file = folder / "deskpost.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(written(folder, text), environment or {})
    return str(caught.value)


def test_an_empty_file_gives_the_documented_defaults(tmp_path: Path) -> None:
    settings = load(written(tmp_path, ""), {})
    assert settings.studio.support_address == "support@studio.example"
    assert settings.studio.digest_at == "08:00"
    assert settings.database.url == f"sqlite:///{tmp_path}/data/deskpost.db"
    assert settings.files.url == f"{tmp_path}/data/files"
    assert settings.secrets.key_file == tmp_path / "data" / "secret.key"
    assert settings.smtp.listen == "127.0.0.1:2525"
    assert settings.smtp.max_message_size == 50 * 1024 * 1024
    assert settings.smtp.trusted_relays == ("127.0.0.0/8", "::1/128")
    assert settings.outgoing.port == 25
    assert settings.security.confirm_over_amount == 2_000_000
    assert settings.billing.vat == "none"
    assert settings.imap == ()


def test_the_studios_other_names_follow_from_its_support_address(tmp_path: Path) -> None:
    settings = load(written(tmp_path, '[studio]\nsupport_address = "help@minisol.ru"'), {})
    assert settings.studio.billing_address == "billing@minisol.ru"
    assert settings.studio.url == "https://desk.minisol.ru"
    assert settings.smtp.hostname == "desk.minisol.ru"


def test_a_desk_with_a_domain_of_its_own_is_named_by_it(tmp_path: Path) -> None:
    settings = load(written(tmp_path, '[studio]\nsupport_address = "support@desk.studio.ru"'), {})
    assert (settings.studio.url, settings.smtp.hostname) == ("https://desk.studio.ru", "desk.studio.ru")


def test_the_host_name_follows_from_the_address_of_the_desk(tmp_path: Path) -> None:
    assert load(written(tmp_path, '[studio]\nurl = "https://help.minisol.ru"'), {}).smtp.hostname == "help.minisol.ru"


def test_a_file_saved_by_notepad_is_read(tmp_path: Path) -> None:
    file = tmp_path / "deskpost.toml"
    file.write_bytes('\ufeff[studio]\r\nname = "Студия"\r\n'.encode())
    assert load(file, {}).studio.name == "Студия"


def test_the_environment_overrides_every_kind_of_value(tmp_path: Path) -> None:
    environment = {
        "DESKPOST_SMTP__LISTEN": "127.0.0.1:2626",
        "DESKPOST_SMTP__TRUSTED_RELAYS": "10.0.0.0/8, 192.0.2.1",
        "DESKPOST_SECURITY__DNS_SERVERS": "",
        "DESKPOST_OUTGOING__PORT": "2527",
        "DESKPOST_BILLING__VAT": "22",
        "DESKPOST_DATABASE__URL": "sqlite:///other.db",
        "DESKPOST_LOG": "debug",
        "UNRELATED__THING": "x",
    }
    settings = load(written(tmp_path, '[smtp]\nlisten = ":25"\n[security]\ndns_servers = ["::1"]'), environment)
    assert settings.smtp.listen == "127.0.0.1:2626"
    assert settings.smtp.trusted_relays == ("10.0.0.0/8", "192.0.2.1/32")
    assert settings.security.dns_servers == ()
    assert settings.outgoing.port == 2527
    assert settings.billing.vat == "22"
    assert settings.database.url == f"sqlite:///{tmp_path}/other.db"


def test_a_mailbox_is_read_with_its_password(tmp_path: Path) -> None:
    (tmp_path / "imap.password").write_text("секрет\n", encoding="utf-8")
    text = '[[imap]]\nhost = "imap.studio.ru"\nuser = "support"\ntls = "starttls"\n'
    box = load(written(tmp_path, text), {}).imap[0]
    assert box == Imap("imap.studio.ru", 143, "support", "секрет", "starttls", "INBOX", "")


def test_the_relays_password_is_read(tmp_path: Path) -> None:
    (tmp_path / "relay.password").write_text("secret\n", encoding="utf-8")
    assert load(written(tmp_path, '[outgoing]\npassword_file = "relay.password"'), {}).outgoing.password == "secret"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[smtp]\n\nlisen = 1", "deskpost.toml, line 3: [smtp] lisen is not known: did you mean listen?"),
        ("[smpt]", "deskpost.toml, line 1: [smpt] is not known: did you mean smtp?"),
        ("[qqq]", "deskpost.toml, line 1: [qqq] is not known: known are studio, database,"),
        ("name = 1", "deskpost.toml, line 1: [name] is not known"),
        ("studio = 1", "deskpost.toml, line 1: [studio] must be a section"),
        ("[studio]\nname = 5", "deskpost.toml, line 2: [studio] name must be text of one line, in quotes"),
        ("studio = {name = 5}", "deskpost.toml, line 1: [studio] name must be text"),
        ('[smtp]\nlisten = "x"', "deskpost.toml, line 2: [smtp] listen must be host:port"),
        ('[imap]\nhost = "a"', "deskpost.toml, line 1: [[imap]] must be a table in double brackets"),
        ('\n[[imap]]\nhost = "a"', "deskpost.toml, line 2: [[imap]] needs the key user"),
        ('[[imap]]\nhost = "a"\nuser = "b"\nprot = 1', "deskpost.toml, line 4: [[imap]] prot is not known: did you mean port?"),
        ('[smtp]\ntls_key = "a.pem"', "deskpost.toml, line 2: [smtp] tls_key is of no use alone: set tls_certificate too, or neither"),
        ("[studio", "deskpost.toml is not TOML: "),
        ('[files]\nurl = "s3://bucket"', "this version keeps files in a folder only"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "key", "file"),
    [
        ('[outgoing]\npassword_file = "none.password"', "deskpost.toml, line 2: [outgoing] password_file", "none.password"),
        ('[[imap]]\nhost = "a"\nuser = "b"\npassword_file = "x"', "deskpost.toml, line 4: [[imap]] password_file", "x"),
        ('[[imap]]\nhost = "a"\nuser = "b"', "deskpost.toml, line 1: [[imap]] password_file", "imap.password"),
        ('[outgoing]\ndkim_selector = "s"\ndkim_key = "d.pem"', "deskpost.toml, line 3: [outgoing] dkim_key", "d.pem"),
    ],
)
def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, key: str, file: str) -> None:
    assert refusal(tmp_path, text) == f"{key}: {tmp_path / file} cannot be read: No such file or directory"


def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    assert refusal(tmp_path, "", {"DESKPOST_WEB__LISTEN": "8080"}).startswith("DESKPOST_WEB__LISTEN must be host:port")
    assert refusal(tmp_path, "", {"DESKPOST_WEB__LISEN": "x"}) == "DESKPOST_WEB__LISEN is not known: did you mean DESKPOST_WEB__LISTEN?"


def test_without_a_file_the_way_out_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="deskpost init"):
        load(tmp_path / "none.toml", {})


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "deskpost.toml"
    file.write_bytes("[studio]\nname = 'Студия'".encode("cp1251"))
    with pytest.raises(SettingsError, match="UTF-8"):
        load(file, {})


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, {})


def test_the_option_goes_before_the_environment_and_that_before_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert find(Path("a.toml"), {"DESKPOST_CONFIG": "/b.toml"}) == tmp_path / "a.toml"
    assert find(None, {"DESKPOST_CONFIG": "/b.toml"}) == Path("/b.toml")
    assert find(None, {}) == tmp_path / "deskpost.toml"


def test_no_password_is_in_the_representation(tmp_path: Path) -> None:
    (tmp_path / "imap.password").write_text("hunter2", encoding="utf-8")
    settings: Settings = load(written(tmp_path, '[[imap]]\nhost = "a"\nuser = "b"\n[outgoing]\npassword_file = "imap.password"'), {})
    assert "hunter2" not in repr(settings)
