"""A door of its own for a test: a real listener on loopback over a real spool, and clients who say bytes."""

import asyncio
import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine
from sqlmodel import SQLModel

from config.database import open_engine, transaction
from gateway import models, spool
from gateway.listening import Listener
from gateway.smtp import Rules
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
    tls_port: int = 0

    def client(self, timeout: float = 60) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example", timeout=timeout)

    def raws(self) -> list[bytes]:
        """The letters of the spool as they were sent, without what the door wrote above them."""
        return [raw.partition(b" +0000\r\n")[2] for raw in self.stored()]

    def stored(self) -> list[bytes]:
        with transaction(self.engine) as connection:
            return [spool.raw(connection, entry.id) for entry in spool.listing(connection)]


async def _ours(address: str) -> bool:
    await asyncio.sleep(0)
    if address.startswith("broken"):
        message = "no such table /var/secret/path"
        raise RuntimeError(message)
    return address.partition("@")[0].partition("+")[0] in {"support", "billing"}


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


@contextmanager
def open_door(folder: Path, *, smtps: bool = False, **rules: object) -> Iterator[Door]:
    engine = open_engine(f"sqlite:///{folder}/spool.db")
    SQLModel.metadata.create_all(engine, tables=[models.spool, models.raw_letters])
    writer = Writer(engine, lambda: None)
    writer.start()
    ours = Rules("desk.example", 1024 * 1024, writer.put, _ours, lambda: datetime.now(UTC), trusted_relays=("127.0.0.0/8",))
    ours = replace(ours, **rules)  # type: ignore[arg-type]
    listener = Listener(ours, smtp="127.0.0.1:0", lmtp=f"{folder}/lmtp", smtps="127.0.0.1:0" if smtps else "")
    address, path, *for_tls = listener.start()
    try:
        yield Door(engine, ours, listener, _port(address), path, _port(for_tls[0]) if for_tls else 0)
    finally:
        listener.stop()
        writer.stop()
        engine.dispose()


@contextmanager
def talking(door: Door, path: str = "", *, source: str = "") -> Iterator[Callable[..., bytes]]:
    """Say bytes, hear the given number of lines."""
    link = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    link.settimeout(30)
    with link:
        if source:
            link.bind((source, 0))
        link.connect(path or ("127.0.0.1", door.port))
        with link.makefile("rb") as lines:
            lines.readline()

            def say(words: bytes, replies: int = 1) -> bytes:
                link.sendall(words)
                return b"".join(lines.readline() for _ in range(replies))

            yield say


def certificate(folder: Path) -> tuple[str, str]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(rsa_key().public_key()).serial_number(1)
    certificate = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(rsa_key(), hashes.SHA256())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(private_pem())
    return str(folder / "cert.pem"), str(folder / "key.pem")
