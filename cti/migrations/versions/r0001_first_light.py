"""First light: events, calls, agents and the journal's cursor."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "events",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.BigInteger()),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run", "seq"),
    )
    op.create_index("events_of_call", "events", ["call_id", "at"])
    op.create_table(
        "calls",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("flow", sa.Text()),
        sa.Column("menu_keys", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text()),
        sa.Column("call_class", sa.Text()),
        sa.Column("queued_at", sa.BigInteger()),
        sa.Column("offers_made", sa.Integer(), nullable=False),
        sa.Column("connected_at", sa.BigInteger()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.Column("waited_us", sa.BigInteger()),
        sa.Column("talked_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("call_id"),
    )
    op.create_index("calls_by_arrival", "calls", ["arrived_at", "call_id"])
    op.create_index("calls_of_queue", "calls", ["queue_id", "arrived_at", "call_id"])
    op.create_index("calls_by_end", "calls", ["ended_at"])
    op.create_table(
        "agents",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id"),
    )
    op.create_table(
        "journal_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("journal_cursor", "agents", "calls", "events"):
        op.drop_table(table)
