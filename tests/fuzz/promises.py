"""What holds for any bytes at all that are read as a letter."""

from collections.abc import Iterator

from gateway.reading import parsing
from helpdesk.messages import Letter

BROKEN = "could not be read"


def read(raw: bytes) -> Letter | None:
    """The letter in `raw`, or None for bytes that hold none; AssertionError where a promise is broken.

    An error that the reader turned into an unreadable letter is a bug that hides: it counts as one that was raised.
    """
    try:
        letter = parsing.parse(raw)
    except parsing.Unparseable:
        return None
    assert not letter.unreadable.startswith(BROKEN), letter.unreadable
    for text in texts(letter):
        assert "\x00" not in text, f"a character that no database keeps: {text!r}"
        text.encode()
    for link in letter.links:
        assert not set(" \t\r\n") & set(link.address), f"an address with words in it: {link.address!r}"
    for file in letter.attachments:
        assert file.name, "a file without a name"
        assert not {"/", "\\", "\x00", "\n"} & set(file.name), f"a file name with a path: {file.name!r}"
    return letter


def texts(letter: Letter) -> Iterator[str]:
    """All that is stored or shown of a letter."""
    yield from (letter.subject, letter.text, letter.quoted, letter.signature, letter.message_id, letter.unreadable)
    yield from (*letter.in_reply_to, *letter.references, *letter.command_lines, *letter.unheard, letter.discussion)
    yield from (text for link in letter.links for text in (link.words, link.address))
    people = (*letter.to, *letter.cc, *letter.reply_to, *filter(None, (letter.sender,)))
    yield from (text for one in people for text in (one.email, one.name))
    yield from (text for file in letter.attachments for text in (file.name, file.content_type, file.content_id))
    if letter.report:
        yield letter.report.original_message_id
        yield from (text for one in letter.report.recipients for text in (one.address, one.status, one.reason))
    if letter.forwarded:
        yield from (letter.forwarded.sender.email, letter.forwarded.sender.name)
        yield from (letter.forwarded.subject, letter.forwarded.date, letter.forwarded.text)
