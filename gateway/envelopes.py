"""The envelope of letters that come without one, from files and mailboxes: what the last mail server wrote into them.

Pure. Anybody can write these fields; they are as good as the To of the letter, and no better.
"""

from gateway.reading import fields, headers, limits, mailboxes

_RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


def read(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Sender and recipients, each perhaps empty."""
    top = headers.of(fields.split(raw).fields)
    paths = mailboxes.parse(top.raw("return-path")[: limits.DEFAULT.header])
    recipients = (address.email for value in top.every(*_RECIPIENTS) for address in mailboxes.parse(value[: limits.DEFAULT.header]))
    return paths[0].email if paths else "", tuple(dict.fromkeys(recipients))
