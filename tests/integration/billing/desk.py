"""A studio that a test can fill and command: rows straight into its tables, verbs as the operator types them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import Engine, insert, select
from sqlmodel import SQLModel
from typer.testing import CliRunner

from billing.admin import act_app, contract_app, entity_app, invoice_app, ledger_app, nightly, payment_app, period_app
from config.database import table_of, transaction
from config.files import FileStore
from config.settings import Billing, Database, Files, Outgoing, Secrets, Security, Settings, Smtp, Studio, Tickets, Web
from config.surroundings import Surroundings
from helpdesk import models

NOVEMBER = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)


def make_settings(folder: Path) -> Settings:
    return Settings(
        path=folder / "deskpost.toml",
        studio=Studio("Студия", "Europe/Moscow", "ru", "support@studio.example", "billing@studio.example", "", "08:00"),
        database=Database(f"sqlite:///{folder}/desk.db"),
        files=Files(str(folder / "files")),
        secrets=Secrets(folder / "key"),
        smtp=Smtp("", "", "desk.studio.example", "", "", 1, ()),
        imap=(),
        outgoing=Outgoing("127.0.0.1", 25, "none", "", "", "", ""),
        security=Security((), "none", (), "triage", 480, 2_000_000),
        tickets=Tickets("", 30, 7),
        web=Web(""),
        billing=Billing("02:00", 5, "none"),
    )


@dataclass
class Desk:
    """What a test does to the studio; `now` is its clock."""

    engine: Engine
    files: FileStore
    settings: Settings
    now: datetime = NOVEMBER
    runner: CliRunner = field(default_factory=CliRunner)

    @property
    def around(self) -> Surroundings:
        return Surroundings(self.settings, self.engine, self.files, lambda: self.now, b"key")

    def put(self, model: type[SQLModel], **values: Any) -> int:
        table = table_of(model)
        row = model(**values).model_dump(exclude_none=True)
        with transaction(self.engine) as connection:
            return int(connection.execute(insert(table).values(row).returning(*table.primary_key.columns)).scalar_one())

    def client(self, name: str = "Ромашка", rate: int = 150_000) -> int:
        return self.put(models.ClientRow, name=name, language="ru", rate=rate, created_at=self.now)

    def contact(self, client: int, email: str, role: str = "accountant") -> int:
        return self.put(models.ContactRow, client_id=client, email=email, name="", role=role)

    def ticket(self, client: int, number: int, subject: str = "Не открывается каталог", **values: Any) -> int:
        usual = {
            "kind": "request",
            "status": "in_progress",
            "requester_email": "a@b.example",
            "created_at": datetime(2026, 10, 1, tzinfo=UTC),
        }
        return self.put(models.TicketRow, number=number, subject=subject, client_id=client, **{**usual, **values})

    def spent(self, ticket: int, minutes: int, worked_on: date = date(2026, 10, 15)) -> int:
        return self.put(
            models.TimeEntryRow,
            ticket=ticket,
            staff_id=1,
            minutes=minutes,
            worked_on=worked_on,
            created_at=datetime(2026, 10, 15, tzinfo=UTC),
        )

    def finish(self, ticket: int, at: datetime) -> None:
        with transaction(self.engine) as connection:
            connection.execute(models.tickets.update().where(models.tickets.c.number == ticket).values(done_at=at, status="done"))

    def rows(self, model: type[SQLModel]) -> list[dict[str, Any]]:
        with transaction(self.engine) as connection:
            return [dict(row) for row in connection.execute(select(table_of(model))).mappings()]

    def run(self, *words: str, status: int = 0) -> Any:
        """One verb as the operator types it; its JSON where --json is among the words, else what it printed."""
        result = self.runner.invoke(_app(), list(words), obj=lambda: self.around)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output + result.stderr
        self.said = result.stderr
        return json.loads(result.stdout) if "--json" in words else result.stdout


def _app() -> typer.Typer:
    app = typer.Typer()
    for name, group in (
        ("entity", entity_app),
        ("contract", contract_app),
        ("period", period_app),
        ("invoice", invoice_app),
        ("act", act_app),
        ("payment", payment_app),
        ("ledger", ledger_app),
    ):
        app.add_typer(group, name=name)
    app.command("nightly")(nightly)
    return app
