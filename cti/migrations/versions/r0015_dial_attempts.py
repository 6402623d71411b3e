"""Every attempt to dial somebody, and whether a customer asked for his callback himself."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "dial_attempts",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.Text()),
        sa.Column("lead_id", sa.Text()),
        sa.Column("call_id", sa.Text()),
        sa.Column("abandoned_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("attempt_id"),
    )
    op.create_index("dial_attempts_to_number", "dial_attempts", ["number", "at"])
    op.create_index("dial_attempts_to_lead", "dial_attempts", ["lead_id", "at"])
    op.create_index("dial_attempts_of_call", "dial_attempts", ["call_id", "at"])
    op.add_column("callbacks", sa.Column("asked_at", sa.BigInteger()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("callbacks", "asked_at")
    op.drop_table("dial_attempts")
