r"""What is taken of a mailbox, in which order, and how it is remembered; knows no IMAP.

What is new is known by UIDVALIDITY and the last UID taken, never by \Seen: people read the mailbox too. A letter is
marked (moved or flagged) after its commit to the spool, and the watermark follows the mark: whoever dies in between
takes some letters once more, and the desk knows them by their fingerprints. For a letter that is too large, or that the
server does not hand over however often it is asked, a stand-in is put: one letter never keeps the others waiting.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import accumulate
from typing import Protocol

from sqlalchemy import Engine, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from config.database import reading, transaction
from config.logs import say, warn
from config.settings import Imap
from config.surroundings import Clock
from gateway import envelopes, mailbox_stand_ins
from gateway.mailbox_stand_ins import Missing
from gateway.models import mailboxes
from gateway.spool import BATCH_BYTES, Arrival

# So often a letter is asked for, over as many connections, before the ones behind it get their turn.
TRIES = 5
LETTERS = 20
_COMMIT_SECONDS = 120

Put = Callable[[Arrival], "Future[int]"]

log = logging.getLogger(__name__)


class Untold(Exception):
    """The server has a letter and does not hand it over."""


class Folder(Protocol):
    """A folder as its server shows it."""

    @property
    def validity(self) -> int:
        """UIDVALIDITY: another number means that all UIDs are other ones."""

    def uids(self, after: int) -> Iterator[list[int]]:
        """The UIDs above one, ascending, in portions."""

    def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        """What the server says of the letters' sizes."""

    def letters(self, uids: Sequence[int]) -> Mapping[int, bytes]:
        """Letters whole, as far as the server hands them over."""

    def beginning(self, uid: int) -> bytes:
        """A letter's header block, or its beginning."""

    def mark(self, uids: Sequence[int]) -> None:
        """Move or flag what was taken, as far as the server lets us."""


class Watermark:
    """How far a folder was read; shared by all who read it, so it never falls."""

    def __init__(self, engine: Engine, name: str) -> None:
        """`name` is the mailbox's."""
        self._engine = engine
        self._name = name

    def load(self, validity: int) -> int:
        """The last UID taken; 0 where the server has numbered the folder anew."""
        mine = select(mailboxes.c.last_uid).where(mailboxes.c.name == self._name, mailboxes.c.uid_validity == validity)
        with reading(self._engine) as connection:
            return connection.execute(mine).scalar() or 0

    def keep(self, validity: int, last_uid: int) -> None:
        """Raise it."""
        try:
            self._raise(validity, last_uid)
        except IntegrityError:
            # Another reader of this mailbox wrote the first row just now.
            self._raise(validity, last_uid)

    def _raise(self, validity: int, last_uid: int) -> None:
        values = {"uid_validity": validity, "last_uid": last_uid}
        lower = or_(mailboxes.c.uid_validity != validity, mailboxes.c.last_uid < last_uid)
        with transaction(self._engine) as connection:
            if connection.execute(update(mailboxes).where(mailboxes.c.name == self._name, lower).values(values)).rowcount:
                return
            if connection.execute(select(mailboxes.c.id).where(mailboxes.c.name == self._name)).first() is None:
                connection.execute(insert(mailboxes).values(name=self._name, **values))


class Emptying:
    """Empties one mailbox into the spool, connection after connection."""

    def __init__(self, mailbox: Imap, engine: Engine, put: Put, clock: Clock) -> None:
        """`put` hands a letter to the spool; its future is the commit."""
        self.name = f"{mailbox.user}@{mailbox.host}:{mailbox.port}/{mailbox.folder}"
        self._mailbox = mailbox
        self._watermark = Watermark(engine, self.name)
        self._put = put
        self._clock = clock
        # The letter that is being asked for, and how often it was; letters that are taken one by one after a failure.
        self._asked, self._times = 0, 0
        self._careful = 0
        self._unmarked: tuple[int, Sequence[int]] = (0, ())

    def take_new(self, folder: Folder, ended: Callable[[], bool]) -> int:
        """Put everything above the watermark into the spool; how many letters that were."""
        self._mark_the_rest(folder)
        taken = 0
        for uids in folder.uids(self._watermark.load(folder.validity)):
            left = uids
            while left and not ended():
                # Another reader of the same mailbox may have been here.
                known = self._watermark.load(folder.validity)
                left = [uid for uid in left if uid > known]
                if left:
                    seen, put = self._take_some(folder, left[: 1 if self._careful else LETTERS])
                    taken += put
                    left = left[seen:]
            if ended():
                break
        return taken

    def _take_some(self, folder: Folder, uids: Sequence[int]) -> tuple[int, int]:
        """Take the first of some letters, as many as fit into memory together; how many those are, and how many were there to take."""
        self._asked, self._times = uids[0], self._times + 1 if self._asked == uids[0] else 1
        self._careful = LETTERS if self._times > 1 else max(0, self._careful - 1)
        sizes = {} if self._is_hopeless() else folder.sizes(uids)
        portion = uids[: _fitting([sizes.get(uid, 0) for uid in uids])]
        whole, stand_ins = self._fetched(folder, portion, sizes)
        # What the spool does not take now is no letter's fault.
        self._asked, self._times = 0, 0
        put = {**whole, **stand_ins}
        if put:
            self._commit([put[uid] for uid in sorted(put)])
            self._finish(folder, max(put), sorted(whole))
        return len(portion), len(put)

    def _is_hopeless(self) -> bool:
        return self._times > TRIES

    def _fetched(self, folder: Folder, portion: Sequence[int], sizes: Mapping[int, int]) -> tuple[dict[int, bytes], dict[int, bytes]]:
        """The letters that came whole, and stand-ins for those that do not come; what is gone meanwhile is in neither."""
        largest = self._mailbox.max_message_size
        wanted = [] if self._is_hopeless() else [uid for uid in portion if sizes.get(uid, 0) <= largest]
        letters = self._letters(folder, wanted)
        whole = {uid: raw for uid, raw in letters.items() if len(raw) <= largest}
        left_behind = [uid for uid in portion if uid not in whole and (uid in letters or uid not in wanted)]
        return whole, {uid: self._stand_in(folder, uid, max(sizes.get(uid, 0), len(letters.get(uid, b"")))) for uid in left_behind}

    def _letters(self, folder: Folder, uids: Sequence[int]) -> Mapping[int, bytes]:
        """Letters by UID; without those that somebody has deleted meanwhile."""
        letters = folder.letters(uids) if uids else {}
        if asked := set(uids) - letters.keys():
            there = {uid for some in folder.uids(min(asked) - 1) for uid in some}
            if withheld := asked & there:
                message = f"the server has {len(withheld)} letters that it does not hand over, UID {min(withheld)} first"
                raise Untold(message)
        return letters

    def _stand_in(self, folder: Folder, uid: int, size: int) -> bytes:
        """What is put for a letter that is not taken; without its header where even that does not come."""
        beginning = folder.beginning(uid) if self._times <= TRIES + 1 else b""
        error = f"{TRIES} attempts failed" if self._is_hopeless() else ""
        warn(log, "imap letter left behind", mailbox=self.name, uid=uid, bytes=size, reason=error or "too large")
        missing = Missing(beginning, size, self._mailbox.max_message_size, self._mailbox.folder, self._mailbox.user, error)
        return mailbox_stand_ins.compose(missing, self._mailbox.language)

    def _commit(self, raws: Sequence[bytes]) -> None:
        """Put letters and wait for their commit; what is not committed by then is taken back."""
        futures = [self._put(self._arrival(raw)) for raw in raws]
        try:
            for future in futures:
                future.result(_COMMIT_SECONDS)
        finally:
            for future in futures:
                future.cancel()

    def _arrival(self, raw: bytes) -> Arrival:
        sender, recipients = envelopes.read(raw)
        return Arrival("imap", raw, self._clock(), sender, recipients)

    def _finish(self, folder: Folder, last_uid: int, taken: Sequence[int]) -> None:
        """Mark what was taken, then raise the watermark, to a UID that was seen and not one that was told of.

        A line that dies over the mark leaves the letters for the next one to mark.
        """
        self._unmarked = (folder.validity, taken)
        try:
            if taken:
                folder.mark(taken)
            self._unmarked = (0, ())
        finally:
            self._watermark.keep(folder.validity, last_uid)
            say(log, "imap", mailbox=self.name, taken=len(taken))

    def _mark_the_rest(self, folder: Folder) -> None:
        (validity, uids), self._unmarked = self._unmarked, (0, ())
        if uids and validity == folder.validity:
            folder.mark(uids)


def _fitting(sizes: Sequence[int]) -> int:
    """How many letters, at least one, fit memory together."""
    return max(1, sum(height <= BATCH_BYTES for height in accumulate(sizes)))
