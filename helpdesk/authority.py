"""Who may do what: by who he is, and by how sure we are of it. Pure."""

from helpdesk.commands.names import CLIENT, COMMANDS, STAFF
from helpdesk.messages import Authenticity, InboundMessage
from helpdesk.snapshot import Person, Ticket

_PROOFS = frozenset({Authenticity.SIGNED_ADDRESS, Authenticity.VERIFIED})


def is_proven(message: InboundMessage) -> bool:
    """Whether the letter proves its sender: by a signed reply address of his, or by his domain."""
    return message.authenticity in _PROOFS


def may_write(person: Person, ticket: Ticket) -> bool:
    """Whether somebody's letters may enter a ticket: the studio's, its client's, its requester's and participants'; of nobody removed."""
    if person.staff is not None or person.removed:
        return not person.removed
    if person.contact is not None and ticket.client is not None and person.contact.client_id == ticket.client.id:
        return True
    return person.address.email in {address.email for address in (ticket.requester, *ticket.participants)}


def audience_of(person: Person) -> str:
    """Whose commands he may write."""
    return STAFF if person.staff is not None else CLIENT


def may_command(person: Person, name: str) -> bool:
    """Whether a command is for people like him."""
    return audience_of(person) in COMMANDS[name].audience
