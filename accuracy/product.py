"""Deskpost's own reading of a letter."""

import hashlib
import json

from accuracy.readings import Failure, File, Forward, Reading
from gateway.reading import parsing
from helpdesk.commands import registry
from helpdesk.messages import Letter, Verdict


def read(raw: bytes) -> Reading:
    """What `deskpost mail read` shows of a letter."""
    try:
        letter = parsing.parse(raw)
    except parsing.Unparseable:
        return Reading()
    shown = parsing.as_json("", letter, lambda line: registry.recognise(line) is not None)
    json.dumps(shown)
    return Reading(
        address=letter.sender.email if letter.sender else "",
        name=letter.sender.name if letter.sender else "",
        subject=letter.subject,
        whole="\n".join((shown["text"], shown["quoted"], shown["signature"], letter.forwarded.text if letter.forwarded else "")),
        text=shown["text"],
        signature=shown["signature"],
        files=tuple(File(file.name, hashlib.sha256(file.content).hexdigest()) for file in letter.attachments),
        report=letter.report is not None,
        failures=_failures(letter),
        automatic=letter.verdict in {Verdict.AUTO_REPLY, Verdict.LOOP},
        commands=tuple(shown["commands"]),
        forward=_forward(letter),
    )


def _failures(letter: Letter) -> tuple[Failure, ...]:
    return tuple(Failure(one.address, one.permanent) for one in letter.report.recipients) if letter.report else ()


def _forward(letter: Letter) -> Forward | None:
    found = letter.forwarded
    return Forward(found.sender.email, found.sender.name, found.subject, found.text) if found else None
