"""What reply libraries take for the new text of a body. Runs in an environment of its own and imports nothing of the project.

Reads JSON lines `{"text": …, "html": …}`, writes for each a line `{library: new text}`; a library that raises or ponders says nothing.
"""

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator

_PATIENCE = 3
_TAG = re.compile(r"<[^<>]{0,2000}>")


def _mail_parser_reply() -> Callable[[str, str], str]:
    from mailparser_reply import EmailReplyParser  # noqa: PLC0415  each library may be missing

    languages = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs"]
    return lambda text, _: EmailReplyParser(languages=languages).parse_reply(text=text) or ""


def _email_reply_parser() -> Callable[[str, str], str]:
    from email_reply_parser import EmailReplyParser  # noqa: PLC0415  as above

    return lambda text, _: EmailReplyParser.parse_reply(text)


def _talon() -> Callable[[str, str], str]:
    from talon import quotations  # noqa: PLC0415  as above

    def reply(text: str, html: str) -> str:
        return _TAG.sub("", quotations.extract_from_html(html)) if html and not text else quotations.extract_from_plain(text)

    return reply


_MAKERS = {"mail-parser-reply": _mail_parser_reply, "email-reply-parser": _email_reply_parser, "talon": _talon}


def _installed() -> Iterator[tuple[str, Callable[[str, str], str]]]:
    for name, make in _MAKERS.items():
        try:
            yield name, make()
        except ImportError as error:
            sys.stderr.write(f"{name} is left out: {error}\n")


def _asked(reply: Callable[[str, str], str], text: str, html: str) -> str | None:
    signal.alarm(_PATIENCE)
    try:
        return str(reply(text, html))
    except Exception:  # noqa: BLE001  whatever a library raises is its answer
        return None
    finally:
        signal.alarm(0)


def _out_of_patience(*_: object) -> None:
    raise TimeoutError


def main() -> None:
    """Answer line by line."""
    signal.signal(signal.SIGALRM, _out_of_patience)
    libraries = dict(_installed())
    for line in sys.stdin:
        bodies = json.loads(line)
        plain = bodies["text"] or _TAG.sub("", bodies["html"])
        answers = {name: _asked(reply, bodies["text"] if name == "talon" else plain, bodies["html"]) for name, reply in libraries.items()}
        sys.stdout.write(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main()
