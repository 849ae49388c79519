"""What a reader makes of a letter, in the words the questions ask in. A reader without an answer says None."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: its name, and the SHA-256 of its bytes."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Forward:
    """The letter inside a forward."""

    address: str
    name: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A recipient of a delivery report."""

    address: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """`whole` is all text of a letter, `text` what of it is new."""

    address: str = ""
    name: str = ""
    subject: str = ""
    whole: str = ""
    text: str = ""
    signature: str | None = None
    files: tuple[File, ...] = ()
    report: bool = False
    failures: tuple[Failure, ...] = ()
    automatic: bool = False
    commands: tuple[str, ...] = ()
    forward: Forward | None = None
