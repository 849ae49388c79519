"""The director's day as a value, and the letter that tells it. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from helpdesk.letters import environment, phrases, tidy
from helpdesk.messages import Address, OutgoingMessage
from helpdesk.money import plain
from helpdesk.policy import Policy
from helpdesk.snapshot import Ticket

OVERDUE_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Worked:
    """Minutes that somebody logged on the day."""

    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A ticket whose client wrote last, and since when he has been waiting."""

    ticket: Ticket
    since: datetime


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What the desk did on a day, and what stands open now."""

    opened: tuple[Ticket, ...] = ()
    finished: tuple[Ticket, ...] = ()
    waiting: tuple[Ticket, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    worked: tuple[Worked, ...] = ()
    failed_letters: int = 0

    @property
    def minutes(self) -> int:
        """Minutes of everybody."""
        return sum(person.minutes for person in self.worked)

    def overdue(self, now: datetime) -> tuple[Unanswered, ...]:
        """Those who have been waiting for an answer for more than a day."""
        return tuple(one for one in self.unanswered if now - one.since > OVERDUE_AFTER)


@dataclass(frozen=True, slots=True)
class Debt:
    """What a client owes, in kopecks."""

    client: str
    amount: int


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A client's month that has ended and is not closed."""

    client: str
    period: str


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    """Kopecks made on the day and in its month so far, who owes, and how many documents wait for the printer."""

    today: int = 0
    month: int = 0
    debts: tuple[Debt, ...] = ()
    unprinted: int = 0

    @property
    def owed(self) -> int:
        """What all of them owe together."""
        return sum(debt.amount for debt in self.debts)


@dataclass(frozen=True, slots=True)
class Digest:
    """The director's day whole. `held` and `failed` count incoming letters that wait for a person; `unclosed` months wait for one too."""

    day: date
    now: datetime
    desk: DayFigures
    money: MoneyFigures = field(default_factory=MoneyFigures)
    held: int = 0
    failed: int = 0
    unclosed: tuple[Unclosed, ...] = ()


def compose_digest(digest: Digest, recipient: Address, policy: Policy) -> OutgoingMessage:
    """The letter, as text and as HTML."""
    made = environment(policy.language, str(policy.timezone))
    values = {
        "digest": digest,
        "desk": digest.desk,
        "money": digest.money,
        "overdue": digest.desk.overdue(digest.now),
        "policy": policy,
    }
    return OutgoingMessage(
        kind="digest",
        recipient=recipient,
        sender=Address(policy.support_address, policy.studio),
        subject=made.from_string(phrases(policy.language)["subjects"]["digest"]).render(**values),
        text=tidy(made.get_template("mail/digest.txt").render(**values)),
        html=made.get_template("mail/digest.html").render(**values),
        dedupe_key=f"digest:{digest.day.isoformat()}:{recipient.email}",
        reply_to=policy.support_address,
    )


def digest_document(digest: Digest) -> dict[str, object]:
    """The day's figures as JSON; money is a string with two decimals, time whole minutes."""
    overdue = digest.desk.overdue(digest.now)
    return {
        "date": digest.day.isoformat(),
        "new": [ticket.number for ticket in digest.desk.opened],
        "done": [ticket.number for ticket in digest.desk.finished],
        "waiting": [ticket.number for ticket in digest.desk.waiting],
        "unanswered": [one.ticket.number for one in digest.desk.unanswered],
        "overdue": [one.ticket.number for one in overdue],
        "worked": [{"name": person.name, "minutes": person.minutes} for person in digest.desk.worked],
        "minutes": digest.desk.minutes,
        "made_today": plain(digest.money.today),
        "made_this_month": plain(digest.money.month),
        "debts": [{"client": debt.client, "amount": plain(debt.amount)} for debt in digest.money.debts],
        "unclosed": [{"client": one.client, "period": one.period} for one in digest.unclosed],
        "held": digest.held,
        "failed": digest.failed + digest.desk.failed_letters,
    }
