"""Whose fault an error is: the letter's, or the machine's (a locked database, a full disk), which passes.

Pure. What is the machine's fault is tried again and never counted against the letter.
"""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, StatementError

_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)
# PostgreSQL: connection lost, serialization and deadlock, out of resources, shutting down, system error.
_SQLSTATES = ("08", "40", "53", "57", "58")
_SYSTEM = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ESTALE),
        # No memory, and no room for one more process: `gateway.reader.NotStarted` is one of these.
        *(errno.ENOMEM, errno.EAGAIN),
    }
)


def is_the_machines(error: BaseException) -> bool:
    """True for an error that would meet any other letter now."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _of_database(error.orig)
    return isinstance(error, OSError) and error.errno in _SYSTEM


def _of_database(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE
    return str(getattr(error, "sqlstate", "")).startswith(_SQLSTATES)


def one_line(error: BaseException) -> str:
    """«ValueError: …»: an error as a reason that fits a line. Of the database's errors the cause alone: the rest holds letters."""
    told = error.orig if isinstance(error, StatementError) and error.orig else error
    words = " ".join(str(told).split())
    return f"{type(told).__name__}: {words}"[:300] if words else type(told).__name__
