"""The SMTP and LMTP doors: 250 means kept, and whatever goes wrong is «later», never «never»."""

import smtplib
import socket
import sqlite3
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from config.database import transaction
from gateway import spool
from gateway.listening import CannotListen, Listener, tls_context
from gateway.peers import Caps, is_within
from gateway.reading import parsing
from tests.integration.gateway.doorway import BODY, Door, certificate, open_door, talking

ANYONE = ssl._create_unverified_context()  # noqa: S323  the certificates are made here


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as opened:
        yield opened


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
    with open_door(tmp_path, caps=Caps(connections=5, silence=60)) as door:
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
    with open_door(tmp_path, trusted_relays=(), caps=Caps(silence=60)) as door:
        clients = [door.client() for _ in range(Caps().per_peer)]
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


def test_starttls_is_offered_where_there_is_acertificate(tmp_path: Path) -> None:
    with open_door(tmp_path, tls=tls_context(*certificate(tmp_path))) as door, door.client() as client:
        client.starttls(context=ANYONE)
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


def test_a_letter_says_at_its_top_how_it_came(door: Door) -> None:
    with door.client() as client:
        client.sendmail("a@b.example", ["support@x"], BODY)
        client.sendmail("a@b.example", ["support@x", "billing@x"], BODY)
    with talking(door) as say:
        say(b"HELO (evil\xff)\r\nMAIL FROM:<>\r\nRCPT TO:<support@x>\r\nDATA\r\n", 4)
        say(BODY + b".\r\n")
    first, second, third = (raw.decode().split("\r\n") for raw in door.stored())
    assert first[:2] == ["Return-Path: <a@b.example>", "Received: from client.example ([127.0.0.1])"]
    assert first[2].startswith("\tby desk.example with ESMTP id ")
    assert first[3] == "\tfor <support@x>;"
    assert first[5:] == BODY.decode().split("\r\n")
    assert "support" not in "".join(second)
    assert third[:2] == ["Return-Path: <>", "Received: from ?evil?? ([127.0.0.1])"]
    assert " with SMTP id " in third[2]


@pytest.mark.parametrize(
    "content", [BODY, b"Message-ID: <1@b>\r\n" + BODY, b" no header\r\nat all\r\n", b"\r\nonly a body\r\n", b"words\r\n"]
)
def test_two_deliveries_of_one_letter_are_known_for_one(door: Door, content: bytes) -> None:
    for helo in ("one.example", "two.example"):
        with smtplib.SMTP("127.0.0.1", door.port, local_hostname=helo) as client:
            client.sendmail("a@b.example", ["support@x"], content)
    first, second = door.stored()
    assert first != second
    assert parsing.fingerprint(first) == parsing.fingerprint(second) == parsing.fingerprint(content)


def test_a_letter_without_a_header_loses_no_word_to_the_lines_above_it(door: Door) -> None:
    with door.client() as client:
        client.sendmail("a@b.example", ["support@x"], b" indented\r\nwords\r\n")
    assert parsing.parse(door.stored()[0]).text.split() == ["indented", "words"]


def test_tls_may_be_spoken_from_the_first_byte_on(tmp_path: Path) -> None:
    with open_door(tmp_path, smtps=True, tls=tls_context(*certificate(tmp_path))) as door:
        with smtplib.SMTP_SSL("127.0.0.1", door.tls_port, context=ANYONE, timeout=30) as client:
            assert b"STARTTLS" not in client.ehlo()[1]
            assert client.sendmail("a@b", ["support@x"], BODY) == {}
        assert b" with ESMTPS id " in door.stored()[0]
        assert door.raws() == [BODY]


def test_a_door_for_tls_without_a_certificate_is_not_opened(door: Door) -> None:
    with pytest.raises(CannotListen, match=r"needs smtp\.tls_certificate"):
        Listener(door.rules, smtps="127.0.0.1:0")


V1 = b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 25\r\n"
V2 = (
    b"\r\n\r\n\x00\r\nQUIT\n"
    + struct.pack("!BBH", 0x21, 0x11, 12)
    + socket.inet_aton("192.0.2.7")
    + socket.inet_aton("192.0.2.1")
    + struct.pack("!HH", 40000, 25)
)
V2_OF_ITSELF = b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack("!BBH", 0x20, 0, 0)


@pytest.mark.parametrize(
    ("header", "peer"), [(V1, "192.0.2.7"), (V2, "192.0.2.7"), (V2_OF_ITSELF, "127.0.0.1"), (b"PROXY UNKNOWN\r\n", "127.0.0.1")]
)
@pytest.mark.parametrize("cut", [0, 3])
def test_a_proxy_of_ours_says_for_whom_it_comes(tmp_path: Path, header: bytes, peer: str, cut: int) -> None:
    with open_door(tmp_path, proxied=True) as door:
        with socket.create_connection(("127.0.0.1", door.port), timeout=10) as link, link.makefile("rb") as lines:
            link.sendall(header[:cut])
            time.sleep(0.1 if cut else 0)
            link.sendall(header[cut:] + b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nDATA\r\n" + BODY + b".\r\nQUIT\r\n")
            assert [line[:3] for line in lines] == [b"220", b"250", b"250", b"250", b"354", b"250", b"221"]
        assert door.raws() == [BODY]
        with transaction(door.engine) as connection:
            assert [entry.peer for entry in spool.listing(connection)] == [peer]


def test_behind_a_proxy_tls_may_be_spoken_from_the_first_byte_on(tmp_path: Path) -> None:
    with open_door(tmp_path, smtps=True, proxied=True, tls=tls_context(*certificate(tmp_path))) as door:
        plain = socket.create_connection(("127.0.0.1", door.tls_port), timeout=10)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        hello = ANYONE.wrap_bio(incoming, outgoing)
        with pytest.raises(ssl.SSLWantReadError):
            hello.do_handshake()
        # The proxy's words and the client's first ones travel in one packet.
        plain.sendall(V1 + outgoing.read())
        incoming.write(plain.recv(65536))
        while True:
            try:
                hello.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(plain.recv(65536))
        plain.sendall(outgoing.read())
        heard = b""
        while not heard.startswith(b"220 desk.example"):
            incoming.write(plain.recv(65536))
            try:
                heard += hello.read()
            except ssl.SSLWantReadError:
                continue
        plain.close()


@pytest.mark.parametrize(
    "said", [b"EHLO a.example\r\n", b"PROXY TCP4 junk\r\n", b"PROXY TCP4 " + b"1" * 5000, b"\r\n\r\n\x00\r\nQUIT\n\x00\x00\x00\x00"]
)
def test_a_proxy_that_names_nobody_is_cut_off(tmp_path: Path, said: bytes) -> None:
    with open_door(tmp_path, proxied=True) as door, socket.create_connection(("127.0.0.1", door.port), timeout=10) as link:
        link.sendall(said)
        try:
            assert link.recv(1000) == b""
        except ConnectionResetError:
            return


def test_a_stranger_is_not_believed_for_whom_he_comes(tmp_path: Path) -> None:
    with open_door(tmp_path, proxied=True, trusted_relays=()) as door:
        with talking(door) as say:
            assert say(V1).startswith(b"500")
            say(b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nDATA\r\n", 4)
            assert say(BODY + b".\r\n").startswith(b"250")
        with transaction(door.engine) as connection:
            assert [entry.peer for entry in spool.listing(connection)] == ["127.0.0.1"]


def test_without_room_mail_is_asked_to_come_later_at_its_beginning_and_at_its_end(tmp_path: Path) -> None:
    squeezed = [""]
    with open_door(tmp_path, pressure=lambda: squeezed[0]) as door, door.client() as client:
        client.ehlo()
        client.mail("a@b")
        client.rcpt("support@x")
        squeezed[0] = "the disk is full"
        assert client.data(BODY) == (452, b"4.3.1 No room for the letter now, try again later")
        assert client.mail("a@b")[0] == 452
        squeezed[0] = ""
        assert client.sendmail("a@b", ["support@x"], BODY) == {}
        assert door.raws() == [BODY]


def test_a_stranger_brings_so_many_letters_a_minute_and_a_relay_any_number(tmp_path: Path) -> None:
    with open_door(tmp_path, trusted_relays=(), caps=Caps(per_minute=3)) as door, door.client() as client:
        client.ehlo()
        codes = []
        for _ in range(4):
            codes.append(client.mail("a@b")[0])
            client.rset()
        assert codes == [250, 250, 250, 450]
        with talking(door, door.socket_path) as say:
            say(b"LHLO x\r\n", 6)
            assert all(say(b"MAIL FROM:<a@b>\r\nRSET\r\n", 2)[:3] == b"250" for _ in range(9))


def test_a_relay_may_say_rset_before_each_of_its_letters(door: Door) -> None:
    with door.client() as client:
        for _ in range(Caps().junk + 5):
            client.rset()
            assert client.sendmail("a@b", ["support@x"], BODY) == {}


def test_each_recipient_of_a_letter_that_could_not_be_kept_hears_so(tmp_path: Path) -> None:
    with open_door(tmp_path) as door, talking(door, door.socket_path) as say:
        say(b"LHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nRCPT TO:<billing@x>\r\nDATA\r\n", 10)
        assert [line[:3] for line in say(b"x" * 2_000_000 + b"\r\n.\r\nNOOP\r\n", 3).splitlines()] == [b"552", b"552", b"250"]


def test_networks_hold_their_addresses() -> None:
    assert is_within("127.0.0.5", ("127.0.0.0/8",))
    assert is_within("::1", ("127.0.0.0/8", "::1/128"))
    assert not is_within("10.0.0.1", ("127.0.0.0/8",))
    assert not is_within("junk", ("127.0.0.0/8",))
