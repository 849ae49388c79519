"""Which parts of a letter are its body and which are files.

Pure. Of alternatives one is read, never two: HTML where it says something, as its structure tells quotes apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway import mime
from gateway.mime import Part

_TEXT = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/x-amp-html", "text"})
_READABLE = frozenset({"text/plain", "text/html", "text", "text/enriched", "text/richtext"})
_MANY_WORDS = 40


@dataclass(frozen=True, slots=True)
class Bodies:
    """The parts to read as the letter's text, and those to keep as files."""

    read: tuple[Part, ...]
    files: tuple[Part, ...]


def choose(root: Part) -> Bodies:
    """Walk the tree once and sort its leaves."""
    read = tuple(_bodies(root))
    chosen = {id(part) for part in read}
    skipped = {id(part) for part in _passed_over(root, chosen)}
    leaves = (part for part in mime.walk(root) if not part.children and not part.content_type.startswith("multipart/"))
    files = tuple(part for part in leaves if id(part) not in chosen and id(part) not in skipped)
    return Bodies(read=read, files=files)


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
        return _bodies(part.children[0]) or _first_texts(part.children[1:])
    return [body for child in part.children for body in _bodies(child)]


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
    # Several plain texts are no renderings of one another.
    return list({part.content.strip(): part for branch in full for part in branch}.values())


def _passed_over(root: Part, chosen: set[int]) -> list[Part]:
    """Texts of alternatives that were not read, and calendars beside a text."""
    found: list[Part] = []
    for part in mime.walk(root):
        if part.content_type == "multipart/alternative":
            found += [
                leaf
                for child in part.children
                for leaf in mime.walk(child)
                if id(leaf) not in chosen and not leaf.children and is_body(leaf)
            ]
    return found
