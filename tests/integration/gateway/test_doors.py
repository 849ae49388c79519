"""The SMTP and LMTP doors: 250 means kept, and whatever goes wrong is «later», never «never»."""

import asyncio
import smtplib
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine, event
from sqlmodel import SQLModel

from config.database import open_engine, transaction
from gateway import models, smtp, spool
from gateway.listening import CannotListen, Listener, tls_context
from gateway.smtp import Rules, is_within
from gateway.spool import Writer
from tests.unit.gateway.keys import private_pem, rsa_key

BODY = b"Subject: x\r\n\r\ntext\r\n"


@dataclass
class Door:
    engine: Engine
    rules: Rules
    listener: Listener
    port: int
    socket_path: str

    def client(self, timeout: float = 60) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example", timeout=timeout)

    def raws(self) -> list[bytes]:
        with transaction(self.engine) as connection:
            return [spool.raw(connection, entry.id) for entry in spool.listing(connection)]


async def _ours(address: str) -> bool:
    await asyncio.sleep(0)
    if address.startswith("broken"):
        message = "no such table /var/secret/path"
        raise RuntimeError(message)
    return address.partition("@")[0].partition("+")[0] in {"support", "billing"}


@contextmanager
def open_door(folder: Path, **rules: object) -> Iterator[Door]:
    engine = open_engine(f"sqlite:///{folder}/spool.db")
    SQLModel.metadata.create_all(engine, tables=[models.spool, models.raw_letters])
    writer = Writer(engine, lambda: None)
    writer.start()
    ours = Rules("desk.example", 1024 * 1024, writer.put, _ours, lambda: datetime.now(UTC), trusted_relays=("127.0.0.0/8",))
    ours = replace(ours, **rules)  # type: ignore[arg-type]
    listener = Listener(ours, smtp="127.0.0.1:0", lmtp=f"{folder}/lmtp")
    address, path = listener.start()
    try:
        yield Door(engine, ours, listener, int(address.rpartition(":")[2]), path)
    finally:
        listener.stop()
        writer.stop()
        engine.dispose()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as opened:
        yield opened


@contextmanager
def talking(door: Door, path: str = "") -> Iterator[Callable[..., bytes]]:
    """Say bytes, hear the given number of lines."""
    link = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    link.settimeout(30)
    with link:
        link.connect(path or ("127.0.0.1", door.port))
        with link.makefile("rb") as lines:
            lines.readline()

            def say(words: bytes, replies: int = 1) -> bytes:
                link.sendall(words)
                return b"".join(lines.readline() for _ in range(replies))

            yield say


def test_a_letter_is_kept_as_it_came_with_its_envelope(door: Door) -> None:
    content = b"Subject: \xff\r\n\r\n.dot\r\n..two\r\nbare\nlf\rcr " + b"x" * 100_000 + b"\r\n"
    with door.client() as client:
        assert client.sendmail("a@b.example", ["support+7.x@studio.example", "billing@studio.example"], content) == {}
    assert door.raws() == [content]
    with transaction(door.engine) as connection:
        (entry,) = spool.listing(connection)
    assert entry.envelope_from == "a@b.example"
    assert entry.envelope_to == ("support+7.x@studio.example", "billing@studio.example")
    assert (entry.door, entry.peer) == ("smtp", "127.0.0.1")


def test_the_null_sender_and_an_empty_letter_are_taken(door: Door) -> None:
    with talking(door) as say:
        assert say(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<support@x>\r\nDATA\r\n", 4).endswith(b"354 End data with <CR><LF>.<CR><LF>\r\n")
        assert say(b".\r\n").startswith(b"250 2.0.0")
    assert door.raws() == [b""]


def test_a_whole_pipelined_conversation_in_one_packet_is_understood(door: Door) -> None:
    one = b"MAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nDATA\r\n" + BODY + b".\r\n"
    with talking(door) as say:
        heard = say(b"HELO x\r\n" + one * 3 + b"QUIT\r\n", 14).splitlines()
    assert [line[:3] for line in heard] == [b"250", *[b"250", b"250", b"354", b"250"] * 3, b"221"]
    assert door.raws() == [BODY] * 3


def test_a_terminator_cut_anywhere_ends_the_letter_and_nothing_else_does(door: Door) -> None:
    content = b"a\n.\nb\r\n.\nc\n.\r\nd\r\n..\r\n"
    for cut in range(1, 5):
        with talking(door) as say:
            say(b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nDATA\r\n", 4)
            whole = content + b".\r\n"
            say(whole[:-cut], 0)
            time.sleep(0.05)
            assert say(whole[-cut:]).startswith(b"250")
    assert set(door.raws()) == {content.replace(b"\r\n.", b"\r\n")}


@pytest.mark.parametrize("address", ["nobody@studio.example", "x@elsewhere.example", "supporter@x"])
def test_we_are_nobodys_relay(door: Door, address: str) -> None:
    with door.client() as client:
        client.helo()
        client.mail("a@b")
        assert client.rcpt(address)[0] == 550


def test_an_error_inside_tells_the_client_to_come_again_and_nothing_else(door: Door) -> None:
    with door.client() as client:
        client.helo()
        client.mail("a@b")
        assert client.rcpt("broken@x") == (451, b"4.3.0 Cannot take the letter now, try again later")
        assert client.rcpt("support@x")[0] == 250


def test_nobody_logs_in_and_nobody_is_verified(door: Door) -> None:
    with door.client() as client:
        code, words = client.ehlo()
        assert (code, b"AUTH" in words) == (250, False)
        assert b"aiosmtpd" not in words.lower()
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] >= 500
        assert client.verify("support")[0] == client.verify("nobody")[0] == 252


def test_too_big_is_said_at_once_where_it_is_announced_and_at_the_end_otherwise(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        assert client.mail("a@b", ["SIZE=2000000"])[0] == 552
        client.mail("a@b")
        client.rcpt("support@x")
        assert client.data(b"x" * 3_000_000)[0] == 552
        assert client.sendmail("a@b", ["support@x"], b"y" * 1_000_000 + b"\r\n") == {}
    assert [len(raw) for raw in door.raws()] == [1_000_002]


def test_thousands_of_recipients_are_not_taken_in_one_letter(door: Door) -> None:
    with door.client() as client:
        client.helo()
        client.mail("a@b")
        codes = [client.rcpt(f"support+{number}@x")[0] for number in range(60)]
    assert codes == [250] * 50 + [452] * 10


def test_more_connections_than_the_cap_are_turned_away_and_the_door_stays_open(tmp_path: Path) -> None:
    with open_door(tmp_path, connections=5) as door:
        clients = [door.client() for _ in range(5)]
        with pytest.raises(smtplib.SMTPConnectError) as turned_away:
            door.client()
        assert turned_away.value.smtp_code == 421
        clients.pop().quit()
        time.sleep(0.2)
        door.client().quit()
        for client in clients:
            client.quit()


def test_a_stranger_may_not_take_all_connections(tmp_path: Path) -> None:
    with open_door(tmp_path, trusted_relays=()) as door:
        clients = [door.client() for _ in range(smtp.CONNECTIONS_PER_PEER)]
        with pytest.raises(smtplib.SMTPConnectError):
            door.client()
        for client in clients:
            client.quit()


def test_a_mail_server_that_runs_as_somebody_else_reaches_the_socket(door: Door) -> None:
    assert Path(door.socket_path).stat().st_mode & 0o777 == 0o666


def test_lmtp_answers_once_for_each_recipient(door: Door) -> None:
    with talking(door, door.socket_path) as say:
        assert say(b"EHLO x\r\n").startswith(b"500")
        say(b"LHLO x\r\n", 6)
        say(b"MAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nRCPT TO:<nobody@x>\r\nRCPT TO:<billing@x>\r\nDATA\r\n", 5)
        heard = say(BODY + b".\r\nNOOP\r\n", 3).splitlines()
    assert [line[:9] for line in heard] == [b"250 2.0.0", b"250 2.0.0", b"250 OK"]
    assert door.raws() == [BODY]


def _certificate(folder: Path) -> tuple[str, str]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(rsa_key().public_key()).serial_number(1)
    certificate = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(rsa_key(), hashes.SHA256())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(private_pem())
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_starttls_is_offered_where_there_is_a_certificate(tmp_path: Path) -> None:
    anyone = ssl._create_unverified_context()  # noqa: S323  the certificate is made here
    with open_door(tmp_path, tls=tls_context(*_certificate(tmp_path))) as door, door.client() as client:
        client.starttls(context=anyone)
        assert b"AUTH" not in client.ehlo()[1]
        assert client.sendmail("a@b", ["support@x"], BODY) == {}
        assert door.raws() == [BODY]


def test_a_locked_database_is_waited_for(door: Door) -> None:
    link = sqlite3.connect(str(door.engine.url.database), isolation_level=None, check_same_thread=False)
    link.execute("BEGIN IMMEDIATE")
    threading.Timer(1, lambda: link.execute("COMMIT")).start()
    with door.client() as client:
        started = time.monotonic()
        assert client.sendmail("a@b", ["support@x"], BODY) == {}
        assert time.monotonic() - started > 0.9
    link.close()
    assert door.raws() == [BODY]


def test_a_database_that_stays_locked_is_answered_with_later_and_others_go_on_talking(door: Door) -> None:
    event.listen(door.engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=700"))
    door.engine.dispose()
    link = sqlite3.connect(str(door.engine.url.database), isolation_level=None)
    link.execute("BEGIN IMMEDIATE")
    heard: list[int] = []
    with door.client() as client, door.client() as other:
        client.helo()
        client.mail("a@b")
        client.rcpt("support@x")
        waiting = threading.Thread(target=lambda: heard.append(client.data(BODY)[0]))
        waiting.start()
        time.sleep(0.1)
        started = time.monotonic()
        other.noop()
        assert time.monotonic() - started < 0.3
        waiting.join()
        link.execute("COMMIT")
        link.close()
        assert heard == [451]
        assert client.sendmail("a@b", ["support@x"], BODY) == {}
    assert door.raws() == [BODY]


def test_on_a_full_disk_nothing_is_acknowledged_nothing_is_lost_and_room_is_enough_to_go_on(door: Door) -> None:
    """`max_page_count` is a disk of a given size: SQLite says «database or disk is full»."""
    with transaction(door.engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    limits = [pages + 20]
    event.listen(door.engine, "checkout", lambda connection, *_: connection.execute(f"PRAGMA max_page_count={limits[0]}"))
    acknowledged = []
    with door.client() as client:
        client.helo()
        for number in range(60):
            content = b"Subject: %d\r\n\r\n" % number + b"x" * 4000 + b"\r\n"
            client.mail("a@b")
            client.rcpt("support@x")
            code, words = client.data(content)
            assert (code, words[:5]) in {(250, b"2.0.0"), (452, b"4.3.1")}
            if code == 250:
                acknowledged.append(content)
        assert 0 < len(acknowledged) < 60
        assert door.raws() == acknowledged
        limits[0] = 100_000
        assert client.sendmail("a@b", ["support@x"], BODY) == {}
    assert door.raws() == [*acknowledged, BODY]


def test_a_letter_on_its_way_is_finished_before_the_door_closes(door: Door) -> None:
    with talking(door) as say:
        say(b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nDATA\r\n", 4)
        say(b"Subject: x\r\n", 0)
        closing = threading.Thread(target=door.listener.stop)
        closing.start()
        time.sleep(0.3)
        with pytest.raises(ConnectionRefusedError):
            door.client()
        heard = say(b"\r\nbody\r\n.\r\n", 2)
        closing.join(10)
    assert heard.startswith(b"250 2.0.0")
    assert heard.splitlines()[1].startswith(b"421 4.3.2")
    assert door.raws() == [b"Subject: x\r\n\r\nbody\r\n"]


def test_an_idle_client_is_told_that_the_door_closes(door: Door) -> None:
    with talking(door) as say:
        say(b"HELO x\r\n")
        door.listener.stop()
        assert say(b"", 1).startswith(b"421")


def test_a_client_that_goes_in_the_middle_leaves_nothing(door: Door) -> None:
    with talking(door) as say:
        say(b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nDATA\r\n", 4)
        say(b"Subject: half", 0)
    with door.client() as client:
        client.sendmail("a@b", ["support@x"], BODY)
    assert door.raws() == [BODY]


def test_a_port_in_use_is_named(door: Door) -> None:
    second = Listener(door.rules, smtp=f"127.0.0.1:{door.port}")
    with pytest.raises(CannotListen, match=f"127.0.0.1:{door.port}: .*in use"):
        second.start()


def test_megabytes_of_line_ends_cost_no_more_than_other_megabytes(tmp_path: Path) -> None:
    with open_door(tmp_path, max_message_size=8 * 1024 * 1024) as door, door.client() as client:
        started = time.monotonic()
        assert client.sendmail("a@b", ["support@x"], b"\r\n" * 2_000_000) == {}
        assert time.monotonic() - started < 5


def test_networks_hold_their_addresses() -> None:
    assert is_within("127.0.0.5", ("127.0.0.0/8",))
    assert is_within("::1", ("127.0.0.0/8", "::1/128"))
    assert not is_within("10.0.0.1", ("127.0.0.0/8",))
    assert not is_within("junk", ("127.0.0.0/8",))
