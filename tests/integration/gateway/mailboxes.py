"""What the tests of the IMAP door share: a studio with a mailbox, the door alone without the desk, and what came of it."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from config.database import transaction
from config.settings import Imap
from config.surroundings import Surroundings
from gateway import imap, spool
from gateway.loops import Loop
from gateway.models import spool as spool_table
from gateway.serving import open_runner
from gateway.spool import Writer
from helpdesk.models import messages
from tests.integration.gateway.dovecot import PASSWORD, Box
from tests.integration.gateway.throwaway import CONFIG, make_studio

_MAILBOX = """
[[imap]]
host = "127.0.0.1"
port = {port}
user = "{user}"
password_file = "imap.password"
tls = "none"
"""


def lay_database(folder: Path, empty: Path) -> None:
    """A studio in the folder begins with a copy of the empty database, which is sooner there than one made step by step."""
    (folder / "deskpost.db").write_bytes(empty.read_bytes())


def studio_of(box: Box, folder: Path, relay_port: int = 9) -> Surroundings:
    """A studio that reads this mailbox."""
    (folder / "imap.password").write_text(PASSWORD, encoding="utf-8")
    section = _MAILBOX.replace("{port}", str(box.server.port)).replace("{user}", box.user)
    return make_studio(folder, relay_port, CONFIG + section)


def changed(studio: Surroundings, **values: Any) -> Surroundings:
    """The same studio with a mailbox that differs."""
    mailbox = replace(studio.settings.imap[0], **values)
    return replace(studio, settings=replace(studio.settings, imap=(mailbox,)))


@contextmanager
def attending(studio: Surroundings, mailbox: Imap | None = None, readers: int = 1) -> Iterator[list[threading.Thread]]:
    """The door alone, so many times: mailbox → spool."""
    writer = Writer(studio.engine, lambda: None)
    writer.start()
    loops = []
    for number in range(readers):
        fetcher = imap.Fetcher(mailbox or studio.settings.imap[0], studio.engine, writer.put, studio.clock)
        loops.append(Loop(f"imap {number}", fetcher.step))
        loops[-1].start()
    try:
        yield [loop._thread for loop in loops]
        assert all(loop._thread.is_alive() for loop in loops), "a thread of the door has ended"
    finally:
        for loop in loops:
            loop.stop()
        writer.stop()


def spooled(studio: Surroundings) -> list[bytes]:
    """The letters that were put, in order."""
    with transaction(studio.engine) as connection:
        return [spool.raw(connection, entry.id) for entry in spool.listing(connection)]


def arrived(studio: Surroundings) -> int:
    """How many letters were put."""
    with transaction(studio.engine) as connection:
        return connection.execute(select(func.count()).select_from(spool_table)).scalar_one()


def handled(studio: Surroundings) -> Counter[str]:
    """What the desk says to everything that was put."""
    runner = open_runner(studio)
    while runner.run_batch(lambda _seconds: False):
        pass
    with transaction(studio.engine) as connection:
        return Counter(entry.reason for entry in spool.listing(connection))


def kept(studio: Surroundings) -> int:
    """How many messages there are in tickets."""
    with transaction(studio.engine) as connection:
        return connection.execute(select(func.count()).select_from(messages)).scalar_one()
