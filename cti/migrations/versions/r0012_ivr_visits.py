"""Stays in flows, and the nodes callers came to."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "ivr_stays",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("flow_version", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("exit", sa.Text()),
        sa.Column("spent_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("run", "seq"),
    )
    op.create_index("ivr_stays_of_call", "ivr_stays", ["call_id", "number"])
    op.create_index("ivr_stays_by_time", "ivr_stays", ["counted_at", "flow"])
    op.create_index("ivr_stays_open", "ivr_stays", ["ended_at", "began_at"])
    op.create_table(
        "ivr_visits",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("stay_run", sa.Text(), nullable=False),
        sa.Column("stay_seq", sa.BigInteger(), nullable=False),
        sa.Column("stay_flow", sa.Text(), nullable=False),
        sa.Column("flow_version", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("spent_us", sa.BigInteger()),
        sa.Column("key", sa.Text()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried", sa.Text(), nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("next_flow", sa.Text()),
        sa.Column("next_node", sa.Text()),
        sa.Column("exit", sa.Text()),
        sa.PrimaryKeyConstraint("run", "seq"),
    )
    op.create_index("ivr_visits_of_stay", "ivr_visits", ["stay_run", "stay_seq", "entered_at"])
    op.create_index("ivr_visits_by_time", "ivr_visits", ["counted_at", "stay_flow"])
    op.create_index("ivr_visits_open", "ivr_visits", ["left_at", "entered_at"])
    op.create_index("ivr_visits_of_node", "ivr_visits", ["stay_flow", "flow", "node", "counted_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("ivr_visits")
    op.drop_table("ivr_stays")
