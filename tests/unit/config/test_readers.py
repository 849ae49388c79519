"""How single values of deskpost.toml are read."""

from datetime import time
from pathlib import Path

import pytest

from config import readers
from config.readers import Reader

FOLDER = Path("/etc/deskpost")


@pytest.mark.parametrize(
    ("read", "given", "expected"),
    [
        (readers.text, " Студия ", "Студия"),
        (readers.some_text, "Студия", "Студия"),
        (readers.whole(0, 10), 10, 10),
        (readers.whole(0, 10), "7", 7),
        (readers.choice("none", "22"), 22, "22"),
        (readers.choice("none", "22"), "none", "none"),
        (readers.mail_address, "Support@Studio.RU", "support@studio.ru"),
        (readers.mail_address, "info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"),
        (readers.hostname, "Desk.Studio.ru", "desk.studio.ru"),
        (readers.host, "::1", "::1"),
        (readers.host, "mail.studio.ru", "mail.studio.ru"),
        (readers.network, "10.1.2.3/8", "10.0.0.0/8"),
        (readers.network, "192.0.2.7", "192.0.2.7/32"),
        (readers.listen, "127.0.0.1:0", "127.0.0.1:0"),
        (readers.listen, "[::1]:2525", "[::1]:2525"),
        (readers.listen, ":2525", ":2525"),
        (readers.listen, "", ""),
        (readers.lmtp, "run/lmtp.sock", "/etc/deskpost/run/lmtp.sock"),
        (readers.lmtp, "/run/lmtp.sock", "/run/lmtp.sock"),
        (readers.lmtp, "localhost:24", "localhost:24"),
        (readers.lmtp, "", ""),
        (readers.dns_server, "127.0.0.1:5353", "127.0.0.1:5353"),
        (readers.dns_server, "::1", "::1"),
        (readers.dns_server, "[::1]:53", "[::1]:53"),
        (readers.path, "tls.pem", "/etc/deskpost/tls.pem"),
        (readers.path, "", ""),
        (readers.key_file, "data/secret.key", Path("/etc/deskpost/data/secret.key")),
        (readers.database_url, "sqlite:///data/deskpost.db", "sqlite:////etc/deskpost/data/deskpost.db"),
        (readers.database_url, "sqlite:////var/lib/desk.db", "sqlite:////var/lib/desk.db"),
        (readers.database_url, "sqlite://", "sqlite://"),
        (readers.database_url, "sqlite:///:memory:", "sqlite:///:memory:"),
        (readers.files_url, "data/files", "/etc/deskpost/data/files"),
        (readers.files_url, "file:///var/files", "/var/files"),
        (readers.web_url, "https://desk.studio.ru/", "https://desk.studio.ru"),
        (readers.size, "50MB", 50 * 1024 * 1024),
        (readers.size, "1 gb", 1024**3),
        (readers.size, 4096, 4096),
        (readers.rubles, "20000", 2_000_000),
        (readers.rubles, "20 000,50", 2_000_050),
        (readers.rubles, 300, 30_000),
        (readers.clock, "02:00", "02:00"),
        (readers.clock, time(8, 30), "08:30"),
        (readers.timezone, "Asia/Yekaterinburg", "Asia/Yekaterinburg"),
        (readers.token_prefix, "minisol", "minisol"),
        (readers.token_prefix, "", ""),
        (readers.many(readers.network, "networks"), ["::1"], ("::1/128",)),
    ],
)
def test_what_is_allowed_is_read(read: Reader, given: object, expected: object) -> None:
    assert read(given, FOLDER) == expected


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (readers.text, 5),
        (readers.text, "two\nlines"),
        (readers.some_text, "  "),
        (readers.whole(0, 10), 11),
        (readers.whole(0, 10), True),
        (readers.whole(0, 10), "x"),
        (readers.choice("none", "22"), 20),
        (readers.choice("none", "22"), True),
        (readers.mail_address, "support"),
        (readers.mail_address, "Support <support@studio.ru>"),
        (readers.mail_address, "support@-studio"),
        (readers.mail_address, "a@b..ru"),
        (readers.mail_address, None),
        (readers.hostname, "studio ru"),
        (readers.host, "studio_ru"),
        (readers.network, "10.0.0.0/33"),
        (readers.network, "localhost"),
        (readers.listen, "2525"),
        (readers.listen, "127.0.0.1:70000"),
        (readers.listen, "127.0.0.1:smtp"),
        (readers.listen, 2525),
        (readers.dns_server, "ns.studio.ru"),
        (readers.key_file, ""),
        (readers.database_url, "data/deskpost.db"),
        (readers.database_url, "sqlite://data/deskpost.db"),
        (readers.files_url, "s3://bucket/prefix"),
        (readers.files_url, ""),
        (readers.web_url, "desk.studio.ru"),
        (readers.web_url, "ftp://desk.studio.ru"),
        (readers.size, "50 pages"),
        (readers.size, "0"),
        (readers.size, True),
        (readers.rubles, "-5"),
        (readers.rubles, "20000.5"),
        (readers.rubles, "много"),
        (readers.clock, "24:00"),
        (readers.clock, "2:00"),
        (readers.timezone, "Moscow"),
        (readers.timezone, "../../etc/passwd"),
        (readers.timezone, ""),
        (readers.token_prefix, "мини [сол]"),
        (readers.many(readers.network, "networks"), "::1"),
        (readers.many(readers.network, "networks"), ["::1", "x"]),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(read: Reader, given: object) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        read(given, FOLDER)


def test_an_endpoint_splits_into_host_and_port() -> None:
    assert readers.split_endpoint("[::1]:25") == ("::1", 25)
    assert readers.split_endpoint(":25") == ("", 25)


@pytest.mark.parametrize("text", ["", "host", "host:smtp"])
def test_what_is_no_listening_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        readers.split_endpoint(text)
