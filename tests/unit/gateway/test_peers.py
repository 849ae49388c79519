"""Who is let in, how often, and who makes room."""

import pytest

from gateway.peers import CLOSING, MADE_ROOM, NO_ROOM, TOO_OFTEN, Caps, Rate, Visit, Visitors, source_of


class Somebody(Visit):
    def __init__(self, peer: str = "192.0.2.1", *, is_relay: bool = False, useful_at: float = float("inf")) -> None:
        self.heard: list[bytes] = []
        super().__init__(peer, is_relay, self.heard.append, useful_at)


def admitted(visitors: Visitors, *visits: Visit) -> list[bytes]:
    return [visitors.admit(visit) for visit in visits]


def test_a_peer_has_so_many_places_and_a_relay_any_number() -> None:
    visitors = Visitors(Caps(per_peer=2))
    assert admitted(visitors, *(Somebody() for _ in range(3))) == [b"", b"", NO_ROOM]
    assert admitted(visitors, Somebody("192.0.2.2")) == [b""]
    assert admitted(visitors, *(Somebody(is_relay=True) for _ in range(20))) == [b""] * 20


def test_strangers_together_leave_places_for_relays() -> None:
    visitors = Visitors(Caps(connections=8))
    assert admitted(visitors, *(Somebody(f"192.0.2.{number}") for number in range(8))) == [b""] * 6 + [NO_ROOM] * 2
    assert admitted(visitors, *(Somebody(is_relay=True) for _ in range(3))) == [b"", b"", NO_ROOM]


def test_who_is_idle_for_longest_makes_room() -> None:
    visitors = Visitors(Caps(connections=2))
    busy, idle, idler = Somebody("1"), Somebody("2", is_relay=True, useful_at=-50), Somebody("3", is_relay=True, useful_at=-60)
    assert admitted(visitors, busy, idler, idle) == [b""] * 3
    assert (busy.heard, idle.heard, idler.heard) == ([], [], [MADE_ROOM])
    assert visitors.visits == {busy, idle}


def test_a_place_is_free_again_when_somebody_leaves_however_often_he_says_so() -> None:
    visitors = Visitors(Caps(per_peer=1))
    first = Somebody()
    visitors.admit(first)
    visitors.leave(first)
    visitors.leave(first)
    assert admitted(visitors, Somebody(), Somebody()) == [b"", NO_ROOM]


def test_nobody_is_let_in_when_the_doors_close() -> None:
    visitors = Visitors(Caps())
    visitors.draining = True
    assert admitted(visitors, Somebody(), Somebody(is_relay=True)) == [CLOSING] * 2


def test_who_comes_too_often_is_told_so() -> None:
    visitors = Visitors(Caps(per_minute=2, per_peer=100))
    assert admitted(visitors, *(Somebody() for _ in range(3))) == [b"", b"", TOO_OFTEN]
    assert [visitors.may_bring(Somebody()) for _ in range(3)] == [True, True, False]
    assert visitors.may_bring(Somebody(is_relay=True))


def test_a_rate_is_spread_over_the_minute_and_forgets_who_stays_away() -> None:
    rate = Rate(60)
    assert sum(rate.allows("a", 0) for _ in range(100)) == 60
    assert sum(rate.allows("a", 10) for _ in range(100)) == 10
    assert sum(rate.allows("a", 10.5) for _ in range(100)) == 0
    for number in range(1000):
        rate.allows(str(number), 20)
    assert rate.allows("b", 81)
    assert len(rate._left) == 1


@pytest.mark.parametrize(
    ("peer", "source"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::7", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64"), ("", "")],
)
def test_one_customer_is_one_source(peer: str, source: str) -> None:
    assert source_of(peer) == source


def test_patience_ends_with_silence_slowness_and_length() -> None:
    caps = Caps(data_idle=60, data_seconds=900, data_grace=30, bytes_per_second=500)
    assert caps.patience(0, 0) == 30
    assert caps.patience(0, 31) < 0
    assert caps.patience(50_000, 31) == 60
    assert caps.patience(16_000, 31) == 1
    assert caps.patience(10_000_000, 890) == 10
