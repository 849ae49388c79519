"""Where the demo's mail arrives: a small SMTP server on loopback that keeps every letter for its recipient."""

import asyncio
import socket
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.console import Refused

PATIENCE = 30.0


class NoLetter(Refused):
    """A letter that the demo waits for did not come."""


@dataclass
class Mailboxes:
    """Letters by recipient, in the order they came."""

    letters: dict[str, list[EmailMessage]] = field(default_factory=dict)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a letter."""
        content = envelope.original_content or b""
        letter = BytesParser(policy=default).parsebytes(content)
        await asyncio.get_running_loop().run_in_executor(None, self._keep, envelope.rcpt_tos, letter)
        return "250 kept"

    def _keep(self, recipients: list[str], letter: object) -> None:
        with self.arrived:
            for recipient in recipients:
                if isinstance(letter, EmailMessage):
                    self.letters.setdefault(recipient, []).append(letter)
            self.arrived.notify_all()

    def take(self, recipient: str) -> EmailMessage:
        """The recipient's oldest letter that was not taken yet; NoLetter where none comes."""
        end = time.monotonic() + PATIENCE
        with self.arrived:
            while not self.letters.get(recipient):
                if not self.arrived.wait(end - time.monotonic()):
                    message = f"no letter for {recipient} came within {PATIENCE:.0f} seconds"
                    raise NoLetter(message)
            return self.letters[recipient].pop(0)


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def open_mailboxes() -> tuple[Mailboxes, Controller]:
    """The mailboxes, and the running server that fills them; its port is `controller.port`."""
    boxes = Mailboxes()
    controller = Controller(boxes, hostname="127.0.0.1", port=free_port())
    controller.start()
    return boxes, controller
