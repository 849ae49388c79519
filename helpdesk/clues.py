"""What of a letter the store needs to look things up by. Pure."""

from dataclasses import dataclass

from helpdesk.commands.arguments import parse_number
from helpdesk.commands.lines import Recognised
from helpdesk.commands.registry import recognise
from helpdesk.messages import InboundMessage


@dataclass(frozen=True, slots=True)
class Clues:
    """What of a letter the store needs to look things up by."""

    fingerprint: str
    spool_id: int
    sender: str
    forwarded_sender: str = ""
    claimed: int | None = None
    references: tuple[str, ...] = ()
    subject_ticket: int | None = None
    reported: str = ""
    recipients: tuple[str, ...] = ()
    shown: tuple[int, ...] = ()
    lists_own: bool = False
    discusses: bool = False


def clues_of(message: InboundMessage) -> Clues:
    """What to look up before the letter can be decided on."""
    letter = message.letter
    commands = [recognised for line in letter.command_lines if isinstance(recognised := recognise(line), Recognised)]
    forwarded = letter.forwarded.sender.email if letter.forwarded else ""
    return Clues(
        fingerprint=message.fingerprint,
        spool_id=message.spool_id,
        sender=letter.sender.email if letter.sender else "",
        forwarded_sender=forwarded,
        claimed=message.reply_claim.ticket if message.reply_claim else None,
        references=tuple(dict.fromkeys((*letter.in_reply_to, *reversed(letter.references)))),
        subject_ticket=message.subject_ticket,
        reported=letter.report.original_message_id if letter.report else "",
        recipients=tuple(dict.fromkeys((*message.envelope_to, *(address.email for address in (*letter.to, *letter.cc))))),
        shown=tuple(filter(None, (parse_number(command.argument) for command in commands if command.name == "show"))),
        lists_own=any(command.name == "my" for command in commands),
        discusses=bool(letter.discussion),
    )
