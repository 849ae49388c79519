"""What each command is called, for whom it is and how it is written: the one table behind recognition, help and README. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

STAFF, CLIENT = "staff", "client"


@dataclass(frozen=True, slots=True)
class CommandName:
    """One command: its names (the English one first), who may write it, an example and its meaning in both languages."""

    names: tuple[str, ...]
    audience: frozenset[str]
    usage: dict[str, str]
    meaning: dict[str, str]

    @property
    def name(self) -> str:
        """The English name, which is the key everywhere."""
        return self.names[0]


class DuplicateName(Exception):
    """Two commands want the same name."""


# Words that stand for commands in other desks and in the plans of this one, by who would write them. They do nothing yet, and are
# refused by name: what was meant as a command must never slip through to a client as text.
RESERVED = dict.fromkeys(
    "estimate оценка task задача due срок priority приоритет routine рутина interesting интересно tag метка project сайт requester "
    "постановщик merge объединить split разделить".split(),
    frozenset({STAFF}),
) | dict.fromkeys(
    "approve согласен decline отказ tickets заявки find найти undo отменить balance баланс documents документы statement сверка".split(),
    frozenset({STAFF, CLIENT}),
)

COMMANDS: dict[str, CommandName] = {}
COMMAND_NAMES: dict[str, str] = {}


def register(command: CommandName) -> None:
    """Add a command to the table; DuplicateName where one of its names is taken."""
    for name in command.names:
        if name in COMMAND_NAMES:
            message = f"/{name} of {command.name} is already a name of {COMMAND_NAMES[name]}"
            raise DuplicateName(message)
    COMMANDS[command.name] = command
    COMMAND_NAMES.update(dict.fromkeys(command.names, command.name))


def commands_for(audience: str) -> Iterable[CommandName]:
    """The commands that staff or clients may write, in the order of the table."""
    return (command for command in COMMANDS.values() if audience in command.audience)
