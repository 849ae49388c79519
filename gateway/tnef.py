"""Files inside winmail.dat, which Exchange sends instead of attachments.

Pure. The only file that knows tnefparse.
"""

import logging
import warnings

from gateway import charsets, clean
from helpdesk.messages import Attachment

logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)


def unpack(content: bytes) -> tuple[Attachment, ...]:
    """The files of a TNEF stream; none where it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from tnefparse import TNEF

            stream = TNEF(content, do_checksum=False)
    except Exception:  # noqa: BLE001  the library raises whatever its struct unpacking meets
        return ()
    return tuple(Attachment(name=_name(found), content_type="application/octet-stream", content=bytes(found.data or b"")) for found in stream.attachments)


def _name(attachment: object) -> str:
    try:
        name = attachment.long_filename()
    except (UnicodeDecodeError, AttributeError):
        name = getattr(attachment, "_name", b"")
    text = charsets.decode(name) if isinstance(name, bytes) else str(name)
    return clean.file_name(text.strip("\x00")) or "file"
