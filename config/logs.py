"""The log: one line an event on standard error, `moment level name event key=value…`.

Never in it: the text of letters, subjects, passwords, keys. `DESKPOST_LOG` sets the level: debug, info, warning or error.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

LEVELS = ("debug", "info", "warning", "error")
_PLAIN = re.compile(r'[^\s"=]+')
_TALKATIVE = ("alembic", "asyncio", "fontTools", "mail.log", "weasyprint")


def say(log: logging.Logger, event: str, /, **values: object) -> None:
    """Log one event with what identifies it; what is None is left out."""
    log.info("%s", line(event, **values))


def warn(log: logging.Logger, event: str, /, **values: object) -> None:
    """Log one event that somebody should look at."""
    log.warning("%s", line(event, **values))


def line(event: str, /, **values: object) -> str:
    """The event and its values as key=value, quoted where they hold spaces or anything unprintable."""
    return " ".join((event, *(f"{key}={_quoted(str(value))}" for key, value in values.items() if value is not None)))


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) and value.isprintable() else json.dumps(value, ensure_ascii=not value.isprintable())


class OneLine(logging.Formatter):
    """UTC to the millisecond; a traceback follows on the same line, its line ends escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = record.getMessage() + (f" traceback={_quoted(self.formatException(record.exc_info))}" if record.exc_info else "")
        return f"{at} {record.levelname.lower()} {record.name} {' '.join(text.splitlines())}"


def level_of(environment: Mapping[str, str]) -> int:
    """The level that DESKPOST_LOG asks for; info where it is silent or unknown."""
    word = environment.get("DESKPOST_LOG", "").strip().lower()
    return logging.getLevelNamesMapping()[word.upper()] if word in LEVELS else logging.INFO


def set_up(environment: Mapping[str, str]) -> None:
    """Send the program's log to standard error; libraries speak up only when something is wrong, or at level debug."""
    level = level_of(environment)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(level if level == logging.DEBUG else logging.WARNING)
