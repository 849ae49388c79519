"""Which recipients the doors take letters for, while their list is read."""

import asyncio
import time
from collections.abc import Callable

import pytest

from gateway.directory import Directory
from gateway.recipients import Recipients

SUPPORT = "support@studio.example"


def directory(our_addresses: Callable[[], frozenset[str]]) -> Directory:
    return Directory(our_addresses=our_addresses, people_of_ticket=lambda _: (), is_known=lambda _: False)


def test_nobody_is_refused_while_the_addresses_are_read() -> None:
    reads = []

    def slow() -> frozenset[str]:
        reads.append(1)
        time.sleep(0.1)
        return frozenset({SUPPORT})

    async def ask() -> list[bool]:
        recipients = Recipients(directory(slow))
        return list(await asyncio.gather(*(recipients.is_ours(SUPPORT) for _ in range(5))))

    assert asyncio.run(ask()) == [True] * 5
    assert len(reads) == 1


def test_a_read_that_failed_does_not_make_addresses_unknown() -> None:
    answers: list[OSError | frozenset[str]] = [OSError("locked"), frozenset({SUPPORT})]

    def failing_once() -> frozenset[str]:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    async def ask() -> bool:
        recipients = Recipients(directory(failing_once))
        with pytest.raises(OSError, match="locked"):
            await recipients.is_ours(SUPPORT)
        return await recipients.is_ours(SUPPORT)

    assert asyncio.run(ask())


def test_who_is_known_does_not_wait_for_a_list_that_is_read_anew() -> None:
    reads: list[float] = []

    def slower() -> frozenset[str]:
        reads.append(time.monotonic())
        time.sleep(0.3 if len(reads) > 1 else 0)
        return frozenset({SUPPORT})

    async def ask() -> float:
        recipients = Recipients(directory(slower))
        await recipients.is_ours(SUPPORT)
        recipients._read_at = float("-inf")
        reading = asyncio.create_task(recipients.is_ours(SUPPORT))
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        assert await recipients.is_ours(SUPPORT)
        waited = time.monotonic() - begun
        assert await reading
        return waited

    assert asyncio.run(ask()) < 0.1


def test_signed_addresses_are_ours_and_strangers_are_not() -> None:
    async def ask(address: str) -> bool:
        return await Recipients(directory(lambda: frozenset({SUPPORT}))).is_ours(address)

    assert asyncio.run(ask("Support+14883.abcdefgh@studio.example"))
    assert not asyncio.run(ask("other@studio.example"))
    assert not asyncio.run(ask("support@other.example"))
