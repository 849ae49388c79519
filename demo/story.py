"""What happens in the demo: requests, answers with commands, a closed month, papers in the accountant's mailbox."""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import make_msgid
from pathlib import Path

from demo.facsimile import draw_signature, draw_stamp
from demo.mailboxes import Mailboxes, open_mailboxes
from demo.studio import SUPPORT, Studio, found, serving

CLIENT, ACCOUNTANT, PROGRAMMER, DIRECTOR = "olga@romashka.example", "buh@romashka.example", "ivan@studio.example", "anna@studio.example"
NAMES = {CLIENT: "Ольга Смирнова", PROGRAMMER: "Иван Петров"}
_WIDTH = 78
Say = Callable[[str], object]


def play(folder: Path, *, today: date, say: Say = sys.stdout.write) -> list[Path]:
    """Play the demo in `folder`; the PDFs that were written."""
    boxes, sink = open_mailboxes()
    try:
        say(f"A throw-away studio in {folder}; its mail leaves to a mailbox server on 127.0.0.1:{sink.port}\n")
        studio = found(folder, sink.port)
        _sign_papers(studio)
        with serving(studio):
            say(f"`deskpost serve` listens for SMTP on 127.0.0.1:{studio.port}\n")
            story = Story(studio, boxes, say, last_month=today.replace(day=1) - timedelta(days=1))
            story.requests()
            story.month_ends()
            story.director_reads(today)
        return story.papers
    finally:
        sink.stop()


def _sign_papers(studio: Studio) -> None:
    """Whose money it is: the studio's and the client's legal entities, and the contract between them."""
    stamp, signature = draw_stamp(studio.folder / "stamp.png"), draw_signature(studio.folder / "signature.png")
    studio.run(*OWN_ENTITY, "--stamp", str(stamp), "--signature", str(signature))
    studio.run(*CLIENT_ENTITY)
    studio.run("contract", "add", "Ромашка", "--number", "12/2026", "--date", "2026-01-15", "--rate", "1500", "--vat", "none")


class Story:
    """The demo's acts; every letter that comes back is shown."""

    def __init__(self, studio: Studio, boxes: Mailboxes, say: Say, *, last_month: date) -> None:
        """`last_month` is the last day of the month that is closed."""
        self.studio = studio
        self.boxes = boxes
        self.say = say
        self.day = last_month.replace(day=20).isoformat()
        self.period = f"{last_month:%Y-%m}"
        self.papers: list[Path] = []

    def requests(self) -> None:
        """One by the hour, one for a fixed price, one under warranty; and one of today."""
        self._request("Не открывается каталог", "Добрый день!\n\nНе открывается каталог, снимок приложила.", file="снимок.png")
        work = f"Починили, проверяйте.\n\n/беру\n/затрачено 2ч 40м @{self.day}\n/готово\n"
        self._answer(work)
        self._request("Новая страница «Доставка»", "Сделайте, пожалуйста, страницу про доставку. Цена 6000 подходит.")
        self._answer(f"Страница готова.\n\n/цена 6000\n/spent 3h @{self.day}\n/done\n")
        self._request("Снова не открывается каталог", "Опять то же самое :(")
        self._answer(f"Это наша недоработка, исправили.\n\n/гарантия\n/затрачено 35м @{self.day}\n/готово\n")
        self._request("Телефон в шапке", "Поменяйте, пожалуйста, телефон: 8 800 555-01-23.")
        self._answer("Поменяли в шапке, в подвале поменяем завтра.\n\n/spent 20m\n")

    def month_ends(self) -> None:
        """The month is closed, and the papers go to the client's accountant."""
        self._title(f"The month {self.period} is closed: deskpost period close {self.period}")
        self.studio.run("period", "close", self.period)
        self._show(letter := self.boxes.take(ACCOUNTANT))
        self.papers = [self._save(part) for part in letter.iter_attachments()]
        ledger = self.studio.run("ledger", "show", "Ромашка")
        self.say(f"\ndeskpost ledger show Ромашка: balance {ledger['balance']} (negative: the client owes)\n")

    def director_reads(self, today: date) -> None:
        """The daily digest."""
        self._title("The director's digest: deskpost digest")
        self.studio.run("digest", "--date", today.isoformat())
        self._show(self.boxes.take(DIRECTOR))

    def _request(self, subject: str, text: str, *, file: str = "") -> None:
        letter = _letter(CLIENT, f"Поддержка <{SUPPORT}>", subject, text)
        if file:
            letter.add_attachment(_PIXEL, maintype="image", subtype="png", filename=file)
        self._title(f"{NAMES[CLIENT]} writes to {SUPPORT}: {subject}")
        self.studio.post(letter)
        self._show(self.boxes.take(CLIENT))
        self.request = self.boxes.take(PROGRAMMER)
        self._show(self.request)

    def _answer(self, text: str) -> None:
        old = self.request
        letter = _letter(PROGRAMMER, str(old["Reply-To"]), f"Re: {old['Subject']}", text)
        letter["In-Reply-To"] = old["Message-ID"]
        letter["References"] = old["Message-ID"]
        self._title(f"{NAMES[PROGRAMMER]} answers from his mail program:\n" + text.rstrip())
        self.studio.post(letter)
        self._show(self.boxes.take(CLIENT))
        self._show(self.boxes.take(PROGRAMMER))

    def _title(self, text: str) -> None:
        self.say(f"\n{'=' * _WIDTH}\n{text}\n{'=' * _WIDTH}\n")

    def _show(self, letter: EmailMessage) -> None:
        """A letter as its recipient sees it."""
        heads = [f"{name}: {letter[name]}" for name in ("From", "To", "Subject", "Reply-To") if letter[name]]
        files = [f"[{part.get_filename()}, {len(part.get_content())} bytes]" for part in letter.iter_attachments()]
        body = letter.get_body(("plain",))
        lines = [*heads, "", *(body.get_content().rstrip().splitlines() if body else ()), *files]
        self.say("\n" + "".join(f"  | {line}\n" for line in lines))

    def _save(self, part: object) -> Path:
        if not isinstance(part, EmailMessage):
            message = "an attachment of the papers' letter cannot be read"
            raise TypeError(message)
        path = self.studio.folder / str(part.get_filename())
        path.write_bytes(part.get_content())
        return path


def _letter(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage(policy=SMTP_POLICY)
    letter["From"] = f"{NAMES[sender]} <{sender}>"
    letter["To"] = to
    letter["Subject"] = subject
    letter["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    letter.set_content(text)
    return letter


_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fea735"
    "81840000000049454e44ae426082"
)

OWN_ENTITY = (
    *("entity", "add", "studio", "--inn", "7604123456", "--kpp", "760401001", "--ogrn", "1027600000010"),
    *("--name", "ООО «Студия Лад»", "--address", "150000, г. Ярославль, ул. Свободы, д. 1", "--director", "Лад Анна Викторовна"),
    *("--bank-bic", "044525225", "--bank-account", "40702810138250123017", "--bank-name", "ПАО СБЕРБАНК, г. Москва"),
    *("--bank-corr", "30101810400000000225"),
)
CLIENT_ENTITY = (
    *("entity", "add", "Ромашка", "--inn", "7604987657", "--kpp", "760401001", "--name", "ООО «Ромашка»"),
    *("--address", "150003, г. Ярославль, ул. Терешковой, д. 5", "--director", "Смирнова Ольга Павловна"),
)
