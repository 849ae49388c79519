"""Legal entities, contracts, closings, documents, ledger, payments and print-outs; what was issued is append-only."""

import sqlalchemy as sa
from alembic import op

from config.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "closing",
    "document",
    "document_line",
    "billed_entry",
    "billed_price",
    "billed_fee",
    "payment",
    "ledger_entry",
    "print_out",
)


def upgrade() -> None:
    """Make billing's tables and close the issued ones to changes."""
    _make_parties()
    _make_documents()
    _make_lines()
    _make_ledger()
    _make_printing()
    guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
    guard()


def downgrade() -> None:
    """Never: issued documents are the studio's books."""
    message = "issued documents and the ledger are never dropped"
    raise NotImplementedError(message)


def _make_parties() -> None:
    op.create_table(
        "legal_entity",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("client_id", sa.Integer(), sa.ForeignKey("client.id"), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("inn", sa.String(), nullable=False),
        sa.Column("kpp", sa.String(), nullable=False),
        sa.Column("ogrn", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("director", sa.String(), nullable=False),
        sa.Column("director_post", sa.String(), nullable=False),
        sa.Column("accountant", sa.String(), nullable=False),
        sa.Column("bank_name", sa.String(), nullable=False),
        sa.Column("bank_bic", sa.String(), nullable=False),
        sa.Column("bank_account", sa.String(), nullable=False),
        sa.Column("bank_corr", sa.String(), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("client_id", "inn", "kpp"),
    )
    op.create_index("ix_legal_entity_inn", "legal_entity", ["inn"])
    op.create_index("ix_legal_entity_client_id", "legal_entity", ["client_id"])
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("entity_id", sa.Integer(), sa.ForeignKey("legal_entity.id"), nullable=False),
        sa.Column("own_entity_id", sa.Integer(), sa.ForeignKey("legal_entity.id"), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("monthly_fee", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("monthly_fee >= 0"),
        sa.UniqueConstraint("entity_id", "number"),
    )
    op.create_index("ix_contract_entity_id", "contract", ["entity_id"])


def _make_documents() -> None:
    op.create_table(
        "closing",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("client_id", sa.Integer(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("client_id", "period"),
    )
    op.create_table(
        "document_counter",
        sa.Column("own_entity_id", sa.Integer(), sa.ForeignKey("legal_entity.id"), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("own_entity_id", sa.Integer(), sa.ForeignKey("legal_entity.id"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("entity_id", sa.Integer(), sa.ForeignKey("legal_entity.id"), nullable=False),
        sa.Column("contract_id", sa.Integer(), sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("closing_id", sa.Integer(), sa.ForeignKey("closing.id"), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("closing_id", "contract_id", "kind"),
        sa.UniqueConstraint("own_entity_id", "kind", "year", "number"),
    )
    op.create_index("ix_document_closing_id", "document", ["closing_id"])
    op.create_index("ix_document_client_id", "document", ["client_id"])
    op.create_index("ix_document_period", "document", ["period"])


def _make_lines() -> None:
    op.create_table(
        "document_line",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("document_id", sa.Integer(), sa.ForeignKey("document.id"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("rubles_off", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=True),
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.number"), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.UniqueConstraint("document_id", "position"),
    )
    op.create_index("ix_document_line_ticket", "document_line", ["ticket"])
    op.create_table(
        "billed_entry",
        sa.Column("time_entry_id", sa.Integer(), sa.ForeignKey("time_entry.id"), primary_key=True, autoincrement=False),
        sa.Column("line_id", sa.Integer(), sa.ForeignKey("document_line.id"), nullable=False),
    )
    op.create_index("ix_billed_entry_line_id", "billed_entry", ["line_id"])
    op.create_table(
        "billed_price",
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.number"), primary_key=True, autoincrement=False),
        sa.Column("line_id", sa.Integer(), sa.ForeignKey("document_line.id"), nullable=False),
    )
    op.create_table(
        "billed_fee",
        sa.Column("contract_id", sa.Integer(), sa.ForeignKey("contract.id"), primary_key=True, autoincrement=False),
        sa.Column("period", sa.String(), primary_key=True),
        sa.Column("line_id", sa.Integer(), sa.ForeignKey("document_line.id"), nullable=False),
    )


def _make_ledger() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("client_id", sa.Integer(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_payment_client_id", "payment", ["client_id"])
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("client_id", sa.Integer(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("document_id", sa.Integer(), sa.ForeignKey("document.id"), nullable=True, unique=True),
        sa.Column("payment_id", sa.Integer(), sa.ForeignKey("payment.id"), nullable=True, unique=True),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("debit >= 0 AND credit >= 0 AND debit + credit > 0 AND (debit = 0 OR credit = 0)"),
    )
    op.create_index("ix_ledger_entry_client_id", "ledger_entry", ["client_id"])


def _make_printing() -> None:
    op.create_table(
        "print_out",
        sa.Column("document_id", sa.Integer(), sa.ForeignKey("document.id"), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("printed_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "print_jam",
        sa.Column("document_id", sa.Integer(), sa.ForeignKey("document.id"), primary_key=True, autoincrement=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("jammed_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "mailing",
        sa.Column("outbox_id", sa.Integer(), sa.ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
        sa.Column("closing_id", sa.Integer(), sa.ForeignKey("closing.id"), nullable=False),
        sa.Column("contract_id", sa.Integer(), sa.ForeignKey("contract.id"), nullable=False),
    )
    op.create_index("ix_mailing_closing_id", "mailing", ["closing_id"])


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: write a reversal'); END"
            )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION billing_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only: write a reversal', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION billing_append_only()"
        )
