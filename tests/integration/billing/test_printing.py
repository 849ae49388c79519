"""The printer: what is issued becomes a PDF once, and a letter with it."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from billing import printing
from billing.archive import Wanted, find_documents
from billing.models import PrintJamRow, PrintOutRow
from config.database import transaction
from helpdesk.models import OutboxFileRow, OutboxRow, clients, contacts
from tests.integration.billing.desk import Desk

WEASYPRINT = "billing.printing.render_pdf"


def close(desk: Desk, status: int = 0) -> Any:
    return desk.run("period", "close", "2026-10", "--json", status=status)


@pytest.fixture
def worked(studio: Desk) -> Any:
    studio.ticket(1, 14883)
    studio.spent(14883, 160)
    return studio


def text_of(path: str) -> Any:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).replace("\u00a0", " ").split())


def test_an_invoice_says_what_an_accountant_looks_for(worked: Desk) -> None:
    text = text_of(close(worked)["invoices"][0]["file"])
    for words in (
        "Счет на оплату № 1 от 31 октября 2026 г.",
        "БИК 044525225",
        "40702810138250123017",
        "ИНН 7707083893",
        "КПП 773601001",
        "Основание: Договор № 12/2026 от 15.01.2026",
        "Заявка № 14883. Не открывается каталог, 2 ч 40 мин",
        "Итого: 4 000,00",
        "Без НДС",
        "Всего наименований 1, на сумму 4 000,00 руб.",
        "Четыре тысячи рублей 00 копеек",
        "Счет № 1 от 31.10.2026",
        "стр. 1 из 1",
    ):
        assert words in text
    assert "НДС 0" not in text


def test_an_act_says_that_the_services_are_accepted(worked: Desk) -> None:
    text = text_of(close(worked)["acts"][0]["file"])
    assert "за период с 01.10.2026 по 31.10.2026" in text
    assert "Вышеперечисленные услуги выполнены полностью и в срок." in text
    assert "Генеральный директор ООО «Веб-Студия»" in text


def test_vat_is_named_where_there_is_some(worked: Desk) -> None:
    worked.run("contract", "set", "12/2026", "--vat", "5")
    assert "В том числе НДС 5 %: 190,48" in text_of(close(worked)["invoices"][0]["file"])


def test_a_long_table_repeats_its_head_on_every_page(studio: Desk) -> None:
    for number in range(1, 91):
        studio.ticket(1, number, subject="Добавить новый раздел «Новости компании» и вывести последние три новости на главную страницу")
        studio.spent(number, 35)
    pages = [page.extract_text() for page in PdfReader(close(studio)["acts"][0]["file"]).pages]
    assert len(pages) > 2
    assert all("Наименование" in page for page in pages)
    assert "Вышеперечисленные" in pages[-1]
    assert "ЗАКАЗЧИК" in pages[-1]


def test_a_stamp_and_a_signature_are_printed(worked: Desk, tmp_path: Path) -> None:
    image = Image.new("RGB", (300, 300), "white")
    image.paste((20, 40, 160), (50, 50, 250, 250))
    for name in ("stamp.jpg", "signature.png"):
        image.save(tmp_path / name)
    worked.run("entity", "set", "7707083893", "--stamp", str(tmp_path / "stamp.jpg"), "--signature", str(tmp_path / "signature.png"))
    for paper in (done := close(worked))["invoices"] + done["acts"]:
        assert len(PdfReader(paper["file"]).pages[0].images) >= 1


def test_a_subject_is_text_and_nothing_else(studio: Desk) -> None:
    studio.ticket(1, 1, subject='<img src="file:///etc/passwd"><script>alert(1)</script> & {{ 7 * 7 }}')
    studio.spent(1, 60)
    letters = text_of(close(studio)["acts"][0]["file"]).replace(" ", "")
    assert '<imgsrc="file:///etc/passwd"><script>alert(1)</script>&{{7*7}}' in letters


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1/", "data:image/png;base64,eA==", "asset:unknown"])
def test_a_page_reaches_no_file_and_no_network(url: str) -> None:
    with pytest.raises(printing.UnknownAsset, match="not among its assets"):
        printing._print(f'<img src="{url}">', "", {})


def test_the_accountant_gets_one_letter_with_both_documents(worked: Desk) -> None:
    worked.contact(1, "boss@romashka.example", "owner")
    close(worked)
    (letter,) = worked.rows(OutboxRow)
    assert (letter["recipient_email"], letter["sender_email"]) == ("buh@romashka.example", "billing@studio.example")
    assert letter["subject"] == "Счёт № 1 и акт № 1 за октябрь 2026 г. — Студия"
    files = worked.rows(OutboxFileRow)
    assert [file["name"] for file in files] == ["Счет № 1 от 31.10.2026.pdf", "Акт № 1 от 31.10.2026.pdf"]
    for file in files:
        content = worked.files.read(file["digest"])
        assert (content[:5], len(content)) == (b"%PDF-", file["size"])


def test_a_document_is_printed_and_mailed_once(worked: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    close(worked)
    monkeypatch.setattr(WEASYPRINT, lambda *_: pytest.fail("printed twice"))
    assert printing.print_pending(worked.around) == printing.PrintReport()
    assert len(worked.rows(OutboxRow)) == 1


def test_the_same_document_gives_the_same_bytes(worked: Desk) -> None:
    close(worked)
    with transaction(worked.engine) as connection:
        (act,) = find_documents(connection, Wanted("act"))
    assert printing.render_pdf(act.content, {}) == worked.files.read(act.digest)


def test_a_jammed_document_holds_up_no_other_and_is_tried_again(worked: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    other = worked.client("Лютик")
    worked.contact(other, "buh@lutik.example")
    worked.run("entity", "add", "Лютик", "--inn", "500100732259", "--name", "ИП Лютиков Лев Львович")
    worked.run("contract", "add", "Лютик", "--number", "13", "--date", "2026-02-01")
    worked.ticket(other, 2)
    worked.spent(2, 60)
    whole = printing.render_pdf
    with monkeypatch.context() as jammed:
        jammed.setattr(WEASYPRINT, lambda content, images: 1 / 0 if "Ромашка" in content["buyer"]["name"] else whole(content, images))
        done = close(worked, status=1)
    assert "could not be printed" in worked.said
    assert {paper["client"]: paper["status"] for paper in done["invoices"]} == {"Ромашка": "issued", "Лютик": "mailed"}
    assert [letter["recipient_email"] for letter in worked.rows(OutboxRow)] == ["buh@lutik.example"]
    assert len(worked.rows(PrintJamRow)) == 1
    assert printing.print_pending(worked.around) == printing.PrintReport(2, 1)
    assert worked.rows(PrintJamRow) == []
    assert len(worked.rows(PrintOutRow)) == 4


def test_a_client_without_an_address_has_documents_and_no_letter(worked: Desk) -> None:
    with worked.engine.begin() as connection:
        connection.execute(contacts.delete())
    done = close(worked)
    assert (done["invoices"][0]["status"], done["mailed"]) == ("printed", 0)
    assert worked.run("act", "resend", "1", "--to", "boss@romashka.example", "--json")["letters"] == 1
    assert worked.run("act", "show", "1", "--json")["status"] == "mailed"


def test_documents_of_a_former_client_can_still_be_read_and_sent(worked: Desk) -> None:
    close(worked)
    with worked.engine.begin() as connection:
        connection.execute(clients.update().values(active=False))
    assert worked.run("act", "show", "1", "--json")["client"] == "ООО «Ромашка»"
    worked.now = datetime(2026, 11, 2, tzinfo=UTC)
    assert worked.run("act", "resend", "1", "--json")["letters"] == 1


def test_a_client_who_reads_english_gets_an_english_letter(worked: Desk) -> None:
    with worked.engine.begin() as connection:
        connection.execute(clients.update().values(language="en"))
    close(worked)
    (letter,) = worked.rows(OutboxRow)
    assert letter["subject"] == "Invoice 1 and act 1 for October 2026 — Студия"
    assert "Please pay the invoice by 6 November 2026" in letter["text"]
    assert "Please pay the invoice by" in letter["html"]


def test_a_document_is_sent_again_when_somebody_asks(worked: Desk) -> None:
    close(worked)
    worked.now = datetime(2026, 11, 2, tzinfo=UTC)
    worked.run("invoice", "resend", "1")
    assert [letter["recipient_email"] for letter in worked.rows(OutboxRow)] == ["buh@romashka.example"] * 2


def test_an_entrepreneurs_invoice_has_no_kpp_and_one_signature(worked: Desk) -> None:
    worked.run("entity", "set", "7707083893", "--inn", "500100732259", "--name", "ИП Петров Пётр Петрович", "--director", "", "--kpp", "")
    path = close(worked)["invoices"][0]["file"]
    text = text_of(path)
    assert "КПП 773601001" not in text
    assert "Индивидуальный предприниматель" in text
    assert "Бухгалтер" not in text


def test_the_payment_code_is_drawn() -> None:
    content = {"seller": {"name": "ООО", "bank_account": "1", "bank_name": "Б", "bank_bic": "2", "bank_corr": "", "inn": "3", "kpp": ""}}
    svg = printing._qr(
        {**content, "amount": 1, "number": 1, "date": "2026-10-31", "vat_rate": "none", "vat": None, "contract": {"number": "1"}}
    )
    assert BytesIO(svg).read(4) == b"<svg"
