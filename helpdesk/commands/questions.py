"""Commands that only ask: /my, /show, /help; the answer comes in the transcript. Pure."""

from helpdesk.commands.arguments import parse_number
from helpdesk.commands.context import Context, Result, command, done, refuse
from helpdesk.commands.names import CLIENT, STAFF, commands_for


@command(
    "my",
    "мои",
    audience=(STAFF,),
    usage="/my",
    usage_ru="/мои",
    meaning="my open tickets",
    meaning_ru="мои открытые заявки",
)
def own_tickets(_argument: str, context: Context) -> Result:
    """List the sender's open tickets."""
    return done("my", context.ticket, tickets=context.snapshot.own_tickets)


@command(
    "show",
    "показать",
    audience=(STAFF,),
    usage="/show N",
    usage_ru="/показать N",
    meaning="a ticket whole; without a number, this one",
    meaning_ru="заявка целиком; без номера — эта",
)
def show(argument: str, context: Context) -> Result:
    """Show one ticket."""
    if not argument:
        return done("show", context.ticket, shown=context.ticket) if context.ticket else refuse("no-ticket")
    number = parse_number(argument)
    if number is None:
        return refuse("unknown-number", text=argument)
    if context.ticket is not None and context.ticket.number == number:
        return done("show", context.ticket, shown=context.ticket)
    shown = context.snapshot.shown.get(number)
    return done("show", context.ticket, shown=shown) if shown else refuse("no-such-ticket", number=number)


@command(
    "help",
    "помощь",
    audience=(STAFF, CLIENT),
    usage="/help",
    usage_ru="/помощь",
    meaning="this list",
    meaning_ru="этот список",
)
def tell(_argument: str, context: Context) -> Result:
    """List the commands that the sender may write."""
    audience = STAFF if context.snapshot.sender.staff else CLIENT
    return done("help", context.ticket, commands=tuple(commands_for(audience)))
