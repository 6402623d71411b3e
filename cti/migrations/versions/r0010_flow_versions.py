"""Versions of the flows, and which of them a call met."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, add the column."""
    op.add_column("calls", sa.Column("flow_version", sa.BigInteger()))
    op.create_table(
        "flow_versions",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index("flow_versions_by_digest", "flow_versions", ["digest"])


def downgrade() -> None:
    """Drop both."""
    op.drop_table("flow_versions")
    op.drop_column("calls", "flow_version")
