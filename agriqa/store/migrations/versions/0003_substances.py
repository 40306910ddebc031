"""substances: their kind, acceptable daily intake and bans

Going down forgets the substances, which stand in data/reference.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IN_FORCE, REPLACED = sa.text("superseded_by IS NULL"), sa.text("superseded_by IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "substance",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("cas", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("mechanism", sa.Text(), nullable=True),
        sa.Column("adi_mg_kg_bw", sa.Double(), nullable=True),
        sa.Column("adi_source", sa.Text(), nullable=True),
        sa.Column("ban_scope", sa.Text(), nullable=True),
        sa.Column("restricted_from", sa.Date(), nullable=True),
        sa.Column("restricted_classes", sa.Text(), nullable=True),
        sa.Column("banned_from", sa.Date(), nullable=True),
        sa.Column("ban_text", sa.Text(), nullable=True),
        sa.Column("announcement", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_date", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("col", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_substance_load")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["load.load_id"], name=op.f("fk_substance_superseding_load")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_substance")),
    )
    op.create_index(
        "uq_substance", "substance", ["name"], unique=True,
        sqlite_where=IN_FORCE, postgresql_where=IN_FORCE,
    )  # fmt: skip
    op.create_index(
        "ix_substance_superseded_by", "substance", ["superseded_by"],
        sqlite_where=REPLACED, postgresql_where=REPLACED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("substance")
