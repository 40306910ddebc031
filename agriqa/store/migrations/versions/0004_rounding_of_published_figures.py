"""published figures know the unit they are rounded to

Going down forgets it; it stands in data/reference.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("published_figure") as batch:
        batch.add_column(sa.Column("rounded_to", sa.Double()))


def downgrade() -> None:
    with op.batch_alter_table("published_figure") as batch:
        batch.drop_column("rounded_to")
