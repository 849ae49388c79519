"""What an issued document says: frozen once as JSON, later the context of its template. Pure.

The frozen content holds every requisite, line and total and the version of the layout; nothing is looked up when it is printed.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from billing.drafting import THOUSAND, Line
from billing.parties import Contract, LegalEntity, Requisites
from billing.periods import Period, parse_period
from billing.vat import NONE, vat_label
from billing.words import initials, short_date, sum_in_words
from config import wording

LAYOUT = "1"


class DocumentKind(StrEnum):
    """What is issued: the invoice (счёт) asks, the act (акт) debits."""

    INVOICE = "invoice"
    ACT = "act"


TITLES = {DocumentKind.INVOICE: "Счет на оплату", DocumentKind.ACT: "Акт об оказании услуг"}
SHORT_TITLES = {DocumentKind.INVOICE: "Счет", DocumentKind.ACT: "Акт"}
_TIED = re.compile(r" (?=(?:ч|мин)\b)|(?<=№) |(?<=\d ч) (?=\d+ мин)")
_FORM = re.compile(r"^(индивидуальный предприниматель|ип)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document at its issue: who, to whom, what for. `invoice_number` is the act's invoice."""

    kind: DocumentKind
    number: int
    dated: date
    period: Period
    seller: LegalEntity
    buyer: LegalEntity
    contract: Contract
    lines: tuple[Line, ...]
    due_on: date | None = None
    invoice_number: int | None = None

    @property
    def amount(self) -> int:
        """Kopecks, VAT included."""
        return sum(line.amount for line in self.lines)

    @property
    def vat(self) -> int | None:
        """Kopecks of VAT: the sum of the lines' VAT; None where there is none."""
        return None if self.contract.vat == NONE else sum(line.vat or 0 for line in self.lines)


def freeze(paper: Paper) -> dict[str, Any]:
    """The content of a document as JSON keeps it."""
    return {
        "layout": LAYOUT,
        "kind": paper.kind.value,
        "number": paper.number,
        "date": paper.dated.isoformat(),
        "period": str(paper.period),
        "due_on": paper.due_on.isoformat() if paper.due_on else None,
        "invoice_number": paper.invoice_number,
        "seller": asdict(paper.seller.requisites),
        "buyer": asdict(paper.buyer.requisites),
        "contract": {"number": paper.contract.number, "date": paper.contract.signed_on.isoformat()},
        "vat_rate": paper.contract.vat,
        "amount": paper.amount,
        "vat": paper.vat,
        "lines": [_frozen_line(line) for line in paper.lines],
    }


def _frozen_line(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "text": line.text,
        "quantity": line.quantity,
        "unit": line.unit,
        "price": line.price,
        "discount": line.discount,
        "amount": line.amount,
        "vat": line.vat,
        "ticket": line.ticket,
        "minutes": line.minutes,
    }


def context(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the template shows: texts ready to print, sums in kopecks for its `amount` filter."""
    kind, period = DocumentKind(content["kind"]), parse_period(content["period"])
    seller, buyer = Requisites(**content["seller"]), Requisites(**content["buyer"])
    dated = date.fromisoformat(content["date"])
    return {
        "title": f"{TITLES[kind]} № {content['number']} от {_day(dated)}",
        "footer": f"{SHORT_TITLES[kind]} № {content['number']} от {short_date(dated)}",
        "seller": seller,
        "buyer": buyer,
        "seller_line": party_line(seller),
        "buyer_line": party_line(buyer),
        "signatures": signatures(seller),
        "seller_director": director_name(seller),
        "buyer_director": director_name(buyer),
        "basis": basis(content),
        "since": short_date(period.first),
        "until": short_date(period.last),
        "due": _day(date.fromisoformat(content["due_on"])) if content["due_on"] else "",
        "rows": [_row(line) for line in content["lines"]],
        "amount": content["amount"],
        "discount": sum(line["discount"] for line in content["lines"]),
        "full_amount": content["amount"] + sum(line["discount"] for line in content["lines"]),
        "has_discounts": any(line["discount"] for line in content["lines"]),
        "has_rounded_hours": any(line["unit"] == "ч" and line["minutes"] * THOUSAND % 60 for line in content["lines"]),
        "vat_label": vat_label(content["vat_rate"]),
        "vat": content["vat"],
        "in_words": sum_in_words(content["amount"]),
    }


def basis(content: Mapping[str, Any]) -> str:
    """«Договор № 12/2026 от 15.01.2026», and the invoice of an act."""
    signed = short_date(date.fromisoformat(content["contract"]["date"]))
    text = f"Договор № {content['contract']['number']} от {signed}"
    if content["invoice_number"] is None:
        return text
    return f"{text}, Счет № {content['invoice_number']} от {short_date(date.fromisoformat(content['date']))}"


def party_line(party: Requisites) -> str:
    """Name, ИНН, КПП, ОГРН and address as documents list them."""
    register = "ОГРНИП" if party.entrepreneur else "ОГРН"
    parts = (
        party.name,
        f"ИНН {party.inn}",
        f"КПП {party.kpp}" if party.kpp and not party.entrepreneur else "",
        f"{register} {party.ogrn}" if party.ogrn else "",
        party.address,
    )
    return ", ".join(part for part in parts if part)


def signatures(seller: Requisites) -> list[tuple[str, str, bool]]:
    """Position and name of everybody who signs an invoice, and whether it is the director, whose signature image there may be.

    An entrepreneur signs alone; a director who keeps no accountant signs for him.
    """
    director = director_name(seller)
    if seller.entrepreneur:
        return [(seller.post, director, True)]
    accountant = initials(seller.accountant) if seller.accountant else director
    return [("Руководитель", director, True), ("Бухгалтер", accountant, accountant == director)]


def director_name(party: Requisites) -> str:
    """«Иванов И. И.»: who signs for a party; an entrepreneur is named in his own name. Empty where nobody knows."""
    if party.director or not party.entrepreneur:
        return initials(party.director) if party.director else ""
    return initials(_FORM.sub("", party.name))


def _row(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "text": _TIED.sub(wording.NBSP, line["text"]), "quantity": quantity_text(line["quantity"])}


def quantity_text(thousandths: int) -> str:
    """«2,667», «1»: no more decimals than there are."""
    whole, rest = divmod(abs(thousandths), THOUSAND)
    decimals = f",{rest:03}".rstrip("0") if rest else ""
    return f"{wording.MINUS if thousandths < 0 else ''}{whole}{decimals}"


def quantity_number(thousandths: int) -> int | float:
    """2.667 or 1, for programs."""
    return thousandths // THOUSAND if thousandths % THOUSAND == 0 else thousandths / THOUSAND


def _day(day: date) -> str:
    return wording.day(day).replace(" ", wording.NBSP)
