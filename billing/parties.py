"""Who bills whom: requisites of legal entities (юр. лица), their check digits, and contracts. Pure.

A wrong ИНН is refused. Everything else that looks wrong is a doubt: registers know exceptions that a check digit does not.
Sources: ИНН and ОГРН, the orders of the tax service; account key, Bank of Russia of 08.09.1997 № 515.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

_INN_ORGANISATION, _INN_PERSON = 10, 12
_OGRN_ORGANISATION, _OGRN_PERSON = 13, 15
_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_ACCOUNT_LETTERS = str.maketrans("ABCEHKMPTX", "0123456789")
_CENTRAL_BANK = {"000", "001", "002"}
_KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}", re.ASCII)
_BIC = re.compile(r"0\d{8}", re.ASCII)
_ACCOUNT = re.compile(r"\d{5}[0-9ABCEHKMPTX]\d{14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Requisites:
    """What documents say of a legal entity. `stamp` and `signature` are digests in the file store, empty for none."""

    name: str
    inn: str
    kpp: str = ""
    ogrn: str = ""
    address: str = ""
    director: str = ""
    director_post: str = ""
    accountant: str = ""
    bank_name: str = ""
    bank_bic: str = ""
    bank_account: str = ""
    bank_corr: str = ""
    stamp: str = ""
    signature: str = ""

    @property
    def entrepreneur(self) -> bool:
        """Whether this is a person in business (ИП), who has no КПП and signs alone."""
        return len(self.inn) == _INN_PERSON

    @property
    def post(self) -> str:
        """The position of who signs: an act must name it (402-ФЗ ст. 9)."""
        return self.director_post or ("Индивидуальный предприниматель" if self.entrepreneur else "Генеральный директор")


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """A legal entity of a client, or of the studio itself where `client_id` is None."""

    id: int
    client_id: int | None
    requisites: Requisites


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract (договор) of a client's entity with an entity of the studio (None: the studio has only one).

    `rate` in kopecks per hour, None for the client's; `monthly_fee` in kopecks; `vat` as in `billing.vat.RATES`.
    """

    id: int
    entity_id: int
    own_entity_id: int | None
    number: str
    signed_on: date
    rate: int | None = None
    monthly_fee: int = 0
    vat: str = "none"


@dataclass(frozen=True, slots=True)
class Parties:
    """A client's own legal entities and contracts, and the studio's entities."""

    contracts: tuple[Contract, ...] = ()
    entities: dict[int, LegalEntity] = field(default_factory=dict)
    own: tuple[LegalEntity, ...] = ()

    def seller(self, contract: Contract) -> LegalEntity | None:
        """The studio's entity of a contract; the only one where the contract names none."""
        named = [entity for entity in self.own if contract.own_entity_id in {None, entity.id}]
        return named[0] if named else None


def contracts_in_force(contracts: Iterable[Contract], day: date) -> tuple[Contract, ...]:
    """The newest contract of each legal entity, signed by `day`, newest first.

    Where all were signed later the first of them alone: parties may extend a contract to what they did before it (ГК 425 п. 2).
    """
    ordered = sorted(contracts, key=lambda contract: (contract.signed_on, contract.id), reverse=True)
    signed = [contract for contract in ordered if contract.signed_on <= day]
    newest: dict[int, Contract] = {}
    for contract in signed or ordered[-1:]:
        newest.setdefault(contract.entity_id, contract)
    return tuple(newest.values())


def inn_is_valid(inn: str) -> bool:
    """Length and check digits of an ИНН."""
    if not _is_digits(inn):
        return False
    if len(inn) == _INN_ORGANISATION:
        return _inn_digit(inn, 9) == inn[9]
    return len(inn) == _INN_PERSON and _inn_digit(inn, 10) == inn[10] and _inn_digit(inn, 11) == inn[11]


def _inn_digit(inn: str, position: int) -> str:
    weights = _WEIGHTS[-position:]
    return str(sum(weight * int(digit) for weight, digit in zip(weights, inn, strict=False)) % 11 % 10)


def ogrn_is_valid(ogrn: str) -> bool:
    """Length and check digit of an ОГРН or ОГРНИП: the last digit of the remainder, which may have two."""
    if not _is_digits(ogrn) or ogrn[0] == "0":
        return False
    if len(ogrn) == _OGRN_ORGANISATION:
        return int(ogrn[:-1]) % 11 % 10 == int(ogrn[-1])
    return len(ogrn) == _OGRN_PERSON and int(ogrn[:-1]) % 13 % 10 == int(ogrn[-1])


def account_is_valid(bic: str, account: str) -> bool:
    """Whether the key of a 20-digit account agrees with its bank's БИК."""
    if not _ACCOUNT.fullmatch(account) or not _BIC.fullmatch(bic):
        return False
    at_central_bank = bic[6:] in _CENTRAL_BANK or account.startswith("30101")
    prefix = "0" + bic[4:6] if at_central_bank else bic[6:]
    digits = prefix + account.translate(_ACCOUNT_LETTERS)
    return sum(int(digit) * weight % 10 for digit, weight in zip(digits, (7, 1, 3) * 8, strict=False)) % 10 == 0


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def doubts(requisites: Requisites) -> tuple[str, ...]:
    """What looks wrong in requisites, as keys of the problem texts."""
    return tuple(_doubts(requisites))


def _doubts(requisites: Requisites) -> Iterator[str]:
    if requisites.entrepreneur and requisites.kpp:
        yield "entrepreneur_with_kpp"
    if requisites.kpp and not _KPP.fullmatch(requisites.kpp):
        yield "odd_kpp"
    if requisites.ogrn and not ogrn_is_valid(requisites.ogrn):
        yield "odd_ogrn"
    if requisites.bank_bic and not _BIC.fullmatch(requisites.bank_bic):
        yield "odd_bic"
    if requisites.bank_account and not account_is_valid(requisites.bank_bic, requisites.bank_account):
        yield "odd_account"
    if requisites.bank_corr and not account_is_valid(requisites.bank_bic, requisites.bank_corr):
        yield "odd_corr"
