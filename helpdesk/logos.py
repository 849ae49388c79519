"""Logos that come with every signature: small inline images that a client's people keep sending are left out of the ticket.

They are known by the hash of their content. What a colleague sends goes out as it is, a letter is never left empty, and the raw letter
keeps everything.
"""

from dataclasses import replace

from sqlalchemy import Connection, bindparam, func, select

from helpdesk.messages import InboundMessage, StoredFile
from helpdesk.models import message_files, messages, staff

# A screenshot that somebody sends again and again is larger than this; a logo rarely is.
_LARGEST = 40 * 1024
# So many letters must have brought it before.
_REPEATS = 2
# Where strangers have mailboxes side by side.
_PUBLIC = frozenset(
    """
    gmail.com googlemail.com yandex.ru ya.ru yandex.com mail.ru bk.ru inbox.ru list.ru internet.ru rambler.ru lenta.ru autorambler.ru
    outlook.com hotmail.com live.com msn.com icloud.com me.com yahoo.com ukr.net i.ua gmx.de gmx.net web.de proton.me protonmail.com
    """.split(),
)


def left_out(
    connection: Connection, message: InboundMessage, files: tuple[StoredFile, ...]
) -> tuple[InboundMessage, tuple[StoredFile, ...]]:
    """The letter and its stored files without the logos that are known already."""
    digests = {file.digest for file in files if _may_be_logo(file)} if message.letter.text.strip() else set()
    known = _known(connection, message, digests) if digests else frozenset()
    if not known:
        return message, files
    kept = [number for number, file in enumerate(files) if not (_may_be_logo(file) and file.digest in known)]
    letter = replace(message.letter, attachments=tuple(message.letter.attachments[number] for number in kept))
    return replace(message, letter=letter), tuple(files[number] for number in kept)


def _may_be_logo(file: StoredFile) -> bool:
    return file.inline and file.content_type.startswith("image/") and file.size <= _LARGEST


def _known(connection: Connection, message: InboundMessage, digests: set[str]) -> frozenset[str]:
    sender = message.letter.sender.email if message.letter.sender else ""
    domain = sender.rpartition("@")[2]
    if not domain or connection.execute(_IS_STAFF, {"sender": sender}).first() is not None:
        return frozenset()
    others = _literal(sender) if domain in _PUBLIC else f"%@{_literal(domain)}"
    asked = {"digests": sorted(digests), "others": others, "repeats": _REPEATS}
    return frozenset(connection.execute(_KNOWN, asked).scalars())


def _literal(text: str) -> str:
    """A text as LIKE takes it for itself."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


_IS_STAFF = select(staff.c.id).where(staff.c.email == bindparam("sender"))
_KNOWN = (
    select(message_files.c.digest)
    .join(messages, messages.c.id == message_files.c.message)
    .where(
        message_files.c.digest.in_(bindparam("digests", expanding=True)),
        message_files.c.inline,
        messages.c.from_email.like(bindparam("others"), escape="!"),
    )
    .group_by(message_files.c.digest)
    .having(func.count(messages.c.id.distinct()) >= bindparam("repeats"))
)
