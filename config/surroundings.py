"""What a command runs in: settings, database, files, clock and the signing key, made once by `cli.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from config.files import FileStore
from config.settings import Settings

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything of the outside world that a command may touch. `clock` gives aware UTC; `key` signs addresses and links."""

    settings: Settings
    engine: Engine
    files: FileStore
    clock: Clock
    key: bytes
