"""Statuses of a ticket, and what may follow what. Pure."""

from enum import StrEnum


class Status(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    AWAITING_APPROVAL = "awaiting_approval"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    DONE = "done"
    CLOSED = "closed"


class Kind(StrEnum):
    """What a ticket is: a client's request, or a task inside the studio."""

    REQUEST = "request"
    TASK = "task"


RUSSIAN = {
    Status.NEW: "новая",
    Status.AWAITING_APPROVAL: "требует подтверждения",
    Status.IN_PROGRESS: "в работе",
    Status.WAITING: "ждём клиента",
    Status.DONE: "готова",
    Status.CLOSED: "закрыта",
}

MAY_FOLLOW = {
    Status.NEW: {Status.AWAITING_APPROVAL, Status.IN_PROGRESS, Status.WAITING, Status.DONE, Status.CLOSED},
    Status.AWAITING_APPROVAL: {Status.IN_PROGRESS, Status.WAITING, Status.DONE, Status.CLOSED},
    Status.IN_PROGRESS: {Status.AWAITING_APPROVAL, Status.WAITING, Status.DONE, Status.CLOSED},
    Status.WAITING: {Status.AWAITING_APPROVAL, Status.IN_PROGRESS, Status.DONE, Status.CLOSED},
    Status.DONE: {Status.IN_PROGRESS, Status.WAITING, Status.CLOSED},
    Status.CLOSED: {Status.IN_PROGRESS},
}

FINISHED = frozenset({Status.DONE, Status.CLOSED})


def may_follow(before: Status, after: Status) -> bool:
    """Whether a ticket may go from one status to another."""
    return after in MAY_FOLLOW[before]


def after_client_letter(status: Status) -> Status:
    """The status once the client has written: what waited or was finished is work again."""
    return Status.IN_PROGRESS if status in (Status.WAITING, Status.DONE, Status.CLOSED) else status


def after_staff_work(status: Status) -> Status:
    """The status once somebody of the studio answered or logged time."""
    return Status.IN_PROGRESS if status is Status.NEW else status


def find_status(word: str) -> Status | None:
    """The status that a word in English or Russian names."""
    wanted = _plain(word)
    return next((status for status in Status if wanted in (_plain(status.value), _plain(RUSSIAN[status]))), None)


def _plain(word: str) -> str:
    return " ".join(word.casefold().replace("_", " ").replace("ё", "е").strip(".!\"'").split())
