"""Fixtures: a relay that records, and a studio that sends through it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.surroundings import Surroundings
from tests.integration.gateway.throwaway import Recorder, make_studio, recording


@pytest.fixture
def relay() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture
def studio(tmp_path: Path, relay: Recorder) -> Surroundings:
    return make_studio(tmp_path, relay.port)
