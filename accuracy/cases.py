"""Letters with known answers: what a folder of them holds, each with what its project asserts about it.

Reads the folder where it is and keeps nothing. Bare bodies are put into a plain letter, so that every reader gets letters.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.header import Header
from pathlib import Path
from typing import Any

RUSSIAN = "ru"
_BODIES = frozenset({"reply_text", "signature", "forward"})


@dataclass(frozen=True, slots=True)
class Case:
    """One letter, and what is known about it by the names that the folder's README gives."""

    corpus: str
    file: str
    kind: str
    expected: Mapping[str, Any]
    raw: bytes


def load(folder: Path) -> Iterator[Case]:
    """All cases of a folder, corpus by corpus."""
    for listing in sorted((folder / "expect").glob("*.jsonl")):
        for line in listing.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            content = (folder / record["file"]).read_bytes()
            yield Case(listing.stem, record["file"], record["kind"], record, _letter(record, content))
    for described in sorted((folder / RUSSIAN).glob("*.json")):
        record = json.loads(described.read_text(encoding="utf-8"))
        content = (described.parent / record["file"]).read_bytes()
        yield Case(RUSSIAN, f"{RUSSIAN}/{record['file']}", RUSSIAN, _common(record), content)


def _common(record: Mapping[str, Any]) -> dict[str, Any]:
    """A Russian letter's description in the words of the others."""
    report = record.get("bounce")
    return {
        "from_addr": record["sender"]["address"],
        "from_name": record["sender"]["name"],
        "subject": record["subject"],
        "text_equals": record["text"],
        "text_not_contains": [*record.get("must_not_contain", []), *record.get("quoted_must_not_leak", [])],
        "signature_equals": record.get("signature", ""),
        "attachments": record.get("tnef_attachments") or record["attachments"],
        "commands": record["commands"],
        "forwarded": bool(record.get("is_forward")),
        "forward": record.get("forward"),
        "is_bounce": record["is_bounce"],
        "is_auto_reply": record["is_auto_reply"],
        "failed_recipients": [report["recipient"]] if report else None,
    }


def _letter(record: Mapping[str, Any], content: bytes) -> bytes:
    kind = record["kind"]
    if kind == "tnef":
        return _head("application/ms-tnef; name=winmail.dat", "base64") + base64.encodebytes(content)
    if kind == "reply_html":
        return _head("text/html; charset=utf-8") + _utf8(content)
    if kind in _BODIES:
        return _head("text/plain; charset=utf-8", subject=record.get("subject_of_carrier") or "Re: Hello") + _utf8(content)
    return content


def _head(content_type: str, encoding: str = "8bit", subject: str = "Hello") -> bytes:
    lines = (
        "From: a@example.com",
        "To: b@example.com",
        f"Subject: {Header(subject, 'utf-8').encode(linesep=chr(10))}",
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        f"Content-Transfer-Encoding: {encoding}",
    )
    return ("\n".join(lines) + "\n\n").encode()


def _utf8(content: bytes) -> bytes:
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1").encode()
    return content
