"""What a door writes above a letter it takes: Return-Path and Received (RFC 5321 §4.4). Nothing of the letter itself changes."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

_LONGEST = 255
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9.:_\[\]-]")
_NOT_AN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\x9f<>\ud800-\udfff\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Handover:
    """How a letter was handed over. `helo` and the addresses are the client's words; `peer` is empty on a local socket."""

    helo: str
    peer: str
    hostname: str
    protocol: str
    sender: str
    recipients: tuple[str, ...]
    at: datetime


def protocol(*, door: str, extended: bool, tls: bool, utf8: bool) -> str:
    """The protocol as RFC 3848 and RFC 6531 name it."""
    name = "LMTP" if door == "lmtp" else "SMTP" if utf8 or not extended else "ESMTP"
    return ("UTF8" if utf8 else "") + name + ("S" if tls else "")


def of(handover: Handover) -> bytes:
    """The lines, each with its end."""
    origin = f"[{'IPv6:' if ':' in handover.peer else ''}{handover.peer}]" if handover.peer else "local"
    # A letter for several tells none of them who the others are (RFC 5321 §7.2).
    recipient = f"\r\n\tfor <{_address(handover.recipients[0])}>" if len(handover.recipients) == 1 else ""
    lines = (
        f"Return-Path: <{_address(handover.sender)}>\r\n"
        f"Received: from {_name(handover.helo)} ({origin})\r\n"
        f"\tby {handover.hostname} with {handover.protocol} id {secrets.token_hex(8)}{recipient};\r\n"
        f"\t{format_datetime(handover.at)}\r\n"
    )
    return lines.encode()


def _name(word: str) -> str:
    return _NOT_A_NAME.sub("?", word[:_LONGEST]) or "?"


def _address(text: str) -> str:
    return _NOT_AN_ADDRESS.sub("", text)[: 2 * _LONGEST]
