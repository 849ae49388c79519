"""How sure we are that a letter comes from the address in its From: one verdict out of DKIM, a trusted server's word and
signed reply addresses.

The sender counts only where two independent readers find the same single mailbox in a single From field; without that no
proof of anything helps. DNS is asked only about senders who matter, for five seconds at most, and an answer that does
not come proves nothing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import dkim
import dns.exception
import dns.resolver
from dkim.util import InvalidTagValueList, parse_tag_value
from publicsuffixlist import PublicSuffixList

from gateway import authentication_results, senders
from gateway.reading import charsets, fields, headers, limits, mailboxes
from gateway.reading.headers import Headers
from helpdesk.messages import Authenticity

SIGNATURES = 5
# A longer From is read anew each time: what is kept of strangers may not grow large.
_KEPT = 1000
DNS_SECONDS = 5.0
_SINGLE = frozenset({"from", "to", "cc", "subject", "date", "message-id", "reply-to", "content-type", "mime-version"})

# dkimpy stumbles over broken letters, signatures and keys in all these ways; none of them is a proof.
_DKIM_ERRORS = (dkim.DKIMException, ValueError, KeyError, IndexError, TypeError)

# A TXT record by name; empty where there is none.
Txt = Callable[[str, float], bytes]


@dataclass(frozen=True, slots=True)
class Keys:
    """By what proofs are judged: the mode ([security] verify), whose word counts, and where keys are looked up."""

    verify: str
    authserv_ids: tuple[str, ...]
    txt: Txt


@dataclass(frozen=True, slots=True)
class Evidence:
    """A letter with what is known of its way. `claimed_by` is the recipient of its valid reply address, empty for none."""

    raw: bytes
    sender: str
    claimed_by: str
    from_trusted_relay: bool
    is_known: Callable[[str], bool]


def judge(evidence: Evidence, keys: Keys) -> Authenticity:
    """The verdict."""
    top = headers.of(fields.split(evidence.raw).fields)
    certain = _certainty(top, evidence.sender)
    if certain is not Authenticity.VERIFIED:
        return certain
    if _is_proven(evidence, top, keys):
        return Authenticity.VERIFIED
    return Authenticity.SIGNED_ADDRESS if evidence.claimed_by == evidence.sender else Authenticity.UNVERIFIED


def _certainty(top: Headers, sender: str) -> Authenticity:
    """How far the field itself may be trusted: failed where it says two things, unverified where it is hard to read."""
    written = top.every("from")
    if not written or not sender or len(written[0]) > limits.DEFAULT.header:
        return Authenticity.UNVERIFIED
    said = (_said_by if len(written[0]) <= _KEPT else _said_by.__wrapped__)(written[0])
    if len(written) > 1 or {*said.first, said.second or sender} != {sender}:
        return Authenticity.FAILED
    return Authenticity.VERIFIED if said.loosely == (sender,) and said.second else Authenticity.UNVERIFIED


@dataclass(frozen=True, slots=True)
class _Said:
    """Whom a From field names: to our reader, to it where it takes whatever comes, and to the second reader."""

    first: tuple[str, ...]
    loosely: tuple[str, ...]
    second: str | None


@lru_cache(maxsize=1000)
def _said_by(written: str) -> _Said:
    """What the readers find in a field; kept, for most letters come from few people."""
    # Raw 8-bit names are decoded first: the second reader knows text only.
    value = charsets.decode(written.encode("utf-8", "surrogateescape"))
    first, loosely = (tuple(address.email for address in found) for found in (mailboxes.parse(value), mailboxes.parse_loosely(value)))
    return _Said(first, loosely, senders.read(value))


def _is_proven(evidence: Evidence, top: Headers, keys: Keys) -> bool:
    domain = evidence.sender.rpartition("@")[2]
    match keys.verify:
        case "none":
            return True
        case "upstream":
            written = (value for value in top.every("authentication-results") if len(value) <= limits.DEFAULT.header)
            said = authentication_results.topmost(written, keys.authserv_ids)
            return evidence.from_trusted_relay and said is not None and authentication_results.proves(said, domain)
        case _:
            names = [name for name, _ in top.fields if name in _SINGLE]
            return len(names) == len(set(names)) and evidence.is_known(evidence.sender) and _is_signed(evidence.raw, domain, keys.txt)


def _is_signed(raw: bytes, domain: str, txt: Txt) -> bool:
    """Whether a DKIM signature of the domain, or of one with the same owner, covers the whole letter."""
    try:
        letter = dkim.DKIM(raw, timeout=DNS_SECONDS)
    except _DKIM_ERRORS:
        return False
    deadline = time.monotonic() + DNS_SECONDS

    def key(name: bytes, **_: object) -> bytes:
        return txt(name.decode("ascii", "replace"), deadline - time.monotonic())

    signatures = [value for name, value in letter.headers if name.lower() == b"dkim-signature"]
    return any(_may_prove(value, domain) and _holds(letter, number, key) for number, value in enumerate(signatures[:SIGNATURES]))


def _may_prove(signature: bytes, domain: str) -> bool:
    """Aligned (RFC 7489 §3.1.1, relaxed), without `l=`, and with From among what is signed."""
    try:
        tags = parse_tag_value(signature)
    except InvalidTagValueList:
        return False
    covered = {name.strip().lower() for name in tags.get(b"h", b"").split(b":")}
    owner = tags.get(b"d", b"").decode("ascii", "replace").lower()
    return b"l" not in tags and b"from" in covered and organisation(owner) == organisation(domain)


def _holds(letter: dkim.DKIM, number: int, txt: Callable[..., bytes]) -> bool:
    try:
        return bool(letter.verify(idx=number, dnsfunc=txt))
    except _DKIM_ERRORS:
        return False


def organisation(domain: str) -> str:
    """The domain that was registered: `shop.co.uk` of `mail.shop.co.uk`."""
    return _suffixes().privatesuffix(domain.rstrip(".").lower()) or domain


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def open_txt(servers: Sequence[str]) -> Txt:
    """TXT look-ups at the given servers (`127.0.0.1:5353`), or the system's."""
    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        hosts = [server.rpartition(":") if server.count(":") == 1 else (server, "", "") for server in servers]
        resolver.nameservers = [dns.nameserver.Do53Nameserver(host or port, int(port) if host and port else 53) for host, _, port in hosts]
    resolver.cache = dns.resolver.LRUCache()

    def txt(name: str, seconds: float) -> bytes:
        if seconds <= 0:
            return b""
        try:
            answer = resolver.resolve(name, "TXT", lifetime=seconds, search=False)
        except (dns.exception.DNSException, OSError):
            return b""
        return b"".join(answer[0].strings)

    return txt
