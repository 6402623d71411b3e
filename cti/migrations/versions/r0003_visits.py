"""Visits to queues and spells of agents: what reports are counted from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; the past before them stays in ``calls`` alone."""
    op.create_table(
        "visits",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("call_class", sa.Text()),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("exit", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("waited_us", sa.BigInteger()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("talked_us", sa.BigInteger()),
        sa.Column("wrapped_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("run", "seq"),
    )
    op.create_index("visits_of_call", "visits", ["call_id", "began_at"])
    op.create_index("visits_of_queue", "visits", ["queue_id", "began_at"])
    op.create_index("visits_of_agent", "visits", ["agent_id", "ended_at"])
    op.create_table(
        "spells",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("run", "seq"),
    )
    op.create_index("spells_of_agent", "spells", ["agent_id", "since"])
    op.create_index("spells_by_end", "spells", ["until"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("spells")
    op.drop_table("visits")
