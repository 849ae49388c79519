"""OutgoingMessage → RFC 5322 bytes: threads, reply addresses, Auto-Submitted, alternatives, files, DKIM.

Pure. The same row gives the same bytes at each retry (only DKIM's signing time differs): nothing is random, the date is
the row's. The library's modern policy folds long Russian names wrongly, so headers come out of the older tree, encoded here.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message
from email.policy import compat32
from email.utils import encode_rfc2231, format_datetime, formataddr
from io import BytesIO
from quopri import encodestring

import dkim

from gateway.addresses import reply_address
from gateway.reading.clean import one_line
from helpdesk.messages import Address, OutgoingMessage, StoredFile

REFERENCES = 20
LINE = 998
NAME = 150
SUBJECT = 2000
_POLICY = compat32.clone(linesep="\r\n", max_line_length=None)
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,480}")
# What stands in a header and in an SMTP command as itself; letters other than Latin ones take SMTPUTF8 (RFC 6531).
_MAILBOX = re.compile(r"""(?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+|"[!#-\[\]-~]+")@[A-Za-z0-9._:\[\]-]+""")
_SIGNED = b"from to subject date message-id reply-to in-reply-to references mime-version content-type auto-submitted".split()


class Uncomposable(Exception):
    """No letter can be made of the row; the message says why. Trying again would not help."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """What letters are signed with: the selector in DNS and the private key (PEM)."""

    selector: str
    private_key: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in letters: the address that reply addresses are made of, the key that signs them, DKIM's key."""

    support_address: str
    key: bytes
    dkim: DkimKey | None = None


def compose(message: OutgoingMessage, *, created_at: datetime, contents: Mapping[str, bytes], identity: Identity) -> bytes:
    """The letter's bytes; `contents` holds its files by digest."""
    root = _body(message, contents)
    letter = Message(_POLICY)
    for name, value in headers_of(message, created_at, identity):
        # The older tree writes bytes as they are where it finds them in surrogates: an address in UTF-8 (RFC 6532).
        letter[name] = value.encode().decode("ascii", "surrogateescape")
    for name, value in root.items():
        letter[name] = value
    letter.set_payload(root.get_payload())
    raw = _bytes(letter)
    return raw if identity.dkim is None else _signed(raw, message.sender.email.rpartition("@")[2], identity.dkim)


def mailbox(email: str) -> str:
    """The address as it may stand in an SMTP command; Uncomposable for one that may not."""
    if not _MAILBOX.fullmatch(email) or not email.isprintable():
        message = f"{email!r} is no address that can be written to"
        raise Uncomposable(message)
    return email


def headers_of(message: OutgoingMessage, created_at: datetime, identity: Identity) -> list[tuple[str, str]]:
    """The letter's own header fields, encoded and folded; those of its body come after them."""
    references = [f"<{known}>" for known in _thread(message)]
    answered = f"<{message.in_reply_to}>" if _MESSAGE_ID.fullmatch(message.in_reply_to) else ""
    fields = [
        ("From", _address(message.sender)),
        ("To", _address(message.recipient)),
        ("Subject", _text(message.subject, "Subject")),
        ("Date", format_datetime(created_at)),
        ("Message-ID", f"<{_own_id(message)}>"),
        ("In-Reply-To", answered),
        ("References", "\n ".join(references)),
        ("Reply-To", _reply_to(message, identity)),
        *_automatic(message),
        ("MIME-Version", "1.0"),
    ]
    return [(name, value) for name, value in fields if value]


def _own_id(message: OutgoingMessage) -> str:
    if not _MESSAGE_ID.fullmatch(message.message_id):
        complaint = f"{message.message_id!r} is no Message-ID"
        raise Uncomposable(complaint)
    return message.message_id


def _thread(message: OutgoingMessage) -> list[str]:
    """The letters before this one: the first, and the last that a sane header holds."""
    known = [reference for reference in dict.fromkeys((*message.references, message.in_reply_to)) if _MESSAGE_ID.fullmatch(reference)]
    return known if len(known) <= REFERENCES else [known[0], *known[1 - REFERENCES :]]


def _reply_to(message: OutgoingMessage, identity: Identity) -> str:
    if message.reply_ticket is None:
        return mailbox(message.reply_to) if message.reply_to else ""
    return mailbox(reply_address(identity.support_address, message.reply_ticket, message.recipient.email, identity.key))


def _automatic(message: OutgoingMessage) -> list[tuple[str, str]]:
    """RFC 3834 §5, and Exchange's own word for it."""
    if not message.automatic:
        return []
    kind = "auto-replied" if message.in_reply_to else "auto-generated"
    return [("Auto-Submitted", kind), ("X-Auto-Response-Suppress", "All")]


def _text(text: str, name: str) -> str:
    """A header's text, encoded and folded."""
    line = one_line(text[:SUBJECT])
    plain = line.isascii() and "=?" not in line and all(len(word) < 900 for word in line.split())  # noqa: PLR2004  a line holds 998
    return Header(line, "us-ascii" if plain else "utf-8", header_name=name).encode(linesep="\n")


def _address(address: Address) -> str:
    """A name is one encoded word, however long: readers that put a space between two of them are many (Python's is one)."""
    email = mailbox(address.email)
    name = one_line(address.name)[:NAME].strip()
    if name.isascii() and "=?" not in name and email.isascii():
        return formataddr((name, email))
    if not name:
        return email
    return f"=?utf-8?B?{base64.b64encode(_printable(name).encode()).decode('ascii')}?= <{email}>"


def _body(message: OutgoingMessage, contents: Mapping[str, bytes]) -> Message:
    """The tree: mixed(related(alternative(text, html), pictures), files), with the layers that are needed."""
    seed = hashlib.sha256(message.message_id.encode()).hexdigest()[:32]
    pictures = [file for file in message.attachments if message.html and file.inline and file.content_id]
    files = [file for file in message.attachments if file not in pictures]
    root = _text_part(message.text, "plain")
    if message.html:
        root = _multipart("alternative", [root, _text_part(message.html, "html")], seed)
    if pictures:
        root = _multipart("related", [root, *(_file_part(file, contents) for file in pictures)], seed)
    if files:
        root = _multipart("mixed", [root, *(_file_part(file, contents) for file in files)], seed)
    return root


def _multipart(subtype: str, parts: Sequence[Message], seed: str) -> Message:
    # «=_» stands in no quoted-printable or base64 text, and other text is never sent bare.
    part = Message(_POLICY)
    part["Content-Type"] = f'multipart/{subtype};\n boundary="=_{subtype}_{seed}"'
    part.set_payload(list(parts))
    return part


def _text_part(text: str, subtype: str) -> Message:
    content = "\r\n".join(_printable(text).splitlines()).encode() + b"\r\n"
    part = Message(_POLICY)
    part["Content-Type"] = f"text/{subtype}; charset=utf-8"
    mostly_ascii = sum(byte < 128 for byte in content) * 6 > len(content) * 5  # noqa: PLR2004  where quoted-printable is shorter
    part["Content-Transfer-Encoding"] = "quoted-printable" if mostly_ascii else "base64"
    part.set_payload(_quoted(content) if mostly_ascii else _armoured(content))
    return part


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def _quoted(content: bytes) -> str:
    return encodestring(content.replace(b"\r\n", b"\n")).decode("ascii")


def _armoured(content: bytes) -> str:
    return base64.encodebytes(content).decode("ascii")


def _file_part(file: StoredFile, contents: Mapping[str, bytes]) -> Message:
    part = Message(_POLICY)
    name = one_line(file.name) or "file"
    part["Content-Type"] = f"{_content_type(file.content_type)};\n name={_parameter(name)}"
    part["Content-Transfer-Encoding"] = "base64"
    kind = "inline" if file.inline and file.content_id else "attachment"
    part["Content-Disposition"] = f"{kind};\n {_file_name(name)}"
    if _MESSAGE_ID.fullmatch(file.content_id):
        part["Content-ID"] = f"<{file.content_id}>"
    part.set_payload(_armoured(contents[file.digest]))
    return part


def _content_type(given: str) -> str:
    """The type without parameters. Letters and multiparts may not be base64 (RFC 2046 §5.2.1): they go as plain files."""
    kind = given.partition(";")[0].strip().lower()
    if not _CONTENT_TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        return "application/octet-stream"
    return kind


def _parameter(name: str) -> str:
    """A name for programs that know no RFC 2231, as an encoded word in quotes."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if name.isascii() else f'"{Header(name, "utf-8", maxlinelen=75).encode(linesep=chr(10))}"'


def _file_name(name: str) -> str:
    """RFC 2231, in pieces that fit lines."""
    if name.isascii():
        return f"filename={_parameter(name)}"
    encoded = encode_rfc2231(name, "utf-8")
    if len(encoded) < 60:  # noqa: PLR2004  one line of 78
        return f"filename*={encoded}"
    pieces = re.findall(r"(?:%..|[^%]){1,20}", encoded)
    return ";\n ".join(f"filename*{number}*={piece}" for number, piece in enumerate(pieces))


def _bytes(letter: Message) -> bytes:
    buffer = BytesIO()
    BytesGenerator(buffer, mangle_from_=False, policy=_POLICY).flatten(letter, linesep="\r\n")
    raw = buffer.getvalue()
    if any(len(line) > LINE for line in raw.split(b"\r\n")):
        message = f"a line of the letter would be over {LINE} bytes"
        raise Uncomposable(message)
    return raw


def _signed(raw: bytes, domain: str, key: DkimKey) -> bytes:
    present = {line.partition(b":")[0].lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    fields = [name for name in _SIGNED if name in present]
    try:
        signature: bytes = dkim.sign(raw, key.selector.encode(), domain.encode(), key.private_key, include_headers=fields)
    except dkim.DKIMException as error:
        message = f"DKIM: {error}"
        raise Uncomposable(message) from error
    return signature + raw
