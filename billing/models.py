"""Billing's tables: rows, no relationships, no behaviour. Money is whole kopecks.

Documents, their lines, what they billed, closings, ledger entries, payments and print-outs are append-only by trigger
(the migration); what may still change about a document, its jam in the printer, has a table of its own.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from config.database import UtcDateTime, table_of


def _moment() -> Column[datetime]:
    return Column(UtcDateTime(), nullable=False)


def _kopecks(*, nullable: bool = False) -> Column[int]:
    return Column(BigInteger(), nullable=nullable)


class LegalEntityRow(SQLModel, table=True):
    """A legal entity (юр. лицо) of a client; of the studio itself where `client_id` is null."""

    __tablename__ = "legal_entity"
    __table_args__ = (UniqueConstraint("client_id", "inn", "kpp"),)

    id: int | None = Field(default=None, primary_key=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    name: str
    inn: str = Field(index=True)
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
    created_at: datetime = Field(sa_column=_moment())


class ContractRow(SQLModel, table=True):
    """A contract (договор). `rate` per hour; null means the client's."""

    __tablename__ = "contract"
    __table_args__ = (UniqueConstraint("entity_id", "number"), CheckConstraint("monthly_fee >= 0"))

    id: int | None = Field(default=None, primary_key=True)
    entity_id: int = Field(foreign_key="legal_entity.id", index=True)
    own_entity_id: int | None = Field(default=None, foreign_key="legal_entity.id")
    number: str
    signed_on: date
    rate: int | None = Field(default=None, sa_column=_kopecks(nullable=True))
    monthly_fee: int = Field(default=0, sa_column=_kopecks())
    vat: str
    created_at: datetime = Field(sa_column=_moment())


class ClosingRow(SQLModel, table=True):
    """A client's period that is closed for good. `outcome`: issued, nothing (no work), carried (nothing to ask for)."""

    __tablename__ = "closing"
    __table_args__ = (UniqueConstraint("client_id", "period"),)

    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    period: str
    outcome: str
    closed_at: datetime = Field(sa_column=_moment())


class CounterRow(SQLModel, table=True):
    """The last number given to a kind of document of one of the studio's entities in a year."""

    __tablename__ = "document_counter"

    own_entity_id: int = Field(foreign_key="legal_entity.id", primary_key=True)
    kind: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class DocumentRow(SQLModel, table=True):
    """An issued document: invoice (счёт) or act (акт). `content` is all that is printed, frozen as JSON."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("own_entity_id", "kind", "year", "number"),
        UniqueConstraint("closing_id", "contract_id", "kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    own_entity_id: int = Field(foreign_key="legal_entity.id")
    year: int
    number: int
    client_id: int = Field(foreign_key="client.id", index=True)
    entity_id: int = Field(foreign_key="legal_entity.id")
    contract_id: int = Field(foreign_key="contract.id")
    closing_id: int = Field(foreign_key="closing.id", index=True)
    period: str = Field(index=True)
    dated: date
    due_on: date | None = None
    amount: int = Field(sa_column=_kopecks())
    vat: int | None = Field(default=None, sa_column=_kopecks(nullable=True))
    content: str
    issued_at: datetime = Field(sa_column=_moment())


class DocumentLineRow(SQLModel, table=True):
    """A line of a document. `quantity` in thousandths; `rubles_off`: the part of `discount` that was given as a sum."""

    __tablename__ = "document_line"
    __table_args__ = (UniqueConstraint("document_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id")
    position: int
    kind: str
    text: str
    unit: str
    quantity: int
    price: int = Field(sa_column=_kopecks())
    discount: int = Field(sa_column=_kopecks())
    rubles_off: int = Field(sa_column=_kopecks())
    amount: int = Field(sa_column=_kopecks())
    vat: int | None = Field(default=None, sa_column=_kopecks(nullable=True))
    ticket: int | None = Field(default=None, foreign_key="ticket.number", index=True)
    minutes: int


class BilledEntryRow(SQLModel, table=True):
    """A time entry that stands in an act: once in its life."""

    __tablename__ = "billed_entry"

    time_entry_id: int = Field(foreign_key="time_entry.id", primary_key=True)
    line_id: int = Field(foreign_key="document_line.id", index=True)


class BilledPriceRow(SQLModel, table=True):
    """A ticket whose fixed price stands in an act: once in its life."""

    __tablename__ = "billed_price"

    ticket: int = Field(foreign_key="ticket.number", primary_key=True)
    line_id: int = Field(foreign_key="document_line.id")


class BilledFeeRow(SQLModel, table=True):
    """A month of a contract whose fee stands in an act."""

    __tablename__ = "billed_fee"

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    period: str = Field(primary_key=True)
    line_id: int = Field(foreign_key="document_line.id")


class PaymentRow(SQLModel, table=True):
    """Money that came. `number` is the payment order's (п/п №), empty where it is not known."""

    __tablename__ = "payment"

    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id", index=True)
    dated: date
    amount: int = Field(sa_column=_kopecks())
    number: str = ""
    added_at: datetime = Field(sa_column=_moment())


class LedgerEntryRow(SQLModel, table=True):
    """A ledger entry (проводка): an act debits, a payment credits."""

    __tablename__ = "ledger_entry"
    __table_args__ = (CheckConstraint("debit >= 0 AND credit >= 0 AND debit + credit > 0 AND (debit = 0 OR credit = 0)"),)

    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id", index=True)
    dated: date
    kind: str
    document_id: int | None = Field(default=None, foreign_key="document.id", unique=True)
    payment_id: int | None = Field(default=None, foreign_key="payment.id", unique=True)
    debit: int = Field(sa_column=_kopecks())
    credit: int = Field(sa_column=_kopecks())
    posted_at: datetime = Field(sa_column=_moment())


class PrintOutRow(SQLModel, table=True):
    """A document's PDF, by its sha256 in the file store: what was printed once is never printed anew."""

    __tablename__ = "print_out"

    document_id: int = Field(foreign_key="document.id", primary_key=True)
    digest: str
    size: int
    printed_at: datetime = Field(sa_column=_moment())


class PrintJamRow(SQLModel, table=True):
    """Why a document could not be printed; gone once it is."""

    __tablename__ = "print_jam"

    document_id: int = Field(foreign_key="document.id", primary_key=True)
    error: str
    attempts: int
    jammed_at: datetime = Field(sa_column=_moment())


class MailingRow(SQLModel, table=True):
    """A letter of the outbox that carries a closing's documents."""

    __tablename__ = "mailing"

    outbox_id: int = Field(foreign_key="outbox.id", primary_key=True)
    closing_id: int = Field(foreign_key="closing.id", index=True)
    contract_id: int = Field(foreign_key="contract.id")


legal_entities = table_of(LegalEntityRow)
contracts = table_of(ContractRow)
closings = table_of(ClosingRow)
counters = table_of(CounterRow)
documents = table_of(DocumentRow)
document_lines = table_of(DocumentLineRow)
billed_entries = table_of(BilledEntryRow)
billed_prices = table_of(BilledPriceRow)
billed_fees = table_of(BilledFeeRow)
payments = table_of(PaymentRow)
ledger_entries = table_of(LedgerEntryRow)
print_outs = table_of(PrintOutRow)
print_jams = table_of(PrintJamRow)
mailings = table_of(MailingRow)
