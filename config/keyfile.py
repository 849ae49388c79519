"""The secret key that signs reply addresses and links: made once, mode 0600, read at start."""

import os
import secrets
from pathlib import Path

from config.settings import SettingsError

KEY_BYTES = 32


def make_key(path: Path) -> bool:
    """Make the key unless there is one; whether it was made."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def read_key(path: Path) -> bytes:
    """The key; SettingsError where it is missing, unreadable or damaged."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        reason = "is missing: `deskpost init` makes one; if there was one, bring it back, for it signed the addresses in old mails"
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    except ValueError:
        reason = "is damaged: bring it back from a backup"
    else:
        if len(key) >= KEY_BYTES:
            return key
        reason = "is damaged: bring it back from a backup"
    message = f"the secret key {path} {reason}"
    raise SettingsError(message)
