"""Messages name their letter of the spool and say what of it could not be shown; files are looked up by their content."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and the index that finds logos which come again."""
    op.add_column("message", sa.Column("letter", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("message", sa.Column("unreadable", sa.String(), nullable=False, server_default=""))
    op.add_column("message", sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_message_file_digest", "message_file", ["digest"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_message_file_digest", "message_file")
    for name in ("sealed", "unreadable", "letter"):
        op.drop_column("message", name)
