"""A second, independent reader of the From field, for letters that may command: the only file that knows flanker.

Pure. Its grammar has nothing in common with `mailboxes`, so that what deceives one reader hardly deceives both.
"""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

_LONGEST = 1000
# What its parser generator and codecs raise on hostile input.
_ERRORS = (ValueError, TypeError, AttributeError, LookupError, RecursionError, AssertionError)


def read(value: str) -> str | None:
    """The one bare address of an unfolded From value, lower case; None where there is none, or more than one."""
    text = value.strip()
    if not text or len(text) > _LONGEST or not text.isprintable():
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, refused = _parser()(text, as_tuple=True)
            return _bare(found[0]) if len(found) == 1 and not refused else None
    except _ERRORS:
        return None


@cache
def _parser() -> Callable[..., Any]:
    """The list parser of flanker, loaded at the first letter that needs it: that takes a quarter of a second."""
    # Its parser generator warns on the error stream each time it builds its tables.
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        from flanker.addresslib import address  # noqa: PLC0415 - see above
    # Its grammar reports every refused address to the log, with the address; its lexer sets a level of its own when it is loaded.
    for name in ("flanker", "flanker.addresslib._parser.lexer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    parser: Callable[..., Any] = address.parse_list
    return parser


def _bare(found: object) -> str | None:
    full = getattr(found, "ace_address", None) or getattr(found, "address", None)
    return full.lower() if isinstance(full, str) and "@" in full else None
