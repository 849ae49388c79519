"""What the operator types: entities, contracts, payments, and what is refused."""

from pathlib import Path

import pytest
from PIL import Image

from config.console import Refused
from tests.integration.billing.desk import Desk

pytestmark = pytest.mark.usefixtures("quick_printer")


def test_a_legal_entity_takes_the_name_of_its_client(desk: Desk) -> None:
    desk.client("Ромашка")
    added = desk.run("entity", "add", "Ромашка", "--inn", "7728168971", "--json")
    assert (added["client"], added["name"], added["stamp"]) == ("Ромашка", "Ромашка", False)
    assert desk.run("entity", "show", "Ромашка", "--json") == added
    assert desk.run("entity", "list", "--json") == {"entities": [added]}


def test_the_studios_own_entity_is_the_studios(desk: Desk) -> None:
    assert desk.run("entity", "add", "studio", "--inn", "7707083893", "--json")["client"] == "studio"


def test_a_wrong_inn_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="ИНН 7707083894 is wrong"):
        desk.run("entity", "add", "studio", "--inn", "7707083894")
    assert desk.run("entity", "list", "--json") == {"entities": []}


def test_a_wrong_account_is_kept_and_doubted(desk: Desk) -> None:
    desk.run("entity", "add", "studio", "--inn", "7707083893", "--bank-bic", "044525225", "--bank-account", "40702810138250123018")
    assert "расчётный счёт не сходится с БИК" in desk.said


def test_an_entity_is_added_once(desk: Desk) -> None:
    desk.run("entity", "add", "studio", "--inn", "7707083893")
    with pytest.raises(Refused, match="already"):
        desk.run("entity", "add", "studio", "--inn", "7707083893")


def test_a_stamp_must_be_a_picture(desk: Desk, tmp_path: Path) -> None:
    stamp = tmp_path / "stamp.png"
    stamp.write_bytes(b"%PDF-1.7")
    with pytest.raises(Refused, match="not a PNG or JPEG"):
        desk.run("entity", "add", "studio", "--inn", "7707083893", "--stamp", str(stamp))
    Image.new("RGB", (50, 50), "navy").save(stamp)
    assert desk.run("entity", "add", "studio", "--inn", "7707083893", "--stamp", str(stamp), "--json")["stamp"]


def test_requisites_can_be_mended(studio: Desk) -> None:
    assert studio.run("entity", "set", "7728168971", "--address", "Москва", "--json")["address"] == "Москва"
    with pytest.raises(Refused, match="ИНН"):
        studio.run("entity", "set", "7728168971", "--inn", "1")


def test_an_entity_does_not_become_anothers_twin(studio: Desk) -> None:
    other = studio.run("entity", "add", "Ромашка", "--inn", "7707083893", "--kpp", "1", "--json")
    known = studio.run("entity", "show", "7728168971", "--json")
    with pytest.raises(Refused, match="already"):
        studio.run("entity", "set", str(other["id"]), "--inn", known["inn"], "--kpp", known["kpp"])
    assert studio.run("entity", "set", str(known["id"]), "--inn", known["inn"], "--json") == known


def test_a_contract_has_a_number(studio: Desk) -> None:
    studio.run("contract", "add", "Ромашка", "--number", " ", "--date", "2026-05-01", status=2)


@pytest.mark.parametrize("words", [("invoice", "list", "--period", "2026-13"), ("act", "resend", "1", "--to", "not an address")])
def test_months_and_addresses_are_read_strictly(studio: Desk, words: tuple[str, ...]) -> None:
    studio.ticket(1, 14883)
    studio.spent(14883, 160)
    studio.run("period", "close", "2026-10")
    studio.run(*words, status=2)


@pytest.mark.parametrize("word", ["Ромашка", "7728168971", "ООО «Ромашка»", "2"])
def test_a_contract_finds_its_entity_by_any_name(studio: Desk, word: str) -> None:
    added = studio.run("contract", "add", word, "--number", "99", "--date", "2026-05-01", "--monthly-fee", "500", "--vat", "22", "--json")
    assert (added["client"], added["entity"], added["date"]) == ("Ромашка", "ООО «Ромашка»", "2026-05-01")
    assert (added["rate"], added["monthly_fee"], added["vat"]) == (None, "500.00", "22")
    assert studio.run("contract", "show", "99", "--json") == added
    assert [contract["number"] for contract in studio.run("contract", "list", "--json")["contracts"]] == ["12/2026", "99"]


def test_a_name_that_may_be_two_entities_is_refused(studio: Desk) -> None:
    studio.run("entity", "add", "Ромашка", "--inn", "500100732259", "--name", "ИП Ромашкин")
    with pytest.raises(Refused, match="name it by its id"):
        studio.run("contract", "add", "Ромашка", "--number", "5", "--date", "2026-05-01")


@pytest.mark.parametrize(
    "words",
    [
        ("contract", "add", "Ромашка", "--number", "5", "--date", "01.05.2026"),
        ("contract", "add", "Ромашка", "--number", "5", "--date", "2026-05-01", "--rate", "dear"),
        ("contract", "add", "Ромашка", "--number", "5", "--date", "2026-05-01", "--vat", "18"),
        ("period", "close", "october"),
        ("payment", "add", "Ромашка", "--amount", "-5", "--date", "2026-10-01"),
        ("nightly", "--date", "yesterday"),
    ],
)
def test_what_cannot_be_read_is_a_usage_error(studio: Desk, words: tuple[str, ...]) -> None:
    studio.run(*words, status=2)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("contract", "add", "Никто", "--number", "5", "--date", "2026-05-01"), "no legal entity"),
        (("contract", "add", "studio", "--number", "5", "--date", "2026-05-01"), "the studio's own"),
        (("contract", "add", "Ромашка", "--number", "12/2026", "--date", "2026-05-01"), "already"),
        (("contract", "show", "77"), "no contract"),
        (("period", "preview", "2026-10", "--client", "Никто"), "no client"),
        (("invoice", "show", "5"), "no invoice 5"),
        (("act", "resend", "5"), "no act 5"),
        (("payment", "add", "Ромашка", "--amount", "0", "--date", "2026-10-01"), "moves nothing"),
        (("payment", "add", "Ромашка", "--amount", "5", "--date", "2026-12-01"), "yet to come"),
        (("ledger", "show", "Никто"), "no client"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(studio: Desk, words: tuple[str, ...], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        studio.run(*words)


def test_a_payment_is_credited(studio: Desk) -> None:
    paid = studio.run("payment", "add", "Ромашка", "--amount", "4 000,50", "--date", "2026-10-05", "--number", "77", "--json")
    assert (paid["amount"], paid["client"]) == ("4000.50", "Ромашка")
    assert studio.run("payment", "list", "--json") == {"payments": [paid]}
    account = studio.run("ledger", "show", "Ромашка", "--json")
    assert account["balance"] == "4000.50"
    assert account["entries"][0]["document"] == "Платёжное поручение № 77 от 05.10.2026"


def test_a_payment_order_is_entered_once(studio: Desk) -> None:
    words = ("payment", "add", "Ромашка", "--amount", "4000", "--date", "2026-10-05", "--number", "77")
    studio.run(*words)
    with pytest.raises(Refused, match="entered already"):
        studio.run(*words)


def test_a_span_of_the_ledger_begins_with_its_opening_balance(studio: Desk) -> None:
    for day in ("2026-09-05", "2026-10-05"):
        studio.run("payment", "add", "Ромашка", "--amount", "100", "--date", day)
    account = studio.run("ledger", "show", "Ромашка", "--from", "2026-10-01", "--to", "2026-10-31", "--json")
    assert (account["opening"], account["balance"], len(account["entries"])) == ("100.00", "200.00", 1)


def test_plain_words_serve_people_as_json_serves_programs(studio: Desk) -> None:
    studio.ticket(1, 1)
    studio.spent(1, 60)
    assert "Заявка № 1" in studio.run("period", "preview", "2026-10")
    assert "issued 2, printed 2, letters 1" in studio.run("period", "close", "2026-10")
    assert "2026-10" in studio.run("period", "list")
    assert "1500.00" in studio.run("act", "list")
    assert "1500.00  Заявка № 1." in studio.run("act", "show", "1")
    assert "Ромашка: -1500.00" in studio.run("ledger", "show", "Ромашка")
