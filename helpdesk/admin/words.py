"""What the verbs share: clients by name, sums as typed."""

from sqlalchemy import Connection

from config.console import Refused
from helpdesk.money import parse_money
from helpdesk.queries import all_clients, find_client
from helpdesk.readmodels import ClientCard


def named_client(connection: Connection, word: str) -> ClientCard:
    """The client of a name or id; Refused where there is none."""
    card = find_client(connection, word)
    if card is None:
        names = ", ".join(f"«{one.name}»" for one in all_clients(connection)[:10]) or "none yet: deskpost client add NAME"
        message = f"there is no client «{word}». Clients: {names}"
        raise Refused(message)
    return card


def rubles(text: str, *, what: str) -> int:
    """Kopecks of a sum in rubles as typed; Refused where it is none."""
    amount = parse_money(text)
    if amount is None:
        message = f"{what} «{text}» is no sum of money: write 1500 or 1500.50"
        raise Refused(message)
    return amount
