"""Campaigns, their lists, and the leads on them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "campaigns",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("trial_left", sa.Integer()),
        sa.PrimaryKeyConstraint("campaign_id"),
    )
    op.create_table(
        "campaign_versions",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "version"),
    )
    op.create_table(
        "campaign_lists",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("region", sa.Text()),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("next_place", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text()),
        sa.Column("file", sa.Text()),
        sa.Column("imported_at", sa.BigInteger()),
        sa.Column("imported_by", sa.Text()),
        sa.Column("rows", sa.Integer()),
        sa.Column("rejected", sa.Integer()),
        sa.PrimaryKeyConstraint("list_id"),
    )
    op.create_index("campaign_lists_of_campaign", "campaign_lists", ["campaign_id", "list_id"])
    op.create_table(
        "leads",
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("zone", sa.Text()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("not_after", sa.BigInteger()),
        sa.Column("own_agent", sa.Text()),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("barred", sa.JSON(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("last_outcome", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text()),
        sa.Column("promised", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id"),
    )
    op.create_index("leads_of_campaign", "leads", ["campaign_id", "lead_id"])
    op.create_index("leads_by_state", "leads", ["campaign_id", "state", "lead_id"])
    op.create_index("leads_of_list", "leads", ["list_id", "place"])
    op.create_table(
        "lead_numbers",
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "place"),
    )
    op.create_index("lead_numbers_by_number", "lead_numbers", ["number", "campaign_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("lead_numbers", "leads", "campaign_lists", "campaign_versions", "campaigns"):
        op.drop_table(table)
