"""What became of every attempt of a campaign, its texts, and by what rules it decided when."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "campaign_attempts",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Text()),
        sa.Column("lead_id", sa.Text()),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("zones", sa.Text()),
        sa.Column("local_hour", sa.Integer()),
        sa.Column("wanted_by", sa.Text()),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("ring_for_us", sa.BigInteger()),
        sa.Column("rang_at", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("party", sa.Text()),
        sa.Column("judged_at", sa.BigInteger()),
        sa.Column("judged_words", sa.Text()),
        sa.Column("connected_at", sa.BigInteger()),
        sa.Column("connected_after_us", sa.BigInteger()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("opted_out_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.Column("hangup_cause", sa.BigInteger()),
        sa.Column("trunk", sa.Text()),
        sa.Column("rang_us", sa.BigInteger()),
        sa.Column("talked_us", sa.BigInteger()),
        sa.Column("live", sa.Boolean()),
        sa.Column("counted_at", sa.BigInteger()),
        sa.Column("abandoned", sa.Boolean()),
        sa.Column("refused_why", sa.Text()),
        sa.Column("refused_until", sa.BigInteger()),
        sa.Column("disposition", sa.Text()),
        sa.Column("success", sa.Boolean()),
        sa.Column("disposed_at", sa.BigInteger()),
        sa.Column("disposed_by", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("attempt_id"),
    )
    for name, columns in (
        ("campaign_attempts_by_time", ["campaign_id", "placed_at", "attempt_id"]),
        ("campaign_attempts_counted", ["campaign_id", "counted_at"]),
        ("campaign_attempts_open", ["campaign_id", "ended_at"]),
        ("campaign_attempts_of_lead", ["lead_id", "placed_at"]),
    ):
        op.create_index(name, "campaign_attempts", columns)
    op.create_table(
        "campaign_texts",
        sa.Column("text_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("step", sa.BigInteger()),
        sa.Column("ordered_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("sent", sa.Boolean()),
        sa.Column("why", sa.Text()),
        sa.PrimaryKeyConstraint("text_id"),
    )
    op.create_index("campaign_texts_by_time", "campaign_texts", ["campaign_id", "ordered_at", "text_id"])
    op.create_index("campaign_texts_of_lead", "campaign_texts", ["lead_id", "ordered_at"])
    op.create_table(
        "campaign_adoptions",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "seq"),
    )
    op.create_index("campaign_adoptions_of", "campaign_adoptions", ["campaign_id", "at"])
    op.create_index("dial_attempts_of_campaign", "dial_attempts", ["campaign_id", "at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("dial_attempts_of_campaign", "dial_attempts")
    for table in ("campaign_adoptions", "campaign_texts", "campaign_attempts"):
        op.drop_table(table)
