"""Queues closed by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "closures",
        sa.Column("queue_id", sa.Text(), primary_key=True),
        sa.Column("because", sa.Text()),
        sa.Column("by", sa.Text()),
        sa.Column("since", sa.BigInteger()),
        sa.Column("waiting", sa.Text()),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("closures")
