"""What people do to a door who bring no letters: the caps hold, and who brings one is let in."""

import resource
import selectors
import smtplib
import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway.listening import Listener, tls_context
from gateway.peers import Caps
from gateway.spool import Arrival
from tests.integration.gateway.doorway import BODY, Door, certificate, open_door, talking
from tests.integration.gateway.throwaway import until

MANY = 3000
BEGINNING = b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<support@x>\r\nDATA\r\n"
NOBODY: tuple[str, ...] = ()


def visits(door: Door) -> int:
    return len(door.listener._visitors.visits)


@contextmanager
def crowd(door: Door, sources: list[str]) -> Iterator[list[socket.socket]]:
    """One connection from each of the addresses, saying nothing and hearing nothing."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        links = []
        for source in sources:
            link = stack.enter_context(socket.socket())
            link.bind((source, 0))
            link.settimeout(0)
            link.connect_ex(("127.0.0.1", door.port))
            selector.register(link, selectors.EVENT_WRITE)
            links.append(link)
        while selector.get_map():
            for key, _ in selector.select():
                selector.unregister(key.fileobj)
        yield links


def bring(door: Door, source: str) -> None:
    """A letter from somebody who is honest, and who comes again a little later where he is asked to."""
    clients: list[smtplib.SMTP] = []

    def is_let_in() -> bool:
        with suppress(smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected):
            clients.append(smtplib.SMTP("127.0.0.1", door.port, "honest.example", 30, (source, 0)))
            return True
        time.sleep(0.2)
        return False

    until(is_let_in)
    with clients[0] as client:
        assert client.sendmail("a@b", ["support@x"], BODY) == {}


def ends_with(link_says: Callable[..., bytes], words: bytes, replies: int, last: bytes) -> None:
    """Whoever says this hears so many replies, of which the last is his farewell."""
    heard = link_says(words, replies + 1).splitlines()
    assert len(heard) == replies, heard[-3:]
    assert heard[-1].startswith(last)


def test_thousands_of_idle_connections_from_one_peer_take_ten_places(tmp_path: Path) -> None:
    with open_door(tmp_path, trusted_relays=NOBODY) as door, crowd(door, ["127.0.0.2"] * MANY):
        bring(door, "127.0.0.3")
        assert visits(door) <= Caps().per_peer + 1
        assert door.raws() == [BODY]


def test_thousands_of_idle_connections_from_hundreds_of_peers_leave_room_for_strangers_and_relays(tmp_path: Path) -> None:
    sources = [f"127.1.{number % 100}.{number // 1000 + 1}" for number in range(MANY)]
    with open_door(tmp_path, trusted_relays=("127.0.0.1",)) as door, crowd(door, sources):
        assert visits(door) <= Caps().for_strangers
        with door.client() as relay:
            assert relay.sendmail("a@b", ["support@x"], BODY) == {}
        bring(door, "127.0.0.3")
        assert door.raws() == [BODY] * 2


def test_thousands_of_idle_connections_from_a_relay_leave_room_for_its_letters(tmp_path: Path) -> None:
    with open_door(tmp_path) as door, crowd(door, ["127.0.0.1"] * MANY):
        assert visits(door) <= Caps().connections
        bring(door, "127.0.0.1")
        assert visits(door) <= Caps().connections


def test_who_is_at_work_does_not_make_room(tmp_path: Path) -> None:
    with open_door(tmp_path, caps=Caps(connections=2, silence=0.2)) as door, talking(door) as say, talking(door):
        say(BEGINNING, 4)
        for _ in range(4):
            say(b"x" * 5000, 0)
            bring(door, "127.0.0.1")
        assert say(b"\r\n.\r\n").startswith(b"250")


def test_a_letter_that_drips_is_cut_off_and_a_slow_one_is_not(tmp_path: Path) -> None:
    caps = Caps(data_grace=0.5, bytes_per_second=2000)
    with open_door(tmp_path, caps=caps) as door, talking(door) as drip, talking(door) as slow:
        for say in (drip, slow):
            say(BEGINNING, 4)
        drip(b"x" * 10, 0)
        for _ in range(8):
            slow(b"y" * 1000, 0)
            with pytest.raises(AssertionError):
                until(lambda: False, 0.1)
        assert slow(b"\r\n.\r\n").startswith(b"250")
        assert drip(b"").startswith(b"421 4.4.2")
        assert door.raws() == [b"y" * 8000 + b"\r\n"]


@pytest.mark.parametrize("words", [b"NOOP\r\n", b"RSET\r\n", b"junk\r\n", b"\r\n", b"VRFY x\r\n"])
def test_who_only_keeps_talking_is_not_waited_for(tmp_path: Path, words: bytes) -> None:
    caps = Caps(command_seconds=0.5, errors=10_000, relay_errors=10_000)
    with open_door(tmp_path, caps=caps) as door, talking(door) as say:
        say(b"HELO x\r\n")
        heard = [b"250"]
        while heard[-1][:3] not in (b"421", b""):
            heard.append(say(words if len(heard) < 4 else b""))
        assert heard[-1].startswith(b"421 4.4.2")


def test_who_begins_letters_for_ever_and_brings_none_must_go(tmp_path: Path) -> None:
    with open_door(tmp_path, caps=Caps(session_seconds=0.5, junk=10_000)) as door, talking(door) as say:
        say(b"HELO x\r\n")
        heard = b"250"
        while heard.startswith(b"250"):
            heard = say(b"MAIL FROM:<a@b>\r\nRSET\r\n", 2)
        assert b"421 4.4.2" in heard


@pytest.mark.parametrize("words", [b"NOOP", b"RSET", b"VRFY x", b"EXPN x", b"HELP", b"HELO x"])
def test_commands_that_bring_no_letter_are_counted(door: Door, words: bytes) -> None:
    with talking(door) as say:
        ends_with(say, (words + b"\r\n") * 60, Caps().junk + 1, b"421 4.7.0")


def test_five_unknown_commands_and_ten_errors_are_enough(tmp_path: Path) -> None:
    with open_door(tmp_path, trusted_relays=NOBODY) as door:
        with talking(door) as say:
            ends_with(say, b"GET / HTTP/1.1\r\nHost: x\r\nAccept: y\r\nUser-Agent: z\r\nCookie: c\r\nX: y\r\n", 5, b"502 5.5.1 Too many")
        with talking(door) as say:
            ends_with(say, b"HELO x\r\nMAIL FROM:<a@b>\r\n" + b"RCPT TO:<nobody@x>\r\n" * 20, 2 + 10 + 1, b"421 4.7.0")


def test_a_relay_may_ask_for_many_who_are_not_here(door: Door) -> None:
    with talking(door) as say:
        heard = say(b"HELO x\r\nMAIL FROM:<a@b>\r\n" + b"RCPT TO:<nobody@x>\r\n" * 100, 102)
        assert heard.count(b"550 5.1.1") == 100
        assert say(b"RCPT TO:<support@x>\r\n").startswith(b"250")


def test_twenty_thousand_recipients_are_not_listened_to_to_their_end(door: Door) -> None:
    with talking(door) as say:
        say(b"HELO x\r\nMAIL FROM:<a@b>\r\n", 2)
        heard = say(b"RCPT TO:<support@x>\r\n" * 2000, 1052)
    assert (heard.count(b"250 2.1.5"), heard.count(b"452 4.5.3"), heard.count(b"421 4.7.0")) == (50, 1000, 1)


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\r\n\x00.\r\n"],
)
def test_a_letter_cannot_smuggle_another(door: Door, end: bytes) -> None:
    smuggled = b"one" + end + b"MAIL FROM:<evil@b>\r\nRCPT TO:<billing@x>\r\nDATA\r\ntwo\r\n"
    with talking(door) as say:
        say(BEGINNING, 4)
        assert say(smuggled + b".\r\nQUIT\r\n", 2).splitlines()[1].startswith(b"221")
    assert door.raws() == [smuggled.replace(b"\r\n.", b"\r\n")]


def test_what_is_said_before_tls_is_not_heard_after_it(tmp_path: Path) -> None:
    anyone = ssl._create_unverified_context()  # noqa: S323  the certificate is made here
    with open_door(tmp_path, tls=tls_context(*certificate(tmp_path))) as door, door.client() as client:
        client.ehlo()
        client.send(b"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@b>\r\n")
        assert client.getreply()[0] == 220
        assert client.sock is not None
        client.sock = anyone.wrap_socket(client.sock)
        client.file = None
        assert client.docmd("RCPT", "TO:<support@x>")[0] == 503
        assert client.docmd("STARTTLS")[0] == 503
        client.helo_resp = client.ehlo_resp = None
        assert client.sendmail("a@b", ["support@x"], BODY) == {}
        assert [b"evil" in raw for raw in door.stored()] == [False]


def _is_ready(link: socket.socket) -> bool:
    return b"Ready" in link.recv(1000)


@pytest.mark.parametrize("starttls", [True, False])
@pytest.mark.parametrize("hello", [b"", b"\x16\x03\x01", b"no handshake at all\r\n" * 50])
def test_a_handshake_that_goes_nowhere_takes_a_place_no_longer_than_it_lasts(tmp_path: Path, hello: bytes, *, starttls: bool) -> None:
    with open_door(tmp_path, smtps=True, tls=tls_context(*certificate(tmp_path)), trusted_relays=NOBODY) as door:
        with ExitStack() as stack:
            for _ in range(5):
                link = stack.enter_context(socket.create_connection(("127.0.0.1", door.port if starttls else door.tls_port), timeout=10))
                if starttls:
                    link.sendall(b"EHLO x\r\nSTARTTLS\r\n")
                    until(partial(_is_ready, link))
                link.sendall(hello)
                if len(hello) > 5:
                    with suppress(ConnectionError):
                        while link.recv(1000):
                            """An alert, or nothing."""
            until(lambda: visits(door) == (0 if len(hello) > 5 else 5))
        until(lambda: visits(door) == 0)


def test_a_handshake_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    with open_door(tmp_path, tls=tls_context(*certificate(tmp_path)), caps=Caps(command_seconds=0.3)) as door, talking(door) as say:
        say(b"STARTTLS\r\n")
        until(lambda: visits(door) == 0)


def test_handshakes_are_counted_like_everything_else(tmp_path: Path) -> None:
    caps, tls = Caps(per_peer=3, silence=60), tls_context(*certificate(tmp_path))
    with open_door(tmp_path, smtps=True, tls=tls, trusted_relays=NOBODY, caps=caps) as door, ExitStack() as stack:
        links = [stack.enter_context(socket.create_connection(("127.0.0.1", door.tls_port), timeout=10)) for _ in range(4)]
        assert links[3].recv(1) == b""
        assert visits(door) == 3


def test_a_command_without_an_end_costs_no_memory(tmp_path: Path) -> None:
    with open_door(tmp_path, caps=Caps(command_seconds=1)) as door, talking(door) as say:
        tracemalloc.start()
        try:
            with suppress(ConnectionError):
                while True:
                    say(b"x" * 65536, 0)
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("line", [b"\r\n", b"..\r\n", b"\n", b"x" * 1022 + b"\r\n"])
def test_a_large_letter_costs_little_more_than_twice_its_size(door: Door, line: bytes) -> None:
    """Line ends alone are what costs a reader of lines a hundred times as much."""
    chunk = b"x\r\n" + line * (65536 // len(line))
    pieces = 33 * 1024 * 1024 // len(chunk)
    sizes: list[int] = []

    def put(arrival: Arrival) -> "Future[int]":
        sizes.append(len(arrival.raw))
        done: Future[int] = Future()
        done.set_result(1)
        return done

    listener = Listener(replace(door.rules, put=put, max_message_size=50_000_000), smtp="127.0.0.1:0")
    port = int(listener.start()[0].rpartition(":")[2])
    tracemalloc.start()
    try:
        with talking(replace(door, port=port)) as say:
            say(BEGINNING, 4)
            for _ in range(pieces):
                say(chunk, 0)
            assert say(b"\r\n.\r\n").startswith(b"250")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        listener.stop()
    assert peak < 2.3 * pieces * len(chunk)
    assert len(sizes) == 1


def test_large_letters_that_come_all_at_once_come_one_after_another(tmp_path: Path) -> None:
    size = 2_000_000
    with open_door(tmp_path, max_message_size=size) as door, ExitStack() as stack:
        says = [stack.enter_context(talking(door)) for _ in range(8)]
        for say in says:
            say(BEGINNING, 4)
            say(b"x" * (size - 10) + b"\r\n", 0)
        until(lambda: door.listener._visitors.held > 0)
        codes = [say(b".\r\n")[:3] for say in says]
        assert set(codes) == {b"250", b"452"}
        assert door.listener._visitors.held == 0
        assert says[codes.index(b"452")](BEGINNING.partition(b"\n")[2] + BODY + b".\r\n", 4)[-30:].find(b"kept as") > 0


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as opened:
        yield opened
