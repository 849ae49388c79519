"""The IMAP door."""

from config.settings import Imap
from config.surroundings import Clock
from gateway.loops import Loop


class Fetcher:
    def __init__(self, mailbox: Imap, engine: object, put: object, clock: Clock) -> None:
        pass

    def step(self, loop: Loop) -> bool:
        return False
