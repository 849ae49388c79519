"""Which parts of a letter are its body, which are files, and which files the body shows within itself.

Pure. Of alternatives one is read, never two: HTML where it says something, as its structure tells quotes apart.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.reading import charsets, cms, html_text, mime, rich_text, uuencoded
from gateway.reading.headers import Headers
from gateway.reading.mime import Part

_PLAIN = frozenset({"text/plain", "text/markdown", "text/x-markdown", "text"})
_READABLE = frozenset({*_PLAIN, "text/html", "text/enriched", "text/richtext", "text/rtf"})
# A second reading of a letter that mail programs pass over.
_TEXT = frozenset({*_READABLE, "text/x-amp-html"})
_NO_WORDS = frozenset({"text/calendar", "text/x-vcalendar", "text/vcard", "text/x-vcard", "text/directory", "text/rfc822-headers"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_MIME_FIELD = re.compile(rb"(?i)\s{0,4}(?:content-[a-z-]{1,40}|mime-version)[ \t]*:")
_PGP = frozenset({"multipart/encrypted", "application/pgp-encrypted"})
_BEGINNING = 200


@dataclass(frozen=True, slots=True)
class Bodies:
    """The parts to read as the letter's text, those to read where these say nothing, and those to keep as files.

    `embedded` holds what `id()` says of the files that the text shows within itself.
    """

    read: tuple[Part, ...]
    files: tuple[Part, ...]
    spare: tuple[Part, ...] = ()
    embedded: frozenset[int] = frozenset()


def choose(root: Part) -> Bodies:
    """Walk the tree once and sort its leaves."""
    parts = tuple(mime.walk(root))
    read = tuple(_bodies(root)) or _only_text(root)
    chosen = {id(part) for part in read}
    spare = tuple(_passed_over(parts, chosen))
    apart = chosen | {id(part) for part in spare}
    leaves = (part for part in parts if not part.children and not part.content_type.startswith("multipart/"))
    files = tuple(part for part in leaves if id(part) not in apart)
    embedded = _embedded(parts, files) if files else frozenset()
    texts, unpacked = _unpacked(read)
    return Bodies(texts, files + unpacked, spare, embedded)


def is_body(part: Part) -> bool:
    """Whether a leaf is text to read rather than a file."""
    if part.content_type not in _TEXT:
        return part.content_type.startswith("multipart/") and bool(part.content.strip())
    return part.disposition != "attachment" and not part.file_name


def _bodies(part: Part) -> list[Part]:
    if not part.children:
        return [part] if is_body(part) else []
    if part.content_type == "multipart/alternative":
        return _best([_bodies(child) for child in part.children])
    if part.content_type == "multipart/report":
        return _first_texts(part.children)
    if part.content_type == "multipart/related":
        return _first_texts(_root_first(part))
    return [body for child in part.children for body in _bodies(child)]


def _root_first(related: Part) -> tuple[Part, ...]:
    """The children of multipart/related, the one it starts with first (RFC 2387 §3.2)."""
    start = related.parameters.get("start", "").strip("<> ")
    first = next((child for child in related.children if start and child.content_id == start), related.children[0])
    return (first, *(child for child in related.children if child is not first))


def _first_texts(children: Iterable[Part]) -> list[Part]:
    for child in children:
        if found := _bodies(child):
            return found
    return []


def _best(branches: list[list[Part]]) -> list[Part]:
    """The branch of an alternative to read: HTML before plain text, an empty branch never."""
    full = [branch for branch in branches if any(part.content_type in _READABLE and part.content.strip() for part in branch)]
    html = [branch for branch in full if any(part.content_type == "text/html" for part in branch)]
    if html or not full:
        return (html or branches or [[]])[-1 if html else 0]
    plain = [branch for branch in full if not any(rich_text.is_rich(part.content_type) for part in branch)]
    # Several plain texts are no renderings of one another.
    return list({part.content.strip(): part for branch in plain or full for part in branch}.values())


def _only_text(root: Part) -> tuple[Part, ...]:
    """A letter that is one text, though it names it like a file or gives it a type nobody knows."""
    kind = root.content_type
    is_text = (kind.startswith("text/") and kind not in _NO_WORDS) or "/" not in kind
    return (root,) if is_text and not root.children and root.disposition != "attachment" else ()


def _passed_over(parts: Iterable[Part], chosen: set[int]) -> list[Part]:
    """Texts of alternatives that were not read."""
    alternatives = (part for part in parts if part.content_type == "multipart/alternative")
    leaves = (leaf for part in alternatives for child in part.children for leaf in mime.walk(child))
    return [leaf for leaf in leaves if id(leaf) not in chosen and not leaf.children and is_body(leaf)]


def _embedded(parts: Iterable[Part], files: Iterable[Part]) -> frozenset[int]:
    """Files that HTML names by Content-ID (RFC 2392), and pictures of multipart/related that were given one."""
    named: set[str] = set()
    related: set[int] = set()
    for part in parts:
        if part.content_type == "text/html" and not part.children:
            named |= html_text.content_ids(part.content)
        elif part.content_type == "multipart/related":
            related.update(id(child) for child in part.children if _is_picture(child))
    return frozenset(id(file) for file in files if id(file) in related or (named and file.content_id in named))


def _is_picture(part: Part) -> bool:
    return part.content_type.startswith("image/") and part.disposition != "attachment" and bool(part.content_id)


def _as_it_is(part: Part) -> Part:
    """A page that a program sent without saying so."""
    start = part.content[:_BEGINNING].lstrip().lower() if part.content_type in _PLAIN or "/" not in part.content_type else b""
    page = start.startswith((b"<!doctype html", b"<html")) and b"</" in part.content[-_BEGINNING:]
    return replace(part, content_type="text/html") if page else part


def _unpacked(read: tuple[Part, ...]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Texts without the files that are uuencoded in them, and these files."""
    texts: list[Part] = []
    files: list[Part] = []
    for part in map(_as_it_is, read):
        content, found = uuencoded.split(part.content) if part.content_type in _PLAIN else (part.content, ())
        # A text that is nothing else stays: no letter becomes empty by what is taken out of it.
        texts.append(replace(part, content=content) if found and content.strip() else part)
        files += [
            Part("application/octet-stream", Headers(()), {"name": charsets.decode(file.name, "", part.headers.hints)}, file.content)
            for file in found
        ]
    return tuple(texts), tuple(files)


def is_sealed(root: Part) -> bool:
    """Whether a letter's words are encrypted (RFC 3156 §4, RFC 8551 §3.3)."""
    return any(part.content_type in _PGP or (part.content_type in _SMIME and _is_sealed(part)) for part in mime.walk(root))


def _is_sealed(part: Part) -> bool:
    return "enveloped-data" in part.headers.raw("content-type").lower() or cms.is_sealed(part.content)


def signed_content(root: Part) -> bytes | None:
    """The words of a letter that is nothing but a signature around them (RFC 8551 §3.5.2): a part with its MIME fields.

    None for all other letters. A name does not tell such a letter from one that only brings somebody else's signed file.
    """
    content = cms.signed_content(root.content) if root.content_type in _SMIME else None
    return content if content and _MIME_FIELD.match(content) else None
