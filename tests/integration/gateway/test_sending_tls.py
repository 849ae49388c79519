"""The way to the relay is encrypted where it is said to be; what is wrong with it is told clearly, and waited out."""

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.relay import Away, Relay, Sent
from tests.integration.gateway.scripted_relay import ScriptedRelay, scripted
from tests.integration.gateway.sending import real_relay
from tests.integration.gateway.throwaway import CLIENT

Opened = Callable[..., tuple[Relay, ScriptedRelay]]


def certificate(folder: Path, address: str) -> Path:
    """A certificate of its own making for an IP address, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / f"{address}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """A relay with a certificate, which the machine knows or not, and the way to it."""
    server = ScriptedRelay()
    ways: list[Relay] = []

    def open_with(mode: str, *, address: str = "127.0.0.1", known: bool = True, **settings: object) -> tuple[Relay, ScriptedRelay]:
        file = certificate(tmp_path, address)
        server.tls = mode
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(file)
        if known:
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
        ways.append(real_relay(server.port, **{"tls": mode, **settings}))
        return ways[-1], server

    with scripted(server):
        yield open_with
        for way in ways:
            way.close()


@pytest.mark.parametrize("mode", ["implicit", "starttls"])
def test_letters_go_out_encrypted(opened: Opened, mode: str) -> None:
    way, server = opened(mode)
    assert way.send("", CLIENT, b"x\r\n") == Sent("250 2.0.0 queued")
    assert way.send("", CLIENT, b"y\r\n") == Sent("250 2.0.0 queued")
    assert len(server.conversations) == 1


@pytest.mark.parametrize("mode", ["implicit", "starttls"])
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"known": False}, "certificate is not good: self-signed certificate"),
        ({"address": "127.0.0.2"}, "certificate is not valid for '127"),
    ],
    ids=["nobody knows its issuer", "another's"],
)
def test_a_certificate_that_is_not_good_is_told_clearly_and_no_letter_is_shown(
    opened: Opened, mode: str, wrong: dict[str, object], told: str
) -> None:
    way, server = opened(mode, **wrong)
    answer = way.send("", CLIENT, b"x\r\n")
    assert isinstance(answer, Away)
    assert told in answer.answer
    assert "[outgoing] host" in answer.answer
    assert server.letters == []


def test_a_relay_without_the_promised_encryption_gets_no_letter(opened: Opened) -> None:
    way, server = opened("none", tls="starttls")
    answer = way.send("", CLIENT, b"x\r\n")
    assert isinstance(answer, Away)
    assert "STARTTLS extension not supported" in answer.answer
    assert server.letters == []


def test_a_relay_that_does_not_encrypt_where_it_should_is_told_from_one_that_is_not_there(opened: Opened) -> None:
    way, _ = opened("none", tls="implicit")
    answer = way.send("", CLIENT, b"x\r\n")
    assert isinstance(answer, Away)
    assert "see [outgoing] tls and port" in answer.answer


def test_a_password_that_the_relay_refuses_is_no_letters_fault(opened: Opened) -> None:
    way, server = opened("starttls", user="desk", password="wrong")
    server.extensions = ("AUTH PLAIN",)
    assert way.send("", CLIENT, b"x\r\n") == Away(f"127.0.0.1:{server.port}: 535 5.7.8 wrong password")
    server.extensions = ()
    answer = way.send("", CLIENT, b"x\r\n")
    assert isinstance(answer, Away)
    assert "AUTH extension not supported" in answer.answer
