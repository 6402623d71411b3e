"""Do-not-call lists, what was ever changed in them, and how old the imported ones are."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "dnc_entries",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text()),
        sa.PrimaryKeyConstraint("number", "list"),
    )
    op.create_index("dnc_entries_of_list", "dnc_entries", ["list", "number"])
    op.create_table(
        "dnc_changes",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("numbers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change_id"),
    )
    op.create_index("dnc_changes_of_number", "dnc_changes", ["number", "at"])
    op.create_index("dnc_changes_of_list", "dnc_changes", ["list", "what", "at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("dnc_changes")
    op.drop_table("dnc_entries")
