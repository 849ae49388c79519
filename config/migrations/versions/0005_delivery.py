"""Outgoing letters know who has them in hand, since when they are tried, what was answered when, and which message caused them."""

import sqlalchemy as sa
from alembic import op

from config.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_IN_HAND = sa.text("leased_by IS NOT NULL")


def upgrade() -> None:
    """Add the columns and what finds them. Letters on their way were in the hand of a sender that runs no more."""
    op.add_column("outbox", sa.Column("leased_by", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("tried_since", UtcDateTime(), nullable=True))
    op.add_column("outbox", sa.Column("answered_at", UtcDateTime(), nullable=True))
    op.add_column("outbox", sa.Column("caused_by", sa.Integer(), nullable=True))
    op.create_index("ix_outbox_in_hand", "outbox", ["leased_by"], sqlite_where=_IN_HAND, postgresql_where=_IN_HAND)
    op.create_index("ix_outbox_answered_at", "outbox", ["answered_at"])
    op.create_index("ix_outbox_caused_by", "outbox", ["caused_by"])
    op.execute("UPDATE outbox SET leased_until = NULL, tried_since = CASE WHEN attempts > 0 THEN created_at END WHERE status = 'queued'")


def downgrade() -> None:
    """Drop them."""
    for name in ("ix_outbox_caused_by", "ix_outbox_answered_at", "ix_outbox_in_hand"):
        op.drop_index(name, "outbox")
    for name in ("caused_by", "answered_at", "tried_since", "leased_by"):
        op.drop_column("outbox", name)
