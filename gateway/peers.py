"""Who stands at the doors: how many may be in, how many of one peer, how often he may come, and who goes where there is no room.

All doors of one event loop share it. It touches no socket: a visit knows itself how it is ended.
"""

import ipaddress
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

_MINUTE = 60.0
_MOST_RESERVED = 50

NO_ROOM = b"421 4.7.0 Too many connections, try again later\r\n"
TOO_OFTEN = b"421 4.7.0 Too many connections in a minute, try again later\r\n"
CLOSING = b"421 4.3.2 Closing, try again later\r\n"
MADE_ROOM = b"421 4.7.0 Idle for too long while others wait\r\n"


@dataclass(frozen=True, slots=True)
class Caps:
    """What a client may do. Those per peer and per minute bind no relay of the studio; seconds and counts are of one connection.

    `errors` and `junk` (commands that bring no letter nearer) count since the last letter taken, as does `session_seconds`.
    Who was of no use for `silence` seconds makes room for others. A letter that takes longer than `data_grace` must come at
    `bytes_per_second`.
    """

    connections: int = 200
    per_peer: int = 10
    per_minute: int = 60
    recipients: int = 50
    surplus_recipients: int = 1000
    errors: int = 10
    relay_errors: int = 1000
    junk: int = 50
    silence: float = 1.0
    command_seconds: float = 60
    session_seconds: float = 900
    data_idle: float = 60
    data_seconds: float = 900
    data_grace: float = 30
    bytes_per_second: int = 500

    @property
    def for_strangers(self) -> int:
        """How many connections those have together who are no relay of the studio: these always find room."""
        return self.connections - min(_MOST_RESERVED, self.connections // 4)

    def patience(self, received: int, elapsed: float) -> float:
        """For how many seconds more a letter may be waited for, of which so much came in so many seconds."""
        slow = max(self.data_grace, received / self.bytes_per_second)
        return min(self.data_idle, self.data_seconds - elapsed, slow - elapsed)


def is_within(peer: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(address in _network(network) for network in networks)


@cache
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


def source_of(peer: str) -> str:
    """What counts as one peer: an IPv4 address, or the IPv6 network that one customer is given."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))  # noqa: PLR2004  4 is IPv4


class Rate:
    """At most so many a minute from each source, however they are spread over it."""

    def __init__(self, most: int) -> None:
        """Nobody has come yet."""
        self._most = float(most)
        # In order of the last visit, so that whoever has all of his share again is forgotten.
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, source: str, now: float) -> bool:
        """Whether one more may come, which is counted."""
        left, since = self._left.pop(source, (self._most, now))
        left = min(self._most, left + (now - since) * self._most / _MINUTE)
        allowed = left >= 1
        self._left[source] = (left - allowed, now)
        self._forget(now)
        return allowed

    def _forget(self, now: float) -> None:
        while self._left:
            source = next(iter(self._left))
            if now - self._left[source][1] <= _MINUTE:
                return
            del self._left[source]


@dataclass(slots=True, eq=False)
class Visit:
    """One connection. `close` ends it with last words; `useful_at` is when it last brought a letter nearer.

    `busy`: a letter is on its way.
    """

    peer: str
    is_relay: bool
    close: Callable[[bytes], None]
    useful_at: float = field(default_factory=time.monotonic)
    busy: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        """Work out whose it is once."""
        self.source = source_of(self.peer)

    def useful(self) -> None:
        """Something came that brings a letter nearer."""
        self.useful_at = time.monotonic()

    def keep(self) -> None:
        """A letter is being written: nobody goes now."""
        self.useful_at = float("inf")


class Visitors:
    """Who is in now, and who came lately. `held` is how many bytes of unfinished letters are in memory."""

    def __init__(self, caps: Caps) -> None:
        """Nobody is in."""
        self.caps = caps
        self.visits: set[Visit] = set()
        self.draining = False
        self.held = 0
        self._of_source: defaultdict[str, set[Visit]] = defaultdict(set)
        self._strangers: set[Visit] = set()
        self._connections, self._letters = Rate(caps.per_minute), Rate(caps.per_minute)

    def admit(self, visit: Visit) -> bytes:
        """Let somebody in, or say why not."""
        now = time.monotonic()
        if self.draining:
            return CLOSING
        if not visit.is_relay and not self._connections.allows(visit.source, now):
            return TOO_OFTEN
        if not all(self._has_room(crowd, most, now) for crowd, most in self._crowds(visit)):
            return NO_ROOM
        self.visits.add(visit)
        if not visit.is_relay:
            self._strangers.add(visit)
            self._of_source[visit.source].add(visit)
        return b""

    def leave(self, visit: Visit) -> None:
        """Forget a visit; once is enough."""
        self.visits.discard(visit)
        self._strangers.discard(visit)
        companions = self._of_source.get(visit.source)
        if companions is not None:
            companions.discard(visit)
            if not companions:
                del self._of_source[visit.source]

    def may_bring(self, visit: Visit) -> bool:
        """Whether the peer may bring one more letter in this minute, which is counted."""
        return visit.is_relay or self._letters.allows(visit.source, time.monotonic())

    def _crowds(self, visit: Visit) -> Iterable[tuple[set[Visit], int]]:
        """Those among whom there must be room for one more, and how many they may be."""
        if not visit.is_relay:
            yield self._of_source.get(visit.source, set()), self.caps.per_peer
            yield self._strangers, self.caps.for_strangers
        yield self.visits, self.caps.connections

    def _has_room(self, crowd: set[Visit], most: int, now: float) -> bool:
        """Whether there is room, or somebody goes who has been idle for longest."""
        if len(crowd) < most:
            return True
        idlest = min(crowd, key=lambda visit: visit.useful_at, default=None)
        if idlest is None or now - idlest.useful_at < self.caps.silence:
            return False
        self.leave(idlest)
        idlest.close(MADE_ROOM)
        return True
