"""When an agent's state ends by itself, and which queues he has paused or left."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("agents", sa.Column("until", sa.BigInteger()))
    op.create_table(
        "agent_queues",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "queue_id"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("agent_queues")
    op.drop_column("agents", "until")
