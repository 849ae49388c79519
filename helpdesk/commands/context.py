"""What a command function gets and gives back, and the decorator that puts it into the registry. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from helpdesk.commands.names import CommandName, register
from helpdesk.effects import Change
from helpdesk.snapshot import Snapshot, Ticket


@dataclass(frozen=True, slots=True)
class Said:
    """What the answer letter says about one line: the key of a phrase in templates/mail/<language>/phrases.toml, and its values."""

    phrase: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """What a command may look at: the snapshot, and the ticket as the lines before have left it (None: no ticket)."""

    snapshot: Snapshot
    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class Done:
    """A command that can be done: what it changes, the ticket afterwards, what to say. `private`: the letter stays inside."""

    said: Said
    ticket: Ticket | None
    changes: tuple[Change, ...] = ()
    private: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that cannot be done, and why."""

    said: Said


Result = Done | Refusal
Function = Callable[[str, Context], Result]
TicketFunction = Callable[[str, Context, Ticket], Result]

FUNCTIONS: dict[str, Function] = {}


def command(
    *names: str,
    audience: tuple[str, ...],
    usage: str,
    usage_ru: str,
    meaning: str,
    meaning_ru: str,
) -> Callable[[Function], Function]:
    """Put a function into the registry under its names, the English one first."""

    def enter(function: Function) -> Function:
        register(CommandName(names, frozenset(audience), {"en": usage, "ru": usage_ru}, {"en": meaning, "ru": meaning_ru}))
        FUNCTIONS[names[0]] = function
        return function

    return enter


def on_ticket(function: TicketFunction) -> Function:
    """A command that needs a ticket: refused where the letter has none."""

    def run(argument: str, context: Context) -> Result:
        if context.ticket is None:
            return refuse("no-ticket")
        return function(argument, context, context.ticket)

    return run


def refuse(phrase: str, **values: object) -> Refusal:
    """A refusal that says a phrase."""
    return Refusal(Said(phrase, values))


def done(phrase: str, ticket: Ticket | None, *changes: Change, **values: object) -> Done:
    """A done command that says a phrase."""
    return Done(Said(phrase, values), ticket, changes)


def private(result: Result) -> Result:
    """The same result, and the letter stays inside the studio."""
    return replace(result, private=True) if isinstance(result, Done) else result
