"""A spooled letter → InboundMessage: what it says, whose reply address it used, how sure we are of its sender."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.settings import Settings
from gateway import addresses, authenticity
from gateway.authenticity import Evidence, Keys
from gateway.directory import Directory
from gateway.peers import is_within
from gateway.reader import Reader
from gateway.reading import parsing
from gateway.spool import Entry
from helpdesk.messages import InboundMessage, Letter, ReplyClaim
from helpdesk.tokens import find_token


@dataclass(frozen=True, slots=True)
class Reading:
    """What letters are read with."""

    settings: Settings
    key: bytes
    directory: Directory
    keys: Keys
    reader: Reader

    def letters(self, raws: Sequence[bytes]) -> list[Letter]:
        """What the bytes of some letters say."""
        return self.reader.read_all(raws)

    def message(self, entry: Entry, raw: bytes, letter: Letter) -> InboundMessage:
        """Everything the gateway knows of a letter."""
        claim, unsigned = self._claim(entry, letter)
        return InboundMessage(
            letter=letter,
            fingerprint=parsing.fingerprint(raw),
            raw_digest=entry.digest,
            spool_id=entry.id,
            received_at=entry.received_at,
            envelope_from=entry.envelope_from,
            envelope_to=entry.envelope_to,
            reply_claim=claim,
            subject_ticket=find_token(letter.subject, self.settings.tickets.token_prefix),
            authenticity=authenticity.judge(self._evidence(entry, raw, letter, claim), self.keys),
            unsigned_claims=unsigned,
        )

    def _claim(self, entry: Entry, letter: Letter) -> tuple[ReplyClaim | None, int]:
        """The first good reply address among the recipients, the sender's own before others', and how many were bad."""
        named = (address.email for address in (*letter.to, *letter.cc))
        found = addresses.find_tagged((*entry.envelope_to, *named), self.settings.studio.support_address)
        sender = letter.sender.email if letter.sender else ""
        claims = [addresses.judge_tagged(tagged, (sender, *self.directory.people_of_ticket(tagged.ticket)), self.key) for tagged in found]
        good = sorted(filter(None, claims), key=lambda claim: claim.recipient != sender)
        return (good[0] if good else None), len(claims) - len(good)

    def _evidence(self, entry: Entry, raw: bytes, letter: Letter, claim: ReplyClaim | None) -> Evidence:
        return Evidence(
            raw=raw,
            sender=letter.sender.email if letter.sender else "",
            claimed_by=claim.recipient if claim else "",
            from_trusted_relay=not entry.peer or is_within(entry.peer, self.settings.smtp.trusted_relays),
            is_known=self.directory.is_known,
        )
