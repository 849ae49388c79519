"""The spool, its raw letters and the mailboxes' watermarks."""

import sqlalchemy as sa
from alembic import op

from config.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the gateway's tables."""
    op.create_table(
        "spool",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("peer", sa.String(), nullable=False),
        sa.Column("envelope_from", sa.String(), nullable=False),
        sa.Column("envelope_to", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
    )
    queued, aside = sa.text("status = 'queued'"), sa.text("status <> 'done'")
    op.create_index("ix_spool_queued", "spool", ["id"], sqlite_where=queued, postgresql_where=queued)
    op.create_index("ix_spool_aside", "spool", ["status", "id"], sqlite_where=aside, postgresql_where=aside)
    op.create_table(
        "raw_letter",
        sa.Column("spool_id", sa.Integer(), sa.ForeignKey("spool.id"), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Never: raw letters are evidence."""
    message = "the spool holds evidence and is never dropped"
    raise NotImplementedError(message)
