"""What callers said of how they were served, and what goes with callbacks."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "survey_answers",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("grade", sa.Integer()),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("queue_id", sa.Text()),
        sa.PrimaryKeyConstraint("run", "seq"),
    )
    op.create_index("survey_answers_by_time", "survey_answers", ["at", "run", "seq"])
    op.create_index("survey_answers_of_call", "survey_answers", ["call_id", "at"])
    op.add_column("callbacks", sa.Column("brief", sa.Text()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("callbacks", "brief")
    op.drop_table("survey_answers")
