"""`deskpost serve`: the gateway's parts, with the night's work and the morning's digest as jobs of its scheduler."""

import logging
from datetime import date
from functools import partial
from typing import Annotated

import typer
from sqlalchemy import Connection

from billing.checks import Level
from billing.nightly import nightly
from billing.phrasing import phrase
from config import logs
from config.console import surroundings
from config.surroundings import Surroundings
from gateway import serving
from gateway.pressure import Squeeze
from gateway.schedule import Job
from helpdesk.alarms import tell_of_squeeze
from helpdesk.failures import tell_of_failure
from helpdesk.policy import policy_of
from rounds.digest import send_morning_digest

log = logging.getLogger(__name__)


def serve(
    context: typer.Context,
    only: Annotated[str, typer.Option(help="Only these parts, by comma: " + ",".join(serving.PARTS))] = "",
) -> None:
    """Run the server: doors, worker, sender, scheduler. Ends on SIGTERM."""
    world = surroundings(context)
    parts = frozenset(part.strip() for part in only.split(",") if part.strip()) or frozenset(serving.PARTS)
    unknown = parts - set(serving.PARTS)
    if unknown:
        message = f"--only knows no {', '.join(sorted(unknown))}: {', '.join(serving.PARTS)}"
        raise typer.BadParameter(message)
    settings = world.settings
    jobs = (
        Job("nightly", settings.billing.nightly_at, lambda day: log_nightly(world, day)),
        Job("digest", settings.studio.digest_at, lambda day: send_morning_digest(world, day)),
    )
    on_failed = partial(tell_of_failure, policy=policy_of(settings), clock=world.clock)
    company = serving.Company(jobs=jobs, on_failed=on_failed, on_squeeze=partial(tell_directors, world=world))
    serving.serve(world, parts, company)


def tell_directors(connection: Connection, squeeze: Squeeze, *, world: Surroundings) -> None:
    """Mail is asked to come later; those who can make room are told."""
    values: dict[str, object] = {"place": squeeze.place, "left": squeeze.left}
    tell_of_squeeze(connection, squeeze.kind, values, policy=policy_of(world.settings), clock=world.clock)


def log_nightly(world: Surroundings, day: date) -> None:
    """Nobody looks on at night: what could not be closed or printed goes into the log, night after night until it is mended."""
    report = nightly(world, day)
    for blocked in report.blocked:
        reasons = "; ".join(phrase(found, "en") for found in blocked.problems if found.level is Level.BLOCKING)
        logs.warn(log, "not closed", client=blocked.client.name, period=blocked.period, reason=reasons)
    for jam in report.printed.jams:
        logs.warn(log, "not printed", reason=jam)
    for client, period in report.waiting:
        logs.warn(log, "not closed", client=client.name, period=period, reason="after the 10th a person does it: deskpost period close")
