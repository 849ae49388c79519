import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from billing.documents import DocumentKind, Paper, context, freeze, quantity_number, quantity_text
from billing.drafting import Line, LineKind
from billing.parties import Contract, LegalEntity, Requisites
from billing.periods import Period
from billing.qr import payment_text

SELLER = LegalEntity(
    1,
    None,
    Requisites(
        "ООО «Веб-Студия»",
        "7707083893",
        kpp="773601001",
        director="Иванов Иван Иванович",
        bank_name="ПАО СБЕРБАНК Г. МОСКВА",
        bank_bic="044525225",
        bank_account="40702810138250123017",
        bank_corr="30101810400000000225",
    ),
)
BUYER = LegalEntity(2, 1, Requisites("ООО «Ромашка»", "7728168971", kpp="772801001"))
LINE = Line(LineKind.HOURS, "Заявка № 7. Каталог, 2 ч 40 мин", "ч", 2667, 150_000, 400_000, ticket=7, minutes=160)
INVOICE = Paper(
    DocumentKind.INVOICE,
    1,
    date(2026, 10, 31),
    Period(2026, 10),
    SELLER,
    BUYER,
    Contract(1, 2, 1, "12/2026", date(2026, 1, 15)),
    (LINE,),
    due_on=date(2026, 11, 6),
)


def shown(paper: Paper) -> Any:
    return context(json.loads(json.dumps(freeze(paper))))


def test_a_frozen_document_needs_nothing_but_itself() -> None:
    said = shown(INVOICE)
    assert said["title"].replace("\u00a0", " ") == "Счет на оплату № 1 от 31 октября 2026 г."
    assert said["buyer_line"] == "ООО «Ромашка», ИНН 7728168971, КПП 772801001"
    assert said["basis"] == "Договор № 12/2026 от 15.01.2026"
    assert said["in_words"] == "Четыре тысячи рублей 00 копеек"
    assert (said["vat"], said["vat_label"]) == (None, "Без НДС")


def test_an_act_names_its_invoice_and_period() -> None:
    said = shown(replace(INVOICE, kind=DocumentKind.ACT, due_on=None, invoice_number=1))
    assert said["basis"] == "Договор № 12/2026 от 15.01.2026, Счет № 1 от 31.10.2026"
    assert (said["since"], said["until"]) == ("01.10.2026", "31.10.2026")


def test_the_vat_of_a_document_is_the_sum_of_its_lines() -> None:
    taxed = replace(INVOICE, contract=replace(INVOICE.contract, vat="5"), lines=(replace(LINE, vat=19_048),) * 3)
    assert shown(taxed)["vat"] == 57_144


def test_an_entrepreneur_signs_alone_and_in_his_own_name() -> None:
    person = LegalEntity(1, None, Requisites("Индивидуальный предприниматель Петров Пётр Петрович", "500100732259"))
    said = shown(replace(INVOICE, seller=person))
    assert said["signatures"] == [("Индивидуальный предприниматель", "Петров\u00a0П.\u00a0П.", True)]
    assert "КПП" not in said["seller_line"]


def test_the_directors_signature_is_never_put_to_the_accountants_name() -> None:
    seller = replace(SELLER, requisites=replace(SELLER.requisites, accountant="Петрова Анна Сергеевна"))
    assert [is_director for _, _, is_director in shown(replace(INVOICE, seller=seller))["signatures"]] == [True, False]


def test_numbers_and_their_units_stay_on_one_line() -> None:
    assert shown(INVOICE)["rows"][0]["text"] == "Заявка №\u00a07. Каталог, 2\u00a0ч\u00a040\u00a0мин"


@pytest.mark.parametrize(
    ("thousandths", "text", "number"), [(2667, "2,667", 2.667), (1000, "1", 1), (250, "0,25", 0.25), (-167, "\u22120,167", -0.167)]
)
def test_a_quantity_has_no_more_decimals_than_it_needs(thousandths: int, text: str, number: float) -> None:
    assert quantity_text(thousandths) == text
    assert quantity_number(thousandths) == number


def test_hours_that_are_no_whole_thousandths_are_remarked_upon() -> None:
    assert shown(INVOICE)["has_rounded_hours"]
    assert not shown(replace(INVOICE, lines=(replace(LINE, minutes=15, quantity=250),)))["has_rounded_hours"]


def test_the_payment_code_is_that_of_the_standard() -> None:
    assert payment_text(freeze(INVOICE)) == (
        "ST00012|Name=ООО «Веб-Студия»|PersonalAcc=40702810138250123017|BankName=ПАО СБЕРБАНК Г. МОСКВА|BIC=044525225"
        "|CorrespAcc=30101810400000000225|PayeeINN=7707083893|KPP=773601001|Sum=400000"
        "|Purpose=Оплата по счету № 1 от 31.10.2026 по договору № 12/2026. Без НДС"
    )
