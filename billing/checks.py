"""What stands in the way of an act, and what an accountant should look at first: a list of functions over one case.

A problem names a text of `templates/documents/problems.*.toml`, which says what to do.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from billing.drafting import Draft, LineKind
from billing.parties import Contract, LegalEntity, doubts
from config import wording
from helpdesk.readmodels import ClientCard


class Level(StrEnum):
    """Whether a problem stops the close."""

    BLOCKING = "blocking"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend or to look at; `values` fill the text of `key`."""

    level: Level
    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One act to be: a client's work under one contract, with everybody who is named on it."""

    client: ClientCard
    draft: Draft
    contract: Contract | None
    buyer: LegalEntity | None
    seller: LegalEntity | None
    rate: int
    entity_count: int = 1
    own_count: int = 1
    has_recipients: bool = True


Check = Callable[[Case], Iterator[Problem]]


def problems(case: Case) -> tuple[Problem, ...]:
    """Everything the checks find; nothing is asked of a case without lines but what it holds back."""
    asked = CHECKS if case.draft.lines else (held_back,)
    return tuple(problem for check in asked for problem in check(case))


def is_blocked(found: tuple[Problem, ...]) -> bool:
    """Whether one of the problems stops the close."""
    return any(problem.level is Level.BLOCKING for problem in found)


def _blocking(key: str, **values: str | int) -> Problem:
    return Problem(Level.BLOCKING, key, values)


def _warning(key: str, **values: str | int) -> Problem:
    return Problem(Level.WARNING, key, values)


def no_parties(case: Case) -> Iterator[Problem]:
    """A document needs a buyer, a contract and a seller."""
    if not case.entity_count:
        yield _blocking("no_entity", client=case.client.name)
    elif case.contract is None:
        yield _blocking("no_contract", client=case.client.name)
    if not case.own_count:
        yield _blocking("no_own_entity")
    elif case.contract and case.contract.own_entity_id is None and case.own_count > 1:
        yield _blocking("which_own_entity", client=case.client.name, number=case.contract.number)


def missing_bank(case: Case) -> Iterator[Problem]:
    """Nobody can pay an invoice without the seller's bank."""
    if case.seller is None:
        return
    requisites = case.seller.requisites
    needed = {"bank_bic": requisites.bank_bic, "bank_account": requisites.bank_account, "bank_name": requisites.bank_name}
    missing = [f"--{key.replace('_', '-')}" for key, value in needed.items() if not value]
    if missing:
        level = Level.WARNING if missing == ["--bank-name"] else Level.BLOCKING
        yield Problem(level, "missing_bank", {"name": requisites.name, "inn": requisites.inn, "options": " ".join(missing)})


def missing_requisites(case: Case) -> Iterator[Problem]:
    """An act names who signed for the seller; documents carry both addresses, and КПП of organisations."""
    for party in (case.seller, case.buyer):
        if party is None:
            continue
        requisites = party.requisites
        needed = {"--address": requisites.address, "--kpp": requisites.kpp or requisites.entrepreneur}
        if party is case.seller:
            needed["--director"] = requisites.director
        missing = [option for option, value in needed.items() if not value]
        if missing:
            yield _warning("missing_requisites", name=requisites.name, inn=requisites.inn, options=" ".join(missing))


def doubtful_requisites(case: Case) -> Iterator[Problem]:
    """Check digits that do not agree."""
    for party in (case.seller, case.buyer):
        for key in doubts(party.requisites) if party else ():
            yield _warning(key, name=party.requisites.name if party else "")


def no_rate(case: Case) -> Iterator[Problem]:
    """Work by the hour at no rate would be given away."""
    if not case.rate and any(line.kind in {LineKind.HOURS, LineKind.CORRECTION} for line in case.draft.lines):
        yield _blocking("no_rate", client=case.client.name)


def rates_differ(case: Case) -> Iterator[Problem]:
    """Letters would show another cost than the act."""
    if case.contract and case.contract.rate is not None and case.contract.rate != case.client.rate:
        rates = {"rate": wording.amount(case.contract.rate), "letters": wording.amount(case.client.rate)}
        yield _warning("rates_differ", number=case.contract.number, **rates)


def nothing_to_ask(case: Case) -> Iterator[Problem]:
    """An act of nothing or less waits."""
    if case.draft.carried:
        yield _warning("carried", client=case.client.name)


def contract_is_later(case: Case) -> Iterator[Problem]:
    """Work done before the contract was signed."""
    if case.contract and case.contract.signed_on > case.draft.period.last:
        yield _warning("contract_is_later", number=case.contract.number, date=f"{case.contract.signed_on:%d.%m.%Y}")


def no_recipients(case: Case) -> Iterator[Problem]:
    """Paper that nobody would get."""
    if not case.has_recipients:
        yield _warning("no_recipients", client=case.client.name)


def held_back(case: Case) -> Iterator[Problem]:
    """Tickets that wait for a later act."""
    for held in case.draft.held:
        yield _warning(held.reason, ticket=held.ticket)


def remarks(case: Case) -> Iterator[Problem]:
    """Lines that are billed and look odd."""
    for remark in case.draft.remarks:
        yield _warning(remark.reason, ticket=remark.ticket)


CHECKS: tuple[Check, ...] = (
    no_parties,
    missing_bank,
    missing_requisites,
    doubtful_requisites,
    no_rate,
    rates_differ,
    nothing_to_ask,
    contract_is_later,
    no_recipients,
    held_back,
    remarks,
)
