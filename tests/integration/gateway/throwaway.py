"""A throw-away studio with a real database, a relay that records, and `serve` in a thread."""

import asyncio
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from queue import Queue
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import insert

from config import loading
from config.database import open_engine, transaction, upgrade_schema
from config.files import FileStore
from config.surroundings import Surroundings
from gateway.serving import Company, serve
from helpdesk.models import clients, contacts, staff

CLIENT, STAFF = "ivan@client.example", "petr@studio.example"

CONFIG = """
[studio]
name = "Студия"
support_address = "support@studio.example"
billing_address = "billing@studio.example"
url = "https://desk.studio.example"

[database]
url = "sqlite:///deskpost.db"

[files]
url = "files"

[secrets]
key_file = "secret.key"

[smtp]
listen = "127.0.0.1:0"
hostname = "desk.studio.example"

[outgoing]
host = "127.0.0.1"
port = {relay_port}

[security]
verify = "none"
"""


def until(question: Callable[[], object], seconds: float = 15) -> None:
    """Wait until the question is answered with something true."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.02)


@dataclass
class Recorder:
    """A relay that keeps what it takes. `answers` are given to the next letters instead of 250."""

    port: int = 0
    letters: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        if self.answers and not self.answers[0].startswith("250"):
            return self.answers.pop(0)
        self.letters.append((envelope.mail_from or "", list(envelope.rcpt_tos), cast("bytes", envelope.original_content)))
        return self.answers.pop(0) if self.answers else "250 2.0.0 queued as TEST"

    def parsed(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for _, _, content in self.letters]


@contextmanager
def recording() -> Iterator[Recorder]:
    """A relay on a port of its own."""
    recorder, ports, loops = Recorder(), Queue[int](), Queue[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def run() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(recorder, hostname="relay.example", loop=loop), "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        loops.put((loop, ended))
        await ended.wait()
        server.close()
        await server.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    recorder.port = ports.get(timeout=10)
    try:
        yield recorder
    finally:
        loop, ended = loops.get(timeout=10)
        loop.call_soon_threadsafe(ended.set)
        thread.join()


def make_studio(folder: Path, relay_port: int, text: str = CONFIG) -> Surroundings:
    """A studio with one client, one contact and one programmer in `folder`."""
    (folder / "secret.key").write_bytes(b"k" * 32)
    (folder / "deskpost.toml").write_text(text.format(relay_port=relay_port), encoding="utf-8")
    return open_studio(folder)


def open_studio(folder: Path) -> Surroundings:
    settings = loading.load(folder / "deskpost.toml", {})
    engine = open_engine(settings.database.url)
    upgrade_schema(engine)
    surroundings = Surroundings(settings, engine, FileStore(Path(settings.files.url)), lambda: datetime.now(UTC), b"k" * 32)
    with transaction(engine) as connection:
        if not connection.exec_driver_sql("SELECT count(*) FROM client").scalar():
            now = datetime.now(UTC)
            client = connection.execute(
                insert(clients).values(name="Клиент", language="ru", rate=150_000, created_at=now, active=True).returning(clients.c.id)
            )
            values = {"client_id": client.scalar_one(), "email": CLIENT, "name": "Иван", "role": "owner", "active": True}
            connection.execute(insert(contacts).values(values))
            connection.execute(insert(staff).values(email=STAFF, name="Пётр", role="programmer", pay_rate=0, active=True))
    return surroundings


@contextmanager
def serving(surroundings: Surroundings, parts: str = "smtp,worker,outbox") -> Iterator[tuple[str, int]]:
    """`serve` in a thread; the address of its SMTP door."""
    ended, opened = threading.Event(), Queue[str]()
    company = Company(on_listening=opened.put)
    thread = threading.Thread(target=serve, args=(surroundings, frozenset(parts.split(",")), company), kwargs={"ended": ended})
    thread.start()
    try:
        host, _, port = (opened.get(timeout=20) if "smtp" in parts else ":0").rpartition(":")
        yield host, int(port)
    finally:
        ended.set()
        thread.join(30)
        assert not thread.is_alive()


def letter(subject: str = "Сайт лежит", text: str = "Помогите, пожалуйста.", sender: str = CLIENT, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Иван Петров <{sender}>"
    message["To"] = headers.pop("To", "support@studio.example")
    message["Subject"] = subject
    message["Message-ID"] = f"<{headers.pop('message_id', str(time.monotonic_ns()))}@client.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def send(door: tuple[str, int], message: EmailMessage, to: str = "support@studio.example") -> None:
    with smtplib.SMTP(*door, local_hostname="client.example", timeout=40) as client:
        client.send_message(message, "ivan@client.example", [to])
