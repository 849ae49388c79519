"""Commands about what a ticket costs: /price, /discount, /warranty. Pure."""

from dataclasses import replace

from helpdesk.commands.arguments import parse_percent
from helpdesk.commands.context import Context, Result, command, done, on_ticket, refuse
from helpdesk.commands.names import STAFF
from helpdesk.effects import SetDiscount, SetPrice, SetWarranty
from helpdesk.money import parse_money
from helpdesk.snapshot import Ticket

_OFF = ("off", "no", "нет", "снять")


@command(
    "price",
    "цена",
    "стоимость",
    audience=(STAFF,),
    usage="/price 4000",
    usage_ru="/цена 4000",
    meaning="fixed price for the whole ticket",
    meaning_ru="твёрдая цена за всю заявку",
)
@on_ticket
def price(argument: str, _context: Context, ticket: Ticket) -> Result:
    """Fix the ticket's price, or take that back."""
    if argument.casefold() in _OFF:
        return done("price-off", replace(ticket, price=None), SetPrice(None))
    amount = parse_money(argument)
    if amount is None:
        return refuse("unknown-money", text=argument)
    return done("price", replace(ticket, price=amount), SetPrice(amount), amount=amount)


@command(
    "discount",
    "скидка",
    audience=(STAFF,),
    usage="/discount 10% · /discount 500",
    usage_ru="/скидка 10% · /скидка 500",
    meaning="discount in per cent or rubles",
    meaning_ru="скидка в процентах или рублях",
)
@on_ticket
def discount(argument: str, _context: Context, ticket: Ticket) -> Result:
    """Set the ticket's discount; the last one counts."""
    percent = parse_percent(argument)
    if percent is not None:
        after = replace(ticket, discount_percent=percent, discount_amount=0)
        return done("discount-percent", after, SetDiscount(percent=percent), percent=percent)
    amount = parse_money(argument)
    if amount is None:
        return refuse("unknown-discount", text=argument)
    after = replace(ticket, discount_percent=0, discount_amount=amount)
    return done("discount-amount", after, SetDiscount(amount=amount), amount=amount)


@command(
    "warranty",
    "гарантия",
    audience=(STAFF,),
    usage="/warranty",
    usage_ru="/гарантия",
    meaning="not billed (off takes it back)",
    meaning_ru="не входит в счёт («нет» отменяет)",
)
@on_ticket
def warranty(argument: str, _context: Context, ticket: Ticket) -> Result:
    """Make the ticket warranty work, or take that back."""
    if argument.casefold() in _OFF:
        return done("warranty-off", replace(ticket, warranty=False), SetWarranty(on=False))
    if argument:
        return refuse("unknown-warranty", text=argument)
    return done("warranty", replace(ticket, warranty=True), SetWarranty(on=True))
