"""Which recipients the doors take letters for, answered from memory so that no client waits for the database."""

import asyncio
import time

from gateway.addresses import without_tag
from gateway.directory import Directory

FRESH_SECONDS = 30.0
# A new project's address is known at once; who tries addresses costs one read a second.
RETRY_SECONDS = 1.0


class Recipients:
    """Our addresses, with or without a «+» part; read again when they are old or an unknown one is asked for."""

    def __init__(self, directory: Directory) -> None:
        """Nothing is read before the first question."""
        self._directory = directory
        self._known: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def is_ours(self, address: str) -> bool:
        """Whether letters to the address are taken. Who asks while the addresses are read waits: «unknown» is for good."""
        plain = without_tag(address)
        if self._is_stale_for(plain) and not (self._reading.locked() and plain in self._known):
            async with self._reading:
                if self._is_stale_for(plain):
                    self._known = await asyncio.get_running_loop().run_in_executor(None, self._directory.our_addresses)
                    self._read_at = time.monotonic()
        return plain in self._known

    def _is_stale_for(self, plain: str) -> bool:
        age = time.monotonic() - self._read_at
        return age > FRESH_SECONDS or (plain not in self._known and age > RETRY_SECONDS)
