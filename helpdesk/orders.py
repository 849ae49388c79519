"""The commands of one letter, applied together or not at all. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from helpdesk import discussions
from helpdesk.authority import audience_of, is_proven, may_command
from helpdesk.commands.context import Context, Done, Refusal, Result, Said, refuse
from helpdesk.commands.registry import NearMiss, Recognised, recognise, run, without_commands
from helpdesk.effects import Change, LogTime, SetStatus
from helpdesk.messages import InboundMessage
from helpdesk.snapshot import Person, Snapshot, Ticket
from helpdesk.workflow import Status

QUESTIONS = frozenset({"my", "show", "help"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the transcript: the line as written, whether it was (or would be) done, and what to say."""

    line: str
    good: bool
    said: Said


@dataclass(frozen=True, slots=True)
class Orders:
    """What the command lines of a letter come to. Where one is refused, `changes` is empty and `ticket` untouched."""

    ticket: Ticket | None
    answers: tuple[Answer, ...] = ()
    changes: tuple[Change, ...] = ()
    private: bool = False
    names: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a line was refused, and so all of them."""
        return any(not answer.good for answer in self.answers)

    @property
    def only_questions(self) -> bool:
        """Whether there are commands, and none of them changes anything."""
        return bool(self.names) and QUESTIONS.issuperset(self.names)

    @property
    def minutes(self) -> int:
        """Minutes that the letter logs."""
        return sum(change.minutes for change in self.changes if isinstance(change, LogTime))

    @property
    def status(self) -> Status | None:
        """The status that the letter's commands ask for, None for none."""
        moves = [change.status for change in self.changes if isinstance(change, SetStatus)]
        return moves[-1] if moves else None


def _commands(message: InboundMessage, person: Person) -> Iterator[Recognised | NearMiss]:
    """The lines that are commands, or nearly; what is near a command of the studio's alone is a client's text («/shop»)."""
    for line in message.letter.command_lines:
        found = recognise(line)
        if isinstance(found, Recognised) or (found is not None and audience_of(person) in found.audience):
            yield found


def text_to_read(message: InboundMessage, snapshot: Snapshot) -> str:
    """The sender's text without the commands that he may write; what else of a client's begins with «/» may be meant for reading.

    Answers that stand between quoted lines keep the lines that they answer.
    """
    person = snapshot.sender
    found = _commands(message, person)
    taken_out = [one.line for one in found if person.staff or (isinstance(one, Recognised) and may_command(person, one.name))]
    discussion = message.letter.discussion
    if discussion and person.staff:
        discussion = discussions.seen_by_all(discussion, snapshot.seen)
    text = without_commands(discussion or message.letter.text, taken_out)
    # As plain text, words that are a link would lead nowhere.
    addresses = "\n".join(f"[{link.words}] {link.address}" for link in message.letter.links)
    return f"{text}\n\n{addresses}" if text and addresses else text


def says_something(message: InboundMessage, person: Person) -> bool:
    """Whether there is anything in the letter beside commands."""
    text = without_commands(message.letter.text, [one.line for one in _commands(message, person)])
    return bool(text or message.letter.attachments or message.letter.forwarded)


def carry_out(message: InboundMessage, snapshot: Snapshot, ticket: Ticket | None) -> Orders:
    """What the letter's commands do to the ticket, all or nothing."""
    orders = Orders(ticket)
    for found in _commands(message, snapshot.sender):
        orders = _add(orders, found, _result(found, message, Context(snapshot, orders.ticket)))
    for found in _unheard(message, snapshot.sender):
        orders = _add(orders, found, refuse("below-marker"))
    return replace(orders, ticket=ticket, changes=(), private=False) if orders.refused else orders


def _unheard(message: InboundMessage, person: Person) -> Iterator[Recognised | NearMiss]:
    """A colleague's commands that stand where none counts: unsaid, they would go to the client as text."""
    found = (recognise(line) for line in message.letter.unheard if person.staff)
    return (one for one in found if one is not None)


def _result(found: Recognised | NearMiss, message: InboundMessage, context: Context) -> Result:
    person = context.snapshot.sender
    if isinstance(found, NearMiss):
        return refuse("near-miss", meant=found.meant) if found.meant else refuse("not-yet")
    if not may_command(person, found.name):
        return refuse("not-for-you")
    if not is_proven(message) and found.name not in QUESTIONS:
        return refuse("unproven")
    return run(found, context)


def _add(orders: Orders, found: Recognised | NearMiss, result: Result) -> Orders:
    answers = (*orders.answers, Answer(found.line, isinstance(result, Done), result.said))
    names = (*orders.names, found.name) if isinstance(found, Recognised) else orders.names
    if isinstance(result, Refusal):
        return replace(orders, answers=answers, names=names)
    return replace(
        orders,
        ticket=result.ticket,
        answers=answers,
        names=names,
        changes=(*orders.changes, *result.changes),
        private=orders.private or result.private,
    )


def day_totals(orders: Orders, snapshot: Snapshot) -> Sequence[tuple[date, int]]:
    """The sender's minutes by day, of the days that the letter touches."""
    added: dict[date, int] = {}
    for change in orders.changes:
        if isinstance(change, LogTime):
            added[change.worked_on] = added.get(change.worked_on, 0) + change.minutes
    return [(day, snapshot.day_minutes.get(day, 0) + minutes) for day, minutes in sorted(added.items())]
