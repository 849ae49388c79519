"""What threatens the desk as a whole: the directors are told, once a day for each cause."""

from sqlalchemy import Connection

from config.surroundings import Clock
from helpdesk.audience import address_of, chief_people
from helpdesk.effects import Notice
from helpdesk.letters import render
from helpdesk.outbox import enqueue
from helpdesk.policy import Policy
from helpdesk.queries import all_staff

SQUEEZE = "squeeze"


def tell_of_squeeze(connection: Connection, kind: str, values: dict[str, object], *, policy: Policy, clock: Clock) -> None:
    """Tell the chiefs that mail is not taken now: `kind` is disk or spool, `values` are what the letter says of it."""
    now = clock()
    today = now.astimezone(policy.timezone).date()
    for person in map(address_of, chief_people(all_staff(connection))):
        dedupe_key = f"{SQUEEZE}:{kind}:{today}:{person.email}"
        notice = Notice(SQUEEZE, person, policy.language, None, {"kind": kind, **values}, dedupe_key=dedupe_key)
        enqueue(connection, render(notice, (), policy=policy), now=now)
