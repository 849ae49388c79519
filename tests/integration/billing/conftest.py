"""A studio with a client, in a database made by the migrations."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from config.database import open_engine
from config.files import FileStore
from helpdesk import models
from tests.integration.billing.desk import Desk, make_settings


@pytest.fixture
def desk(tmp_path: Path, empty_database: Path) -> Iterator[Desk]:
    """A studio with one programmer and nothing else."""
    settings = make_settings(tmp_path)
    copyfile(empty_database, tmp_path / "desk.db")
    engine = open_engine(settings.database.url)
    made = Desk(engine, FileStore(tmp_path / "files"), settings)
    made.put(models.StaffRow, email="dev@studio.example", name="Пётр", role="programmer")
    yield made
    engine.dispose()


BANK = ("--bank-bic", "044525225", "--bank-account", "40702810138250123017", "--bank-name", "ПАО СБЕРБАНК Г. МОСКВА")


@pytest.fixture
def studio(desk: Desk) -> Desk:
    """A studio that can bill, and a client with a contract and an accountant."""
    desk.run(
        "entity",
        "add",
        "studio",
        "--inn",
        "7707083893",
        "--kpp",
        "773601001",
        "--name",
        "ООО «Веб-Студия»",
        "--director",
        "Иванов Иван Иванович",
        *BANK,
    )
    client = desk.client()
    desk.contact(client, "buh@romashka.example")
    desk.run("entity", "add", "Ромашка", "--inn", "7728168971", "--kpp", "772801001", "--name", "ООО «Ромашка»")
    desk.run("contract", "add", "Ромашка", "--number", "12/2026", "--date", "2026-01-15", "--rate", "1500")
    return desk


@pytest.fixture
def quick_printer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A printer whose pages are the frozen documents: most tests ask what is issued, not what it looks like."""
    monkeypatch.setattr("billing.printing.render_pdf", lambda content, _: b"%PDF-" + json.dumps(content).encode())
