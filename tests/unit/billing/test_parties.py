from datetime import date
from typing import Any

import pytest

from billing.parties import Contract, Requisites, account_is_valid, contracts_in_force, doubts, inn_is_valid, ogrn_is_valid


@pytest.mark.parametrize("inn", ["7707083893", "7728168971", "500100732259"])
def test_real_inns_pass(inn: str) -> None:
    assert inn_is_valid(inn)


@pytest.mark.parametrize("inn", ["7707083894", "500100732258", "770708389", "", "77070838930", "770708389x", "٧٧٠٧٠٨٣٨٩٣"])
def test_mistyped_inns_do_not(inn: str) -> None:
    assert not inn_is_valid(inn)


def test_the_key_of_an_entrepreneurs_ogrn_is_the_last_digit_of_the_remainder() -> None:
    assert ogrn_is_valid("1027700132195")
    assert ogrn_is_valid("304500116000157")
    assert not ogrn_is_valid("1027700132194")
    assert ogrn_is_valid(f"31877460000003{31877460000003 % 13 % 10}")


def test_a_ten_digit_remainder_is_a_valid_ogrn_of_an_entrepreneur() -> None:
    number = next(n for n in range(31877460000000, 31877460000100) if n % 13 >= 10)
    assert ogrn_is_valid(f"{number}{number % 13 % 10}")


def test_an_account_agrees_with_its_bank() -> None:
    assert account_is_valid("049805746", "40602810700000000025")
    assert account_is_valid("049805000", "30101810800000000746")
    assert not account_is_valid("049805746", "40602810700000000026")
    assert not account_is_valid("0498057", "40602810700000000025")


def test_odd_requisites_are_doubts_and_not_refusals() -> None:
    odd = Requisites("ИП Петров", "500100732259", kpp="1", ogrn="5", bank_bic="1", bank_account="2", bank_corr="3")
    assert set(doubts(odd)) == {"entrepreneur_with_kpp", "odd_kpp", "odd_ogrn", "odd_bic", "odd_account", "odd_corr"}
    assert doubts(Requisites("ООО", "7707083893")) == ()


def contract(number: int, entity: int, signed_on: date) -> Any:
    return Contract(number, entity, None, str(number), signed_on)


def test_the_newest_contract_of_each_entity_is_in_force() -> None:
    old, new, other = contract(1, 1, date(2025, 1, 1)), contract(2, 1, date(2026, 1, 1)), contract(3, 2, date(2025, 6, 1))
    future = contract(4, 1, date(2026, 12, 1))
    assert contracts_in_force((old, new, other, future), date(2026, 10, 31)) == (new, other)


def test_a_contract_signed_after_the_work_still_bills_it() -> None:
    late = contract(1, 1, date(2026, 11, 5))
    assert contracts_in_force((late, contract(2, 1, date(2027, 1, 1))), date(2026, 10, 31)) == (late,)
    assert contracts_in_force((), date(2026, 10, 31)) == ()
