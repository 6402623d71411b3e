"""By which reasons the gate refused an attempt, not only in which words."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_WORDS = ("% is on the national list%", "% is on the internal list%", "% is on the list of campaign %")
"""How a number on a do-not-call list was told until now."""


def upgrade() -> None:
    """Add the column. Of earlier refusals their words say whether a list was the reason; no other is asked
    for."""
    op.add_column("campaign_attempts", sa.Column("refused_reasons", sa.Text()))
    attempts = sa.table(
        "campaign_attempts", sa.column("refused_why", sa.Text()), sa.column("refused_reasons", sa.Text())
    )
    listed = sa.or_(*(attempts.c.refused_why.like(words) for words in _WORDS))
    op.execute(attempts.update().where(listed).values(refused_reasons="listed"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("campaign_attempts", "refused_reasons")
