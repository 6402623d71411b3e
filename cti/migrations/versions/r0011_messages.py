"""What callers leave."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "messages",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text()),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.Column("length_us", sa.BigInteger()),
        sa.Column("pages", sa.Integer()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text()),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_index("messages_by_age", "messages", ["left_at", "message_id"])
    op.create_index("messages_of_mailbox", "messages", ["mailbox", "left_at", "message_id"])
    op.create_index("messages_of_call", "messages", ["call_id", "left_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("messages")
