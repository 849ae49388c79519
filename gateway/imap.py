r"""The IMAP door: one mailbox, one thread; the only file that knows imapclient.

What is new is known by UIDVALIDITY and the last UID taken, never by \Seen: people read the mailbox too. A letter is
flagged or moved after its commit to the spool; a letter that is fetched twice is known by its fingerprint.
"""

import contextlib
import logging
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import accumulate

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError
from sqlalchemy import Engine, insert, select, update

from config.database import transaction
from config.logs import say, warn
from config.settings import Imap
from config.surroundings import Clock
from gateway import envelopes
from gateway.faults import one_line
from gateway.loops import Loop
from gateway.models import mailboxes
from gateway.spool import BATCH_BYTES, Arrival

TAKEN = b"$Deskpost"
# A dead connection is silent in IDLE: every five minutes it has to prove that it lives.
IDLE_SECONDS = 300
POLL_SECONDS = 60
_LOOK_SECONDS = 1.0
_TIMEOUT = SocketTimeout(connect=20, read=60)
_LETTERS = 20
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
_COMMIT_SECONDS = 120

Put = Callable[[Arrival], "Future[int]"]

log = logging.getLogger(__name__)


class Fetcher:
    """Attends one mailbox; a lost connection is made anew, after longer and longer pauses."""

    def __init__(self, mailbox: Imap, engine: Engine, put: Put, clock: Clock) -> None:
        """`put` hands a letter to the spool; its future is the commit."""
        self._mailbox = mailbox
        self._engine = engine
        self._put = put
        self._clock = clock
        self._name = f"{mailbox.user}@{mailbox.host}:{mailbox.port}/{mailbox.folder}"
        self._pause = _FIRST_PAUSE

    def step(self, loop: Loop) -> bool:
        """One connection from its log-in to its end."""
        try:
            with _connected(self._mailbox) as client:
                self._attend(client, loop)
        except (IMAPClientError, OSError) as error:
            warn(log, "imap lost", mailbox=self._name, error=one_line(error), again_in=self._pause)
            loop.pause(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return True

    def _attend(self, client: IMAPClient, loop: Loop) -> None:
        """Take what is new, wait for more, until the loop ends."""
        if self._mailbox.processed_folder and not client.folder_exists(self._mailbox.processed_folder):
            client.create_folder(self._mailbox.processed_folder)
        validity = int(client.select_folder(self._mailbox.folder)[b"UIDVALIDITY"])
        last_uid = self._load_watermark(validity)
        while not loop.ending():
            for uids in _portions(client, last_uid):
                self._take(client, uids)
                last_uid = uids[-1]
                self._keep_watermark(validity, last_uid)
                if loop.ending():
                    return
            self._pause = _FIRST_PAUSE
            _wait_for_more(client, loop)

    def _take(self, client: IMAPClient, uids: Sequence[int]) -> None:
        """Fetch letters, put them, and mark them after the commit."""
        fetched = client.fetch(uids, ["BODY.PEEK[]"])
        there = [uid for uid in uids if b"BODY[]" in fetched.get(uid, {})]
        if missing := set(client.search(["UID", _uid_set(uids)])) - set(there):
            message = f"the server did not hand over {sorted(missing)[:5]}"
            raise IMAPClientError(message)
        kept = [self._put(self._arrival(fetched[uid][b"BODY[]"])) for uid in there]
        for future in kept:
            future.result(_COMMIT_SECONDS)
        say(log, "imap", mailbox=self._name, taken=len(there))
        if there:
            self._mark(client, there)

    def _arrival(self, raw: bytes) -> Arrival:
        sender, recipients = envelopes.read(raw)
        return Arrival("imap", raw, self._clock(), sender, recipients)

    def _mark(self, client: IMAPClient, uids: Sequence[int]) -> None:
        """Move or flag; where the server will not, the watermark alone knows that these letters are taken."""
        try:
            if self._mailbox.processed_folder:
                _move(client, uids, self._mailbox.processed_folder)
            else:
                client.add_flags(uids, [b"\\Seen", TAKEN], silent=True)
        except IMAPClientError as error:
            warn(log, "imap cannot mark", mailbox=self._name, error=one_line(error))

    def _load_watermark(self, validity: int) -> int:
        """The last UID taken; 0 where the server has numbered the folder anew."""
        mine = select(mailboxes.c.last_uid).where(mailboxes.c.name == self._name, mailboxes.c.uid_validity == validity)
        with transaction(self._engine) as connection:
            return connection.execute(mine).scalar() or 0

    def _keep_watermark(self, validity: int, last_uid: int) -> None:
        values = {"uid_validity": validity, "last_uid": last_uid}
        with transaction(self._engine) as connection:
            if not connection.execute(update(mailboxes).where(mailboxes.c.name == self._name).values(values)).rowcount:
                connection.execute(insert(mailboxes).values(name=self._name, **values))


@contextmanager
def _connected(mailbox: Imap) -> Iterator[IMAPClient]:
    """A client that is encrypted and logged in as configured."""
    context = ssl.create_default_context()
    client = IMAPClient(mailbox.host, mailbox.port, ssl=mailbox.tls == "implicit", ssl_context=context, timeout=_TIMEOUT)
    try:
        if mailbox.tls == "starttls":
            client.starttls(context)
        # LOGIN takes ASCII alone, AUTHENTICATE PLAIN every character (RFC 4616).
        plain = (mailbox.user + mailbox.password).isascii()
        (client.login if plain else client.plain_login)(mailbox.user, mailbox.password)
        yield client
    finally:
        with contextlib.suppress(IMAPClientError, OSError):
            client.logout()


def _portions(client: IMAPClient, last_uid: int) -> Iterator[list[int]]:
    """The UIDs above the last one taken, ascending, in portions that fit memory."""
    # «n:*» names the last letter even where its UID is below n (RFC 3501 §6.4.8).
    uids = sorted(uid for uid in client.search(["UID", f"{last_uid + 1}:*"]) if uid > last_uid)
    while uids:
        sizes = client.fetch(uids[:_LETTERS], ["RFC822.SIZE"])
        heights = list(accumulate(int(sizes.get(uid, {}).get(b"RFC822.SIZE", 0)) for uid in uids[:_LETTERS]))
        fitting = max(1, sum(height <= BATCH_BYTES for height in heights))
        yield uids[:fitting]
        del uids[:fitting]


def _uid_set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _move(client: IMAPClient, uids: Sequence[int], folder: str) -> None:
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    client.add_flags(uids, [b"\\Deleted"], silent=True)
    # A bare EXPUNGE would take along what others have marked.
    if client.has_capability("UIDPLUS"):
        client.expunge(uids)


def _wait_for_more(client: IMAPClient, loop: Loop) -> None:
    """Until the server tells of something, the time is up, or the loop ends."""
    if not client.has_capability("IDLE"):
        loop.pause(POLL_SECONDS)
        client.noop()
        return
    client.idle()
    for _ in range(int(IDLE_SECONDS / _LOOK_SECONDS)):
        if client.idle_check(timeout=_LOOK_SECONDS) or loop.ending():
            break
    client.idle_done()
