"""Every conversation in this folder comes out as it is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.surroundings import Surroundings
from tests.conftest import StandingClock
from tests.conversations.stage import Play, steps_of

FOLDER = Path(__file__).parent
CONVERSATIONS = sorted(path for path in FOLDER.glob("*.txt") if not path.name.startswith("_"))
OVERRIDES = "# настройки: "


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_the_conversation_comes_out_as_written(path: Path, open_world: Callable[..., Surroundings], clock: StandingClock) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.split("\n", 1)[0]
    overrides = dict(word.split("=", 1) for word in first.removeprefix(OVERRIDES).split()) if first.startswith(OVERRIDES) else {}
    play = Play(open_world(**overrides), clock)
    for step in steps_of(text):
        play.perform(step)


def test_there_are_at_least_fifteen_conversations() -> None:
    assert len(CONVERSATIONS) >= 15


def test_a_conversation_that_does_not_hold_fails(world: Surroundings, clock: StandingClock) -> None:
    play = Play(world, clock)
    for step in steps_of("Ольга: olga@romashka.example\n$ client add Ромашка\n$ contact add Ромашка olga@romashka.example"):
        play.perform(step)
    play.perform(next(steps_of("Ольга пишет: Привет\n    Здравствуйте!")))
    with pytest.raises(AssertionError, match="got no"):
        play.perform(next(steps_of("Ольга получает: Чего не было")))
