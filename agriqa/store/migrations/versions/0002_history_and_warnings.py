"""replaced rows stay, files come again, doubts are kept, records begin in any column

Going down forgets the history: replaced rows, resolved quarantine rows and
warnings have no place in the older schema.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The key of each dataset as it was when this migration was written.
KEYS: dict[str, tuple[str, ...]] = {
    "base": ("base_id",),
    "benchmark": ("county_code", "year", "subject", "indicator"),
    "brand": ("brand_id",),
    "capacity": ("county_code", "year"),
    "certification": ("cert_id",),
    "county": ("code", "name"),
    "enforcement": ("county_code", "year", "quarter", "field"),
    "fertiliser_use": ("county_code", "year", "nutrient"),
    "greening": ("county_code", "year"),
    "pesticide_use": ("county_code", "year", "category", "active_ingredient"),
    "production": ("county_code", "year", "crop_group"),
    "published_figure": ("figure_id",),
    "residue": ("sample_id", "analyte"),
    "sample": ("sample_id",),
    "target": ("target_id",),
}
IN_FORCE, REPLACED = sa.text("superseded_by IS NULL"), sa.text("superseded_by IS NOT NULL")


def _col() -> sa.Column[int]:
    return sa.Column("col", sa.Integer(), nullable=False, server_default="1")


def upgrade() -> None:
    with op.batch_alter_table("load") as batch:
        batch.add_column(sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("sender", sa.Text()))
        batch.add_column(sa.Column("source", sa.Text()))
        batch.add_column(sa.Column("replaces", sa.Integer()))
        batch.drop_constraint("uq_load", type_="unique")
        batch.create_unique_constraint("uq_load", ["sha256", "attempt"])
        batch.create_foreign_key("fk_load_replaced_load", "load", ["replaces"], ["load_id"])
    for name, key in KEYS.items():
        with op.batch_alter_table(name) as batch:
            batch.add_column(_col())
            batch.add_column(sa.Column("superseded_by", sa.Integer()))
            batch.drop_constraint(f"uq_{name}", type_="unique")
            batch.create_foreign_key(
                f"fk_{name}_superseding_load", "load", ["superseded_by"], ["load_id"]
            )
        op.create_index(
            f"uq_{name}", name, list(key), unique=True,
            sqlite_where=IN_FORCE, postgresql_where=IN_FORCE,
        )  # fmt: skip
        op.create_index(
            f"ix_{name}_superseded_by", name, ["superseded_by"],
            sqlite_where=REPLACED, postgresql_where=REPLACED,
        )  # fmt: skip
    with op.batch_alter_table("quarantine") as batch:
        batch.add_column(_col())
        batch.add_column(sa.Column("resolved_by", sa.Integer()))
        batch.create_foreign_key(
            "fk_quarantine_resolving_load", "load", ["resolved_by"], ["load_id"]
        )
    with op.batch_alter_table("skipped") as batch:
        batch.add_column(_col())
    op.create_table(
        "warning",
        sa.Column("warning_id", sa.Integer(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        _col(),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("header", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_warning_load")),
        sa.PrimaryKeyConstraint("warning_id", name=op.f("pk_warning")),
    )
    op.create_index("ix_warning_load_id", "warning", ["load_id"])


def downgrade() -> None:
    op.drop_table("warning")
    op.execute("DELETE FROM quarantine WHERE resolved_by IS NOT NULL")
    with op.batch_alter_table("skipped") as batch:
        batch.drop_column("col")
    with op.batch_alter_table("quarantine") as batch:
        batch.drop_constraint("fk_quarantine_resolving_load", type_="foreignkey")
        batch.drop_column("resolved_by")
        batch.drop_column("col")
    for name, key in KEYS.items():
        op.execute(f'DELETE FROM "{name}" WHERE superseded_by IS NOT NULL')
        op.drop_index(f"ix_{name}_superseded_by", name)
        op.drop_index(f"uq_{name}", name)
        with op.batch_alter_table(name) as batch:
            batch.drop_constraint(f"fk_{name}_superseding_load", type_="foreignkey")
            batch.drop_column("superseded_by")
            batch.drop_column("col")
            batch.create_unique_constraint(f"uq_{name}", list(key))
    # The older ledger knows a file once; later attempts keep their rows under another name.
    op.execute("UPDATE load SET sha256 = sha256 || '#' || attempt WHERE attempt > 1")
    with op.batch_alter_table("load") as batch:
        batch.drop_constraint("fk_load_replaced_load", type_="foreignkey")
        batch.drop_constraint("uq_load", type_="unique")
        batch.create_unique_constraint("uq_load", ["sha256"])
        for column in ("replaces", "source", "sender", "attempt"):
            batch.drop_column(column)
