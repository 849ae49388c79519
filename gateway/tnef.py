"""Files inside winmail.dat, which Exchange sends instead of attachments.

Pure. The only file that knows tnefparse.
"""

import logging
import struct
from typing import Any

from tnefparse import TNEF

from gateway import charsets, clean, packed_rtf
from helpdesk.messages import Attachment

logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)


# What struct unpacking meets in streams that lie about their lengths.
_ERRORS = (struct.error, ValueError, TypeError, LookupError, AttributeError, OverflowError, AssertionError, MemoryError)


def unpack(content: bytes) -> tuple[Attachment, ...] | None:
    """The files of a TNEF stream and its formatted text; None where it cannot be read."""
    try:
        stream = TNEF(content, do_checksum=False)
        body = stream.rtfbody
    except _ERRORS:
        return None
    found = [
        Attachment(name=_name(one), content_type="application/octet-stream", content=bytes(one.data or b"")) for one in stream.attachments
    ]
    if body:
        found.append(Attachment(name="body.rtf", content_type="application/rtf", content=packed_rtf.unpacked(bytes(body))))
    return tuple(found)


def words(content: bytes) -> tuple[str, str]:
    """The plain and the HTML text of a TNEF stream, as far as there are such."""
    try:
        stream = TNEF(content, do_checksum=False)
        return _text(stream.body), _text(stream.htmlbody)
    except _ERRORS:
        return "", ""


def _text(body: Any) -> str:  # noqa: ANN401  the library has no types
    text = charsets.decode(body) if isinstance(body, bytes) else str(body or "")
    return text.replace("\r\n", "\n").strip("\x00\n ")


def _name(attachment: Any) -> str:  # noqa: ANN401  the library has no types
    try:
        name = attachment.long_filename()
    except (UnicodeDecodeError, AttributeError):
        name = getattr(attachment, "_name", b"")
    text = charsets.decode(name) if isinstance(name, bytes) else str(name)
    return clean.file_name(text.strip("\x00")) or "file"
