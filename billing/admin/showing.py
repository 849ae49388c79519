"""Documents, drafts and problems as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from billing.archive import IssuedDocument
from billing.checks import Problem
from billing.close import Preview
from billing.documents import quantity_number
from billing.drafting import Line
from billing.mailing import shelf_name
from billing.periods import Period
from billing.phrasing import phrase
from config.files import FileStore
from helpdesk.money import plain
from helpdesk.queries import all_clients


@dataclass(frozen=True, slots=True)
class Cabinet:
    """What it takes to show documents: the names of clients by id, and where PDFs lie."""

    clients: Mapping[int, str]
    files: FileStore

    def show(self, document: IssuedDocument) -> dict[str, Any]:
        """An invoice or an act as JSON; `file` is null until it is printed."""
        return {
            "kind": document.kind,
            "number": document.number,
            "date": document.dated.isoformat(),
            "client": self.clients.get(document.client_id, document.content["buyer"]["name"]),
            "entity": document.content["buyer"]["name"],
            "period": document.period,
            "amount": plain(document.amount),
            "vat": None if document.vat is None else plain(document.vat),
            "due": document.content["due_on"],
            "status": document.status,
            "lines": [_line(line) for line in document.content["lines"]],
            "file": self._path(document),
        }

    def _path(self, document: IssuedDocument) -> str | None:
        """Where the PDF lies, under a name for people."""
        if not document.digest:
            return None
        return str(self.files.shown(document.digest, shelf_name(document)).resolve())


def open_cabinet(connection: Connection, files: FileStore) -> Cabinet:
    """The cabinet of everything that is issued."""
    return Cabinet({card.id: card.name for card in all_clients(connection)}, files)


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": line["text"],
        "quantity": quantity_number(line["quantity"]),
        "unit": line["unit"],
        "price": plain(line["price"]),
        "discount": plain(line["discount"]),
        "amount": plain(line["amount"]),
        "vat": None if line["vat"] is None else plain(line["vat"]),
        "ticket": line["ticket"],
        "minutes": line["minutes"],
    }


def draft_line(line: Line) -> dict[str, Any]:
    """A line of a draft, as a line of a document."""
    names = ("text", "quantity", "unit", "price", "discount", "amount", "vat", "ticket", "minutes")
    return _line({name: getattr(line, name) for name in names})


def preview_document(looks: Iterable[Preview], period: Period, language: str) -> dict[str, Any]:
    """What a period would bring, client by client; clients with nothing to say are left out."""
    told = [look for look in looks if look.problems or any(case.draft.lines for case in look.cases)]
    return {
        "period": str(period),
        "clients": [
            {
                "client": look.client.name,
                "amount": plain(_amount(look)),
                "lines": [draft_line(line) for case in look.cases for line in case.draft.lines],
                "problems": problem_documents(look.problems, language),
            }
            for look in told
        ],
        "amount": plain(sum(_amount(look) for look in told)),
    }


def _amount(look: Preview) -> int:
    return sum(case.draft.amount for case in look.cases)


def problem_documents(found: Iterable[Problem], language: str, **more: str) -> list[dict[str, str]]:
    """Problems as JSON."""
    return [{**more, "level": problem.level.value, "key": problem.key, "text": phrase(problem, language)} for problem in found]
