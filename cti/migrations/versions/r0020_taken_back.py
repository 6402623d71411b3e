"""Which live answers were taken out of the ledger again, because somebody heard that they were machines."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; none was."""
    op.add_column("campaign_attempts", sa.Column("taken_back_at", sa.BigInteger()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("campaign_attempts", "taken_back_at")
