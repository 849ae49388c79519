"""Bare aiosmtpd to measure against: `python -m bench.yardsticks nothing|files PORT FOLDER`."""

import asyncio
import os
import sys
import uuid
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Nothing:
    """Says 250 and forgets."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a letter."""
        return "250 2.0.0 OK"


class Files:
    """A new file, synced with its folder, before each 250."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a letter."""
        with (self._folder / uuid.uuid4().hex).open("wb") as file:
            file.write(envelope.original_content or b"")
            file.flush()
            os.fsync(file.fileno())
        descriptor = os.open(self._folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        return "250 2.0.0 OK"


async def serve(keeps: str, port: int, folder: Path) -> None:
    """Serve until somebody ends the process."""
    handler = Files(folder) if keeps == "files" else Nothing()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
