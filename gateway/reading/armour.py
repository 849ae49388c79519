"""OpenPGP armour inside a text (RFC 4880 §6.2, §7): signed words without their armour, sealed ones as a file.

Pure. Checks no signature and opens nothing.
"""

import re
from dataclasses import dataclass, replace

from gateway.reading.lines import Line
from helpdesk.messages import Attachment

MARK = "-----BEGIN PGP "
_SIGNED = "SIGNED MESSAGE"
_SIGNATURE = "SIGNATURE"
_SEALED = "MESSAGE"
_NAMES = {_SEALED: "encrypted.asc", "PUBLIC KEY BLOCK": "public-key.asc"}
_TYPES = {_SEALED: "application/pgp-encrypted", "PUBLIC KEY BLOCK": "application/pgp-keys"}
_DASHES = "-----"
_HEADER = re.compile(r"[A-Za-z-]{1,40}: ")
_RADIX64 = re.compile(r"[A-Za-z0-9+/=]{1,100}[ \t]{0,4}\Z")


@dataclass(frozen=True, slots=True)
class Bare:
    """A text out of its armour: its lines, the armoured blocks as files, and whether a sealed message is among them."""

    lines: tuple[Line, ...]
    files: tuple[Attachment, ...] = ()
    sealed: bool = False


def removed(lines: tuple[Line, ...]) -> Bare:
    """The lines a person wrote; quoted armour stays as it was quoted."""
    if not any(line.text.startswith(MARK) for line in lines):
        return Bare(lines)
    kept: list[Line] = []
    files: list[Attachment] = []
    signed, at = False, 0
    while at < len(lines):
        line, kind = lines[at], _opened(lines[at])
        at += 1
        if kind == _SIGNED:
            signed, at = True, _past_headers(lines, at)
        elif kind and (end := _block_end(lines, at, kind)):
            files += _file(kind, lines[at - 1 : end])
            signed, at = signed and kind != _SIGNATURE, end
        else:
            kept.append(_undashed(line) if signed else line)
    return Bare(tuple(kept), tuple(files), sealed=any(file.content_type == _TYPES[_SEALED] for file in files))


def _opened(line: Line) -> str:
    """«SIGNATURE» for «-----BEGIN PGP SIGNATURE-----»; empty for a line that opens nothing."""
    text = line.text.rstrip()
    return text[len(MARK) : -len(_DASHES)] if not line.depth and text.startswith(MARK) and text.endswith(_DASHES) else ""


def _past_headers(lines: tuple[Line, ...], at: int) -> int:
    """Where the words begin, under «Hash: SHA256» and an empty line."""
    while at < len(lines) and _HEADER.match(lines[at].text):
        at += 1
    return at + 1 if at < len(lines) and lines[at].blank else at


def _block_end(lines: tuple[Line, ...], at: int, kind: str) -> int:
    """Where a block ends; 0 for what nothing closes, which may be anything."""
    at = _past_headers(lines, at)
    while at < len(lines) and _RADIX64.match(lines[at].text):
        at += 1
    return at + 1 if at < len(lines) and lines[at].text.strip() == f"-----END PGP {kind}-----" else 0


def _file(kind: str, block: tuple[Line, ...]) -> list[Attachment]:
    if kind not in _NAMES:
        return []
    content = "".join(f"{line.text.strip()}\n" for line in block).encode("utf-8", "replace")
    return [Attachment(name=_NAMES[kind], content_type=_TYPES[kind], content=content)]


def _undashed(line: Line) -> Line:
    return replace(line, text=line.text[2:]) if line.text.startswith("- ") else line
