"""A reproducible stream of Russian letters: new requests, answers in their threads, some with a picture and a document. Pure."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

SUPPORT = "support@studio.example"
SENDERS = tuple(f"client{number}@clients.example" for number in range(1, 6))
WORDS = (
    "добрый день прошу посмотреть сайт каталог корзина заказ не открывается страница ошибка после обновления баннер новость картинка "
    "телефон адрес доставка оплата форма обратной связи письма не приходят скидка товар раздел меню поправьте пожалуйста срочно спасибо"
).split()
CHARSETS = ("utf-8", "utf-8", "koi8-r", "windows-1251")
ENCODINGS = ("base64", "quoted-printable")
ANSWERS = 0.4
WITH_FILES = 0.1
PICTURE, DOCUMENT = 8_000, 200_000
FIRST_DAY = datetime(2026, 10, 1, 6, tzinfo=UTC)


def compose_letters(count: int, seed: int = 1) -> Iterator[bytes]:
    """So many letters, the same for the same seed. An answer names an earlier letter of the same sender."""
    dice = random.Random(seed)  # noqa: S311 - a workload, no secret
    threads: list[tuple[str, str, str]] = []
    for number in range(count):
        letter = EmailMessage(policy=SMTP)
        if threads and dice.random() < ANSWERS:
            sender, first, subject = dice.choice(threads)
            letter["In-Reply-To"] = letter["References"] = first
        else:
            sender, first, subject = dice.choice(SENDERS), f"<{number}.{seed}@clients.example>", _sentence(dice, 5)
            threads.append((sender, first, subject))
        _address(letter, sender, subject if first.startswith(f"<{number}.") else f"Re: {subject}", number)
        letter["Message-ID"] = f"<{number}.{seed}@clients.example>"
        _fill(letter, dice)
        yield letter.as_bytes()


def _address(letter: EmailMessage, sender: str, subject: str, number: int) -> None:
    letter["From"] = f"Иван Петров <{sender}>"
    letter["To"] = SUPPORT
    letter["Subject"] = subject
    letter["Date"] = FIRST_DAY + timedelta(minutes=number)


def _fill(letter: EmailMessage, dice: random.Random) -> None:
    text = "\n".join(_sentence(dice, 12) for _ in range(dice.randint(2, 8))) + "\n"
    letter.set_content(text, charset=dice.choice(CHARSETS), cte=dice.choice(ENCODINGS))
    if dice.random() < WITH_FILES:
        letter.add_alternative(f"<p>{text}</p>", subtype="html")
        letter.add_attachment(dice.randbytes(PICTURE), "image", "png", filename="экран.png")
        letter.add_attachment(dice.randbytes(DOCUMENT), "application", "pdf", filename="задание.pdf")
    for depth, part in enumerate(part for part in letter.walk() if part.is_multipart()):
        part.set_boundary(f"part-{depth}")


def _sentence(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(WORDS, k=words)).capitalize()
