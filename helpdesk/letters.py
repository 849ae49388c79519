"""A notice and its template become an outgoing letter."""

import tomllib
from functools import cache
from importlib import resources

from jinja2 import Environment, Template, select_autoescape

from config import templating, wording
from helpdesk.commands.context import Said
from helpdesk.effects import Notice
from helpdesk.messages import REPLY_MARKER, Address, OutgoingMessage, StoredFile
from helpdesk.policy import Policy
from helpdesk.snapshot import Ticket
from helpdesk.tokens import subject_token
from helpdesk.workflow import RUSSIAN, Status

_WARRANTY = {"ru": "0 руб. (гарантия)", "en": "0 RUB (warranty)"}


@cache
def environment(language: str, timezone: str) -> Environment:
    """The templates' environment with what only the desk can word: statuses, costs, local time."""
    # Phrases are text: unlike the templates of pages, nothing in them is escaped.
    made = templating.environment(language).overlay(autoescape=select_autoescape(("html",), default_for_string=False))
    made.filters = {
        **made.filters,
        "status": lambda status: word_status(status, language),
        "costs": lambda ticket: word_cost(ticket, language),
        "local": lambda moment: wording.moment(moment, timezone, language),
        "inside": lambda text: quote_inside(text, language),
    }
    return made


@cache
def phrase_environment(language: str, timezone: str) -> Environment:
    """The same for short phrases, whose line ends stand as they are written."""
    made = environment(language, timezone).overlay(trim_blocks=False, lstrip_blocks=False)
    made.filters = environment(language, timezone).filters
    return made


def quote_inside(text: str, language: str) -> str:
    """A text that will stand in quotation marks: its own become inner ones."""
    outer, inner = ("«»", "„“") if language == "ru" else ("“”", "‘’")
    return text.translate(str.maketrans(outer, inner))


def word_status(status: Status, language: str) -> str:
    """A status as people say it."""
    return RUSSIAN[status] if language == "ru" else status.value.replace("_", " ")


def word_cost(ticket: Ticket, language: str) -> str:
    """What a ticket costs so far; warranty work says that it is."""
    return _WARRANTY[language] if ticket.warranty else wording.rubles(ticket.cost, language)


@cache
def phrases(language: str) -> dict[str, dict[str, str]]:
    """The short phrases of a language, by group and key."""
    text = resources.files("templates").joinpath("mail", language, "phrases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def phrase(said: Said, *, language: str, timezone: str) -> str:
    """What the answer to a command says."""
    return _answer(said.phrase, language, timezone).render(language=language, **said.values)


@cache
def _answer(name: str, language: str, timezone: str) -> Template:
    """The phrase of an answer; making a template of it takes longer than using it."""
    return phrase_environment(language, timezone).from_string(phrases(language)["answers"][name])


def render(notice: Notice, files: tuple[StoredFile, ...], *, policy: Policy) -> OutgoingMessage:
    """The letter that a notice asks for; `files` are those of the letter that caused it."""
    timezone = str(policy.timezone)
    text = (
        environment(notice.language, timezone)
        .get_template(f"mail/{notice.kind}.txt")
        .render(
            ticket=notice.ticket,
            policy=policy,
            marker=REPLY_MARKER[notice.language],
            phrase=lambda said: phrase(said, language=notice.language, timezone=timezone),
            **notice.values,
        )
    )
    return OutgoingMessage(
        kind=notice.kind,
        recipient=notice.recipient,
        sender=Address(policy.support_address, notice.sender_name or policy.studio),
        subject=_subject(notice, policy),
        text=tidy(text),
        in_reply_to=notice.in_reply_to or (anchor(notice.ticket, policy) if notice.ticket else ""),
        references=_references(notice, policy),
        reply_ticket=notice.ticket.number if notice.ticket else None,
        reply_to="" if notice.ticket else policy.support_address,
        attachments=files if notice.with_files else (),
        automatic=notice.automatic,
        dedupe_key=notice.dedupe_key,
    )


def tidy(text: str) -> str:
    """No more than one blank line in a row, none at either end, one line end at the last."""
    lines = [line.rstrip() if line != "-- " else line for line in text.split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip("\n") + "\n"


def _subject(notice: Notice, policy: Policy) -> str:
    ticket = notice.ticket
    if ticket is None:
        return phrases(notice.language)["subjects"][notice.kind]
    subject = f"{subject_token(ticket.number, policy.token_prefix)} {ticket.subject}"
    return f"Re: {subject}" if notice.in_reply_to else subject


def anchor(ticket: Ticket, policy: Policy) -> str:
    """A Message-ID that no letter bears and every letter of the ticket refers to: it keeps one thread in every mail program."""
    return f"ticket-{ticket.number}@{policy.support_address.rpartition('@')[2]}"


def _references(notice: Notice, policy: Policy) -> tuple[str, ...]:
    ticket = notice.ticket
    if ticket is None:
        return (notice.in_reply_to,) if notice.in_reply_to else ()
    own = (ticket.first_message_id,) if notice.recipient.email == ticket.requester.email else ()
    return tuple(dict.fromkeys(name for name in (*own, anchor(ticket, policy), notice.in_reply_to) if name))
