"""The registry with every command in it: recognise a line, run it. Pure."""

from helpdesk.commands import assignment, prices, questions, states, work
from helpdesk.commands.context import FUNCTIONS, Context, Result
from helpdesk.commands.lines import NearMiss, Recognised, fold, recognise, without_commands
from helpdesk.commands.names import CLIENT, COMMANDS, STAFF, commands_for

__all__ = [
    "CLIENT",
    "COMMANDS",
    "LOADED",
    "STAFF",
    "NearMiss",
    "Recognised",
    "commands_for",
    "fold",
    "recognise",
    "run",
    "without_commands",
]

LOADED = (assignment, prices, questions, states, work)


def run(command: Recognised, context: Context) -> Result:
    """What the command would do."""
    return FUNCTIONS[command.name](command.argument, context)
