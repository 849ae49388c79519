"""How this studio wants its desk to act: the settings that decisions and letters look at, as one value. Pure."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Policy:
    """The studio's name, addresses and choices. `unknown_senders` is triage, open or reject."""

    studio: str
    language: str
    timezone: ZoneInfo
    support_address: str
    billing_address: str
    token_prefix: str = ""
    unknown_senders: str = "triage"
    reopen_days: int = 30
    most_acknowledgements: int = 20


def policy_of(settings: Settings) -> Policy:
    """The policy that a configuration asks for."""
    return Policy(
        studio=settings.studio.name,
        language=settings.studio.language,
        timezone=ZoneInfo(settings.studio.timezone),
        support_address=settings.studio.support_address,
        billing_address=settings.studio.billing_address,
        token_prefix=settings.tickets.token_prefix,
        unknown_senders=settings.security.unknown_senders,
        reopen_days=settings.tickets.reopen_days,
    )
