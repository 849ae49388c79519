"""Other people's libraries as readers of letters. Runs in an environment of its own, where they are, and imports nothing of the project.

Reads JSON lines `{"raw": base64, "text": …, "html": …, "ask": [library, …]}` and answers each with `{library: {what: answer}}`,
where *what* is a field of a reading. A library that raises or ponders longer than `PATIENCE` answers nothing. One that can be used
in several ways is used in the one that answers most questions rightly.
"""

import base64
import hashlib
import html as entities
import json
import re
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.utils import parseaddr
from importlib import import_module
from types import ModuleType
from typing import Any

PATIENCE = 3
# No more of HTML than a program takes that has no HTML library.
_UNSEEN = re.compile(r"(?is)<!--.*?-->|<(style|script|title)\b.*?</\1\s*>")
_BREAK = re.compile(r"(?i)<(?:br|/?(?:p|div|tr|li|h[1-6]|blockquote|pre|table|ul|ol|hr))\b[^<>]{0,2000}>")
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class Body:
    """A letter, and what the standard library finds of its two bodies."""

    raw: bytes
    text: str
    html: str

    @property
    def plain(self) -> str:
        """The text, of HTML where there is no other."""
        return self.text or shown(self.html)


Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Library:
    """What to import, how to ask it, which questions it answers, and the corpus that is its own test suite."""

    module: str
    read: Callable[[ModuleType, Body], Answers]
    questions: tuple[str, ...]
    suite: str = ""


def shown(html: str) -> str:
    """The text of HTML, simply: block elements break lines."""
    return entities.unescape(_TAG.sub("", _BREAK.sub("\n", _UNSEEN.sub("", html))))


def file(name: str | None, content: bytes) -> tuple[str, str]:
    """An attachment's name and digest."""
    return name or "", hashlib.sha256(content).hexdigest()


def _whole(texts: Iterable[str], htmls: Iterable[str]) -> str:
    """The plain text, or HTML's where there is none. Not both: a person is shown one of the alternatives, and so are Deskpost's figures."""
    plain = "\n".join(texts)
    return plain if plain.strip() else "\n".join(map(shown, htmls))


def _by_type(bodies: Iterable[tuple[str | None, str]]) -> str:
    found = tuple(bodies)
    return _whole((text for kind, text in found if kind != "text/html"), (text for kind, text in found if kind == "text/html"))


# Replies: the new text of a body.


def _mail_parser_reply(library: ModuleType, body: Body) -> Answers:
    parser = library.EmailReplyParser(languages=["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs"])
    first = parser.read(text=body.plain).replies[0]
    return {"text": first.body, "signature": first.signatures}


def _email_reply_parser(library: ModuleType, body: Body) -> Answers:
    found = library.EmailReplyParser.read(body.plain)
    return {"text": found.reply, "signature": "\n".join(one.content for one in found.fragments if one.signature)}


def _email_reply_extractor(library: ModuleType, body: Body) -> Answers:
    found = library.extract_new_text(body.text, html_body=body.html)
    return {"text": library.clean_for_scoring(found.text).text}


def _talon(library: ModuleType, body: Body) -> Answers:
    return {"text": library.extract_from_plain(body.plain)}


def _unquotemail(library: ModuleType, body: Body) -> Answers:
    found = library.Unquote(body.html or None, body.text or None)
    return {"text": shown(found.get_html()) if body.html else found.get_text()}


def _quotequail(library: ModuleType, body: Body) -> Answers:
    found = library.unwrap(body.plain)
    if not found:
        pieces = library.quote(body.plain, quote_intro_line=True)
        return {"text": "\n".join(piece for new, piece in pieces if new)}
    name, address = parseaddr(found.get("from", ""))
    inner = (address, name, found.get("subject", ""), found.get("text", ""))
    text = "\n".join((found.get("text_top", ""), found.get("text_bottom", "")))
    return {"text": text, "forward": inner if found["type"] == "forward" else None}


# Whole letters.


def _imap_tools(library: ModuleType, body: Body) -> Answers:
    letter = library.MailMessage.from_bytes(body.raw)
    sender = letter.from_values
    return {
        "address": sender and sender.email,
        "name": sender and sender.name,
        "subject": letter.subject,
        "whole": _whole([letter.text], [letter.html]),
        "files": [file(one.filename, one.payload) for one in letter.attachments],
    }


def _mail_parser(library: ModuleType, body: Body) -> Answers:
    letter = library.parse_from_bytes(body.raw)
    name, address = (letter.from_ or [("", "")])[0]
    return {
        "address": address,
        "name": name,
        "subject": letter.subject,
        "whole": _whole(letter.text_plain, letter.text_html),
        "files": [file(part["filename"], _unpacked(part)) for part in letter.attachments],
    }


def _unpacked(part: Mapping[str, Any]) -> bytes:
    return (
        base64.b64decode(part["payload"] + "===") if part["binary"] else str(part["payload"]).encode(part["charset"] or "utf-8", "replace")
    )


def _fast_mail_parser(library: ModuleType, body: Body) -> Answers:
    letter = library.parse_email(body.raw)
    sender = letter.from_
    return {
        "address": sender and sender.address,
        "name": sender and sender.display_name,
        "subject": letter.subject,
        "whole": _whole(letter.text_plain, letter.text_html),
        "files": [file(one.filename, one.content) for one in letter.attachments],
    }


def _eml_parser(library: ModuleType, body: Body) -> Answers:
    letter = library.EmlParser(include_raw_body=True, include_attachment_data=True).decode_email_bytes(body.raw)
    return {
        "address": letter["header"].get("from"),
        "name": parseaddr(letter["header"]["header"].get("from", [""])[0])[0],
        "subject": letter["header"].get("subject"),
        "whole": _by_type((one.get("content_type"), one["content"]) for one in letter["body"]),
        "files": [file(one["filename"], base64.b64decode(one["raw"])) for one in letter.get("attachment", ())],
    }


def _flanker(library: ModuleType, body: Body) -> Answers:
    letter = library.from_string(body.raw)
    sender = next(iter(import_module("flanker.addresslib.address").parse_list(letter.headers.get("From", ""))), None)
    parts = [part for part in letter.walk(with_self=True, skip_enclosed=True) if part.content_type.is_singlepart()]
    found = library.bounce.detect(letter)
    return {
        "address": sender and sender.address,
        "name": sender and sender.display_name,
        "subject": letter.subject,
        "whole": _by_type((part.content_type.value, part.body) for part in parts if part.is_body()),
        "files": [file(part.detected_file_name, _bytes(part.body)) for part in parts if part.is_attachment() or not part.is_body()],
        "report": found.is_bounce(),
        "failures": [("", found.status.startswith("5"))] if found.status else [],
    }


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


# Delivery reports.


def _flufl_bounce(library: ModuleType, body: Body) -> Answers:
    passing, lasting = library.all_failures(message_from_bytes(body.raw))
    failures = [(one.decode("utf-8", "replace"), one in lasting) for one in passing | lasting]
    return {"report": bool(failures), "failures": failures}


_REPLY = ("reply text",)
_SIGNED = ("reply text", "signature")
_LETTER = ("sender address", "sender name", "subject", "text", "attachments")
_REPORT = ("report found", "report true", "permanence", "person")

LIBRARIES = {
    "mail-parser-reply": Library("mailparser_reply", _mail_parser_reply, _SIGNED, "mail_parser_reply"),
    "email-reply-parser": Library("email_reply_parser", _email_reply_parser, _SIGNED, "github_erp"),
    "email-reply-extractor": Library("email_reply_extractor", _email_reply_extractor, _REPLY),
    "talon": Library("talon.quotations", _talon, _REPLY, "talon"),
    "unquotemail": Library("unquotemail", _unquotemail, _REPLY),
    "quotequail": Library("quotequail", _quotequail, (*_REPLY, "forward")),
    "imap-tools": Library("imap_tools", _imap_tools, _LETTER),
    "mail-parser": Library("mailparser", _mail_parser, _LETTER),
    "fast-mail-parser": Library("fast_mail_parser", _fast_mail_parser, _LETTER),
    "eml-parser": Library("eml_parser", _eml_parser, _LETTER),
    "flanker": Library("flanker.mime", _flanker, (*_LETTER, *_REPORT), "flanker"),
    "flufl.bounce": Library("flufl.bounce", _flufl_bounce, (*_REPORT, "recipient"), "flufl_bounce"),
}


class _OutOfPatience(BaseException):
    """No `Exception`: libraries catch those."""


def _stop(*_: object) -> None:
    raise _OutOfPatience


def _imported() -> dict[str, ModuleType]:
    found = {}
    for name, library in LIBRARIES.items():
        try:
            found[name] = import_module(library.module)
        except ImportError as error:
            sys.stderr.write(f"{name} is left out: {error}\n")
    return found


def answers(library: Library, module: ModuleType, body: Body) -> Answers:
    """What a library says of a letter, nothing where it raises or ponders."""
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        return library.read(module, body)
    except (Exception, _OutOfPatience):  # noqa: BLE001  whatever a library raises is its answer
        return {}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Answer line by line, whatever the libraries print."""
    written, sys.stdout = sys.stdout, sys.stderr
    modules = _imported()
    for line in sys.stdin:
        letter = json.loads(line)
        body = Body(base64.b64decode(letter["raw"]), letter["text"], letter["html"])
        found = {name: answers(LIBRARIES[name], modules[name], body) for name in letter["ask"] if name in modules}
        written.write(json.dumps(found, default=str) + "\n")


if __name__ == "__main__":
    main()
