from datetime import date
from typing import Any

import pytest

from billing.checks import CHECKS, Case, Level, is_blocked, problems
from billing.drafting import Draft, Held, Line, LineKind
from billing.parties import Contract, LegalEntity, Requisites
from billing.periods import Period
from billing.phrasing import phrase, phrases
from helpdesk.readmodels import ClientCard

CLIENT = ClientCard(1, "Ромашка", "ru", 150_000)
LINE = Line(LineKind.HOURS, "Заявка № 1", "ч", 1000, 150_000, 150_000, ticket=1, minutes=60)
SELLER = LegalEntity(
    1,
    None,
    Requisites(
        "ООО «Веб-Студия»",
        "7707083893",
        kpp="773601001",
        address="Москва",
        director="Иванов Иван Иванович",
        bank_name="Сбербанк",
        bank_bic="044525225",
        bank_account="40702810138250123017",
    ),
)
BUYER = LegalEntity(2, 1, Requisites("ООО «Ромашка»", "7728168971", kpp="772801001", address="Москва"))
CONTRACT = Contract(1, 2, None, "12/2026", date(2026, 1, 15))


def case(**changes: Any) -> Any:
    usual = {
        "client": CLIENT,
        "draft": Draft(Period(2026, 10), (LINE,)),
        "contract": CONTRACT,
        "buyer": BUYER,
        "seller": SELLER,
        "rate": 150_000,
    }
    return Case(**{**usual, **changes})


def keys(one: Case) -> Any:
    return [problem.key for problem in problems(one)]


def test_a_case_in_order_has_no_problems() -> None:
    assert keys(case()) == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"entity_count": 0, "contract": None, "buyer": None, "seller": None}, "no_entity"),
        ({"contract": None, "buyer": None, "seller": None}, "no_contract"),
        ({"own_count": 0, "seller": None}, "no_own_entity"),
        ({"own_count": 2}, "which_own_entity"),
        ({"seller": LegalEntity(1, None, Requisites("ООО", "7707083893"))}, "missing_bank"),
        ({"rate": 0}, "no_rate"),
    ],
)
def test_what_stops_a_close(changes: dict[str, Any], key: str) -> None:
    found = problems(case(**changes))
    assert is_blocked(found)
    assert key in {problem.key for problem in found if problem.level is Level.BLOCKING}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"buyer": LegalEntity(2, 1, Requisites("ООО «Ромашка»", "7728168971"))}, "missing_requisites"),
        ({"buyer": LegalEntity(2, 1, Requisites("ООО", "7728168971", kpp="1", address="Москва"))}, "odd_kpp"),
        ({"has_recipients": False}, "no_recipients"),
        ({"contract": Contract(1, 2, None, "12", date(2026, 1, 15), rate=200_000)}, "rates_differ"),
        ({"contract": Contract(1, 2, None, "12", date(2026, 11, 3))}, "contract_is_later"),
        ({"draft": Draft(Period(2026, 10), (LINE,), held=(Held(5, "unfinished_price"),))}, "unfinished_price"),
        ({"draft": Draft(Period(2026, 10), (LINE,), remarks=(Held(5, "price_without_work"),))}, "price_without_work"),
        ({"draft": Draft(Period(2026, 10), (Line(LineKind.WARRANTY, "x", "ч", 1, 0, 0),))}, "carried"),
    ],
)
def test_what_is_only_worth_a_look(changes: dict[str, Any], key: str) -> None:
    found = problems(case(**changes))
    assert not is_blocked(found)
    assert key in {problem.key for problem in found}


def test_an_entrepreneur_lacks_no_kpp() -> None:
    person = LegalEntity(2, 1, Requisites("ИП Петров Пётр Петрович", "500100732259", address="Мытищи"))
    assert keys(case(buyer=person)) == []


def test_a_client_without_work_is_asked_for_nothing() -> None:
    assert keys(case(draft=Draft(Period(2026, 10)), entity_count=0, own_count=0, contract=None, buyer=None, seller=None)) == []


def test_every_check_says_what_it_is_for() -> None:
    assert all(check.__doc__ for check in CHECKS)


def test_every_problem_has_words_in_both_languages_and_names_a_way_out() -> None:
    assert phrases("ru").keys() == phrases("en").keys()
    poor = case(entity_count=0, own_count=0, contract=None, buyer=None, seller=None, rate=0, has_recipients=False)
    for problem in problems(poor):
        assert "deskpost " in phrase(problem, "ru")
        assert "deskpost " in phrase(problem, "en")
