"""Files and text inside winmail.dat, which Exchange sends instead of attachments.

Pure. What stands where in the bytes is the business of `tnef_stream`.
"""

from collections.abc import Iterator

from gateway.reading import charsets, clean, html_text, packed_rtf, rich_text, tnef_stream
from gateway.reading.packed_rtf import Room
from gateway.reading.tnef_stream import File, Stream
from helpdesk.messages import Attachment

_RTF = 512 * 1024
_DEEPEST = 3
_ANY_TYPE = "application/octet-stream"
_LONGEST_TYPE = 100


def unpack(content: bytes, room: Room) -> tuple[Attachment, ...] | None:
    """The files of a TNEF stream and its formatted text, packed still where there is no room; None where it cannot be read."""
    stream = tnef_stream.read(content)
    return None if stream is None else tuple(_attachments(stream, "body", room, 0))


def words(content: bytes) -> tuple[str, str]:
    """The plain and the HTML text of a TNEF stream, as far as there are such; plain text of its RTF where there is neither."""
    stream = tnef_stream.read(content)
    if stream is None:
        return "", ""
    plain, html = _plain(stream), _html(stream)
    return plain or ("" if html else rich_text.of_rtf(_beginning(stream).decode("latin-1")).strip()), html


def _attachments(stream: Stream, name: str, room: Room, depth: int) -> Iterator[Attachment]:
    """All files; a letter attached to the letter becomes a file with its words, and the files in it."""
    held = stream.properties.get(tnef_stream.HTML)
    shown = html_text.content_ids(held.data) if held else frozenset()
    for file in stream.files:
        inner = tnef_stream.read(file.letter) if file.letter and depth < _DEEPEST else None
        if inner is not None:
            yield from _attachments(inner, _name(file, stream).removesuffix(".rtf"), room, depth + 1)
        else:
            known = _word(file, tnef_stream.CONTENT_ID).strip("<>")
            yield Attachment(_name(file, stream), _type(file), file.content, known in shown, known)
    if rtf := packed_rtf.unpacked(_packed(stream), room):
        yield Attachment(name=f"{name}.rtf", content_type="application/rtf", content=rtf)


def _name(file: File, stream: Stream) -> str:
    for number in (tnef_stream.LONG_NAME, tnef_stream.NAME):
        if (value := file.properties.get(number)) and (name := clean.file_name(value.words(stream.code_page))):
            return name
    return clean.file_name(charsets.decode(file.title.rstrip(b"\0"), stream.code_page)) or "file"


def _word(file: File, number: int) -> str:
    value = file.properties.get(number)
    return clean.one_line(value.words("ascii")) if value else ""


def _type(file: File) -> str:
    kind = _word(file, tnef_stream.TYPE).lower()
    return kind if 0 < kind.find("/") < len(kind) - 1 and len(kind) < _LONGEST_TYPE and kind.isascii() and " " not in kind else _ANY_TYPE


def _packed(stream: Stream) -> bytes:
    value = stream.properties.get(tnef_stream.RTF)
    return value.data if value else b""


def _beginning(stream: Stream) -> bytes:
    return packed_rtf.beginning(_packed(stream), _RTF)


def _plain(stream: Stream) -> str:
    value = stream.properties.get(tnef_stream.TEXT)
    return _trimmed(value.words(stream.code_page) if value else charsets.decode(stream.body, stream.code_page))


def _html(stream: Stream) -> str:
    value = stream.properties.get(tnef_stream.HTML)
    return _trimmed(charsets.decode(value.data, stream.code_page)) if value else ""


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").strip("\x00\n ")
