"""Customers, their numbers and contacts; the unanswered ledger in a table of its own, by customer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and open the items that follow from the calls on record."""
    op.add_column("calls", sa.Column("customer_id", sa.Text()))
    op.create_index("calls_of_customer", "calls", ["customer_id", "arrived_at", "call_id"])
    op.create_table(
        "unanswered",
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party"),
    )
    op.create_index("unanswered_by_age", "unanswered", ["since", "party"])
    op.execute(
        """
        INSERT INTO unanswered (party, caller, call_id, since, why, attempts)
        SELECT 'number ' || caller, caller, call_id, ended_at, outcome, 1
        FROM (
            SELECT caller, call_id, ended_at, outcome,
                ROW_NUMBER() OVER (PARTITION BY caller ORDER BY ended_at DESC, call_id DESC) AS place
            FROM calls WHERE ended_at IS NOT NULL AND caller NOT IN ('', 'unknown')
        ) AS latest
        WHERE place = 1 AND outcome IN ('abandoned', 'left_ivr', 'turned_away', 'lost')
        """
    )
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("segment", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("own_agent", sa.Text()),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_index("customers_of_segment", "customers", ["segment", "customer_id"])
    op.create_index("customers_of_agent", "customers", ["own_agent", "customer_id"])
    op.create_table(
        "customer_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("numbers_of_customer", "customer_numbers", ["customer_id", "place"])
    op.create_table(
        "customer_contacts",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("last_agent", sa.Text(), nullable=False),
        sa.Column("last_contact_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("customer_contacts", "customer_numbers", "customers", "unanswered"):
        op.drop_table(table)
    op.drop_index("calls_of_customer", "calls")
    op.drop_column("calls", "customer_id")
