"""What a lead's numbers came to, which is next, and what is under way for him."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nobody was tried yet who has none."""
    op.add_column("leads", sa.Column("outcomes", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("leads", sa.Column("next_number", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("leads", sa.Column("skipped", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("leads", sa.Column("attempt_id", sa.Text()))


def downgrade() -> None:
    """Drop them."""
    for column in ("attempt_id", "skipped", "next_number", "outcomes"):
        op.drop_column("leads", column)
