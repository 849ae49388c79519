"""Our addresses: signed reply addresses, and which recipients are ours.

Pure. `support+14883.TOKEN@studio.example`: TOKEN is an 80-bit HMAC over the ticket and the recipient it was handed to, in
lower case, for mail programs fold local parts. The address names nobody by itself: who it was made for is found by trying.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from helpdesk.messages import ReplyClaim

TOKEN_BYTES = 10
_TAG = re.compile(r"([0-9]{1,9})\.([a-z2-7]{16})")


@dataclass(frozen=True, slots=True)
class TaggedAddress:
    """A recipient of the form of a reply address; whether the token is good is not said yet."""

    ticket: int
    token: str


def reply_token(ticket: int, recipient: str, key: bytes) -> str:
    """The token that hands `ticket` to `recipient`."""
    signed = hmac.new(key, f"v1|reply|{ticket}|{recipient.strip().lower()}".encode(), hashlib.sha256).digest()
    return base64.b32encode(signed[:TOKEN_BYTES]).decode("ascii").lower()


def reply_address(support_address: str, ticket: int, recipient: str, key: bytes) -> str:
    """The address to which `recipient` answers about `ticket`."""
    local, _, domain = support_address.rpartition("@")
    return f"{local}+{ticket}.{reply_token(ticket, recipient, key)}@{domain}"


def parse_tagged(address: str, support_address: str) -> TaggedAddress | None:
    """The ticket and token of an address, where it has the form of a reply address of ours."""
    local, _, domain = address.strip().lower().rpartition("@")
    ours, _, our_domain = support_address.lower().rpartition("@")
    if domain != our_domain or not local.startswith(ours + "+"):
        return None
    tag = _TAG.fullmatch(local.removeprefix(ours + "+"))
    return TaggedAddress(int(tag[1]), tag[2]) if tag else None


def find_tagged(addresses: Iterable[str], support_address: str) -> tuple[TaggedAddress, ...]:
    """The reply addresses among a letter's recipients, each once."""
    found = (parse_tagged(address, support_address) for address in addresses)
    return tuple(dict.fromkeys(tagged for tagged in found if tagged))


def judge_tagged(tagged: TaggedAddress, candidates: Iterable[str], key: bytes) -> ReplyClaim | None:
    """Whom among `candidates` the address was made for; None where the token is bad for all of them."""
    for candidate in candidates:
        if hmac.compare_digest(tagged.token, reply_token(tagged.ticket, candidate, key)):
            return ReplyClaim(tagged.ticket, candidate.strip().lower())
    return None


def without_tag(address: str) -> str:
    """`support+anything@…` as `support@…`, lower-case."""
    local, at, domain = address.strip().lower().rpartition("@")
    return local.partition("+")[0] + at + domain
