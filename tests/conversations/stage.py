"""Plays a conversation: a readable mail thread that drives the whole program below the sockets, with the clock in the text.

Letters go in as bytes through the spool and the runner; what leaves the outbox is composed by the real sender and laid into
people's mailboxes, from which they answer as their mail programs would: to Reply-To, with References, quoting.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from typer.testing import CliRunner

import cli
from config.database import transaction
from config.surroundings import Surroundings
from gateway import serving, spool
from gateway.relay import Answer, Refused, Sent
from helpdesk.commands.registry import recognise
from helpdesk.failures import tell_of_failure
from helpdesk.models import staff
from helpdesk.policy import policy_of
from tests.conftest import StandingClock

cli.mount()
FOLDER = Path(__file__).parent
MOSCOW = ZoneInfo("Europe/Moscow")
NAMED = re.compile(r"(?P<name>\w+): (?P<email>\S+@\S+)")
TIMED = re.compile(r"\[(?:(?P<day>\d{4}-\d\d-\d\d) )?(?P<time>\d\d:\d\d)\] (?P<rest>.+)")
FILE = re.compile(r"\[файл: (.+)\]")


@dataclass(frozen=True)
class Step:
    """A line of the conversation and the indented lines below it."""

    number: int
    line: str
    body: tuple[str, ...]


@dataclass
class Mailbox:
    """Somebody's mail: everything he ever got, and how much of it the conversation has looked at."""

    letters: list[EmailMessage] = field(default_factory=list)
    unread: list[EmailMessage] = field(default_factory=list)


class Play:
    """One conversation on one studio."""

    def __init__(self, world: Surroundings, clock: StandingClock) -> None:
        """`clock` is the world's."""
        self.world = world
        self.clock = clock
        self.people: dict[str, str] = {}
        self.boxes: dict[str, Mailbox] = {}
        self.broken: set[str] = set()
        self.sent = 0
        self.output = ""
        self.posted: list[tuple[str, bytes]] = []
        self.runner = serving.open_runner(world)
        self.sender = serving.open_sender(world, lambda c, q, a: tell_of_failure(c, q, a, policy=policy_of(world.settings), clock=clock))
        self.sender._relay = self  # type: ignore[assignment]

    # What the sender needs of a relay.

    def send(self, _sender: str, recipient: str, content: bytes) -> Answer:
        """Lay a letter into its recipient's mailbox, unless his address is broken."""
        if recipient in self.broken:
            return Refused("550 5.1.1 no such user")
        letter = BytesParser(policy=default).parsebytes(content)
        assert isinstance(letter, EmailMessage)
        box = self.boxes.setdefault(recipient, Mailbox())
        box.letters.append(letter)
        box.unread.append(letter)
        self._no_command_reaches(recipient, letter)
        return Sent("250 ok")

    def close(self) -> None:
        """Nothing to close."""

    def _no_command_reaches(self, recipient: str, letter: EmailMessage) -> None:
        with self.world.engine.connect() as connection:
            if connection.execute(select(staff.c.id).where(staff.c.email == recipient)).first() is not None:
                return
        answers = "Ответ на ваши команды" in text_of(letter) or "✓" in text_of(letter) or "✗" in text_of(letter)
        leaked = [line for line in text_of(letter).split("\n") if recognise(line)]
        assert answers or not leaked, f"a command reached {recipient}: {leaked}"

    # The steps.

    def perform(self, step: Step) -> None:
        """Play one step, or say at which line it failed."""
        timed = TIMED.fullmatch(step.line)
        if timed:
            self._move_clock(timed["day"], timed["time"])
        line = timed["rest"] if timed else step.line
        for pattern, play in STEPS:
            found = re.fullmatch(pattern, line)
            if found:
                play(self, step, *found.groups())
                return
        message = f"line {step.number} is no step: {step.line}"
        raise AssertionError(message)

    def _move_clock(self, day: str | None, time: str) -> None:
        shown = self.clock.now.astimezone(MOSCOW)
        self.clock.now = datetime.fromisoformat(f"{day or shown.date().isoformat()}T{time}").replace(tzinfo=MOSCOW)

    def name(self, _step: Step, name: str, email: str) -> None:
        """«Ольга: olga@romashka.example»."""
        self.people[name] = email

    def studio(self, _step: Step, name: str) -> None:
        """«Студия: _студия.txt»: what another file sets up comes first."""
        for step in steps_of(FOLDER.joinpath(name).read_text(encoding="utf-8")):
            self.perform(step)

    def command(self, step: Step, words: str) -> None:
        """«$ client add …»: a command of the admin; the lines below must stand in what it prints."""
        result = CliRunner().invoke(cli.app, shlex.split(words), obj=lambda: self.world)
        self.output = result.output + (f"\n{result.exception}" if result.exception else "")
        refused = result.exit_code != 0 or (result.exception is not None and not isinstance(result.exception, SystemExit))
        assert refused == (step.body[:1] == ("отказ",)), f"line {step.number}: {words}: {self.output}"
        for expected in step.body[1 if refused else 0 :]:
            absent = expected.startswith("не: ")
            stands = expected.removeprefix("не: ") in self.output
            assert stands != absent, f"line {step.number}: «{expected}» in:\n{self.output}"
        self._deliver()

    def write(self, step: Step, who: str, address: str | None, subject: str) -> None:
        """«Ольга пишет: тема», «Ольга пишет на billing@…: тема»."""
        self._post(self._letter(who, address or self.world.settings.studio.support_address, subject, step.body))

    def answer(self, step: Step, who: str, subject: str | None) -> None:
        """«Иван отвечает:» to the last letter he got, or «Иван отвечает на «каталог»:» to the last with that in its subject."""
        old = next(letter for letter in reversed(self._box(who).letters) if (subject or "") in letter["Subject"])
        self._post(self._reply(who, old, (*step.body, "", *quoted(old))))

    def answer_below(self, step: Step, who: str) -> None:
        """«Ольга отвечает под цитатой:» — the whole old letter first, as some programs have it."""
        old = self._box(who).letters[-1]
        self._post(self._reply(who, old, (*quoted(old), "", *step.body)))

    def answer_between(self, step: Step, who: str) -> None:
        """«Ольга отвечает между строк:» — the lines of the old letter that she leaves begin with «> »; its head stands above them."""
        old = self._box(who).letters[-1]
        self._post(self._reply(who, old, (*quoted(old)[:2], *step.body)))

    def answer_from_elsewhere(self, step: Step, who: str, other: str) -> None:
        """«Чужой отвечает на письмо Ольги:» — somebody writes to the reply address that another was handed."""
        self._post(self._reply(who, self._box(other).letters[-1], step.body))

    def again(self, _step: Step, who: str) -> None:
        """«Письмо Ольги приходит ещё раз»: the same bytes a second time."""
        raw = next(raw for sender, raw in reversed(self.posted) if sender == self.people[who])
        self._put(self.people[who], raw)

    def auto_reply(self, step: Step, who: str) -> None:
        """«Автоответчик Ольги:»."""
        letter = self._reply(who, self._box(who).letters[-1], step.body)
        letter["Auto-Submitted"] = "auto-replied"
        self._post(letter)

    def bounce(self, _step: Step, who: str) -> None:
        """«Письмо для Ольги возвращается»: a delivery report about the last letter to her."""
        old = self._box(who).letters[-1]
        self._put("", delivery_report(old, self.people[who], self.world.settings.studio.support_address))

    def receives(self, step: Step, who: str, subject: str) -> None:
        """«Ольга получает: тема»: her first unread letter with that in its subject; the lines below must stand in its text."""
        box = self._box(who)
        found = next((letter for letter in box.unread if subject in letter["Subject"]), None)
        waiting = [str(letter["Subject"]) for letter in box.unread]
        assert found is not None, f"line {step.number}: {who} got no «{subject}»; unread: {waiting}"
        box.unread.remove(found)
        self._compare(step, found)

    def _compare(self, step: Step, letter: EmailMessage) -> None:
        text = text_of(letter)
        names = [part.get_filename() for part in letter.iter_attachments()]
        for expected in step.body:
            absent = expected.startswith("не: ")
            file = FILE.fullmatch(expected)
            stands = file[1] in names if file else expected.removeprefix("не: ") in text
            assert stands != absent, f"line {step.number}: «{expected}» in:\n{text}\nfiles: {names}"

    def receives_nothing(self, step: Step, who: str) -> None:
        """«Ольга больше ничего не получает»: everything she got was looked at."""
        unread = [(str(letter["Subject"]), text_of(letter)) for letter in self._box(who).unread]
        assert not unread, f"line {step.number}: {who} also got {unread}"

    def breaks(self, _step: Step, who: str) -> None:
        """«Почта Ольги не работает»: the relay refuses letters to her."""
        self.broken.add(self.people[who])

    # The machinery.

    def _box(self, who: str) -> Mailbox:
        return self.boxes.setdefault(self.people[who], Mailbox())

    def _letter(self, who: str, to: str, subject: str, body: tuple[str, ...]) -> EmailMessage:
        self.sent += 1
        letter = EmailMessage(policy=SMTP)
        letter["From"] = f"{who} <{self.people[who]}>"
        letter["To"] = to
        letter["Subject"] = subject
        letter["Date"] = format_datetime(self.clock.now)
        letter["Message-ID"] = f"<play-{self.sent}@{self.people[who].partition('@')[2]}>"
        letter.set_content("\n".join(line for line in body if not FILE.fullmatch(line)) + "\n")
        for file in filter(None, map(FILE.fullmatch, body)):
            letter.add_attachment(file[1].encode(), maintype="application", subtype="octet-stream", filename=file[1])
        return letter

    def _reply(self, who: str, old: EmailMessage, body: tuple[str, ...]) -> EmailMessage:
        subject = str(old["Subject"])
        letter = self._letter(who, old["Reply-To"] or old["From"], subject if subject.startswith("Re:") else f"Re: {subject}", body)
        letter["In-Reply-To"] = old["Message-ID"]
        letter["References"] = f"{old['References'] or ''} {old['Message-ID']}".strip()
        return letter

    def _post(self, letter: EmailMessage) -> None:
        sender = str(letter["From"].addresses[0].addr_spec)
        self._put(sender, letter.as_bytes())

    def _put(self, sender: str, raw: bytes) -> None:
        self.posted.append((sender, raw))
        with transaction(self.world.engine) as connection:
            spool.put(connection, [spool.Arrival("test", raw, self.clock(), sender)])
        while self.runner.run_batch(lambda _seconds: False):
            pass
        self._deliver()
        self.clock.advance(timedelta(seconds=1))

    def _deliver(self) -> None:
        while self.sender.send_due().tried:
            pass


def text_of(letter: EmailMessage) -> str:
    """What a person reads."""
    body = letter.get_body(("plain",))
    return body.get_content().replace("\r\n", "\n").replace("\N{NO-BREAK SPACE}", " ") if body else ""


def quoted(old: EmailMessage) -> list[str]:
    """The old letter as a mail program quotes it."""
    sender = old["From"].addresses[0]
    when = old["Date"].datetime.astimezone(MOSCOW)
    return [f"{when:%d.%m.%Y %H:%M}, {sender.display_name} пишет:", *(f"> {line}" for line in text_of(old).split("\n"))]


def delivery_report(old: EmailMessage, recipient: str, to: str) -> bytes:
    """A report (RFC 3464) that a letter of ours could not be delivered for good."""
    return "\r\n".join(
        (
            "From: Mail Delivery System <MAILER-DAEMON@mx.example>",
            f"To: {to}",
            "Subject: Undelivered Mail Returned to Sender",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            f"Message-ID: <report-{abs(len(str(old['Message-ID'])))}@mx.example>",
            "",
            "--b",
            "Content-Type: text/plain; charset=us-ascii",
            "",
            f"I could not deliver your mail to {recipient}.",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example",
            "",
            f"Final-Recipient: rfc822; {recipient}",
            "Action: failed",
            "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550 5.1.1 no such user",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            f"Message-ID: {old['Message-ID']}",
            f"Subject: {old['Subject']}".encode("ascii", "replace").decode(),
            "--b--",
            "",
        )
    ).encode()


STEPS: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"Студия: (\S+\.txt)", Play.studio),
    (r"\$ (.+)", Play.command),
    (r"(\w+) пишет(?: на (\S+@\S+))?: (.+)", Play.write),
    (r"(\w+) отвечает(?: на «(.+)»)?:", Play.answer),
    (r"(\w+) отвечает под цитатой:", Play.answer_below),
    (r"(\w+) отвечает между строк:", Play.answer_between),
    (r"(\w+) отвечает на письмо (\w+):", Play.answer_from_elsewhere),
    (r"Письмо от (\w+) приходит ещё раз", Play.again),
    (r"Автоответчик \((\w+)\):", Play.auto_reply),
    (r"Письмо для (\w+) возвращается", Play.bounce),
    (r"(\w+) получает: (.+)", Play.receives),
    (r"(\w+) больше ничего не получает", Play.receives_nothing),
    (r"Почта (\w+) не работает", Play.breaks),
    (NAMED.pattern, Play.name),
)


def steps_of(text: str) -> Iterator[Step]:
    """The steps of a conversation: a line, and the indented lines below it."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line, start = lines[number].rstrip(), number + 1
        number += 1
        if not line or line.startswith("#"):
            continue
        body: list[str] = []
        while number < len(lines) and (lines[number].startswith("    ") or (not lines[number].strip() and _goes_on(lines, number))):
            body.append(lines[number][4:].rstrip())
            number += 1
        yield Step(start, line, tuple(body))


def _goes_on(lines: list[str], number: int) -> bool:
    """Whether a blank line stands inside a body."""
    return any(line.startswith("    ") for line in lines[number : number + 2])
