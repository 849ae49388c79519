"""Logos that come with every signature: small inline images that a sender's domain has sent before are left out of the ticket.

They are known by the hash of their content. The first one is kept, and the raw letter keeps them all.
"""

from dataclasses import replace

from sqlalchemy import Connection, select

from helpdesk.messages import InboundMessage, StoredFile
from helpdesk.models import message_files, messages

# A screenshot that somebody sends twice is larger than this; a logo rarely is.
_LARGEST = 40 * 1024


def left_out(
    connection: Connection, message: InboundMessage, files: tuple[StoredFile, ...]
) -> tuple[InboundMessage, tuple[StoredFile, ...]]:
    """The letter and its stored files without the logos that are known already."""
    known = _known(connection, message, {file.digest for file in files if _may_be_logo(file)})
    if not known:
        return message, files
    kept = [number for number, file in enumerate(files) if not (_may_be_logo(file) and file.digest in known)]
    letter = replace(message.letter, attachments=tuple(message.letter.attachments[number] for number in kept))
    return replace(message, letter=letter), tuple(files[number] for number in kept)


def _may_be_logo(file: StoredFile) -> bool:
    return file.inline and file.content_type.startswith("image/") and file.size <= _LARGEST


def _known(connection: Connection, message: InboundMessage, digests: set[str]) -> frozenset[str]:
    domain = message.letter.sender.email.rpartition("@")[2] if message.letter.sender else ""
    if not (digests and domain):
        return frozenset()
    earlier = select(message_files.c.digest).join(messages, messages.c.id == message_files.c.message)
    same = (message_files.c.digest.in_(digests), message_files.c.inline, messages.c.from_email.endswith(f"@{domain}", autoescape=True))
    return frozenset(connection.execute(earlier.where(*same)).scalars())
