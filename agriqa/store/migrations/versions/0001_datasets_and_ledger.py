"""the declared datasets and the load ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "load",
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.Text(), nullable=False),
        sa.Column("agriqa_version", sa.Text(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_kept", sa.Integer(), nullable=False),
        sa.Column("rows_quarantined", sa.Integer(), nullable=False),
        sa.Column("rows_skipped", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "rows_read = rows_kept + rows_quarantined + rows_skipped",
            name=op.f("ck_load_accounted"),
        ),
        sa.PrimaryKeyConstraint("load_id", name=op.f("pk_load")),
        sa.UniqueConstraint("sha256", name=op.f("uq_load")),
    )
    op.create_table(
        "base",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("county_code", sa.Text(), nullable=True),
        sa.Column("prefecture_code", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("year_from", sa.Integer(), nullable=True),
        sa.Column("year_to", sa.Integer(), nullable=True),
        sa.Column("area_ha", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_date", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_base_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_base")),
        sa.UniqueConstraint("base_id", name=op.f("uq_base")),
    )
    op.create_table(
        "benchmark",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("unit_of_value", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("own_value", sa.Double(), nullable=True),
        sa.Column("national_value", sa.Double(), nullable=True),
        sa.Column("international_value", sa.Double(), nullable=True),
        sa.Column("standard", sa.Text(), nullable=True),
        sa.Column("compared_on", sa.Date(), nullable=True),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_benchmark_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_benchmark")),
        sa.UniqueConstraint(
            "county_code", "year", "subject", "indicator", name=op.f("uq_benchmark")
        ),
    )
    op.create_table(
        "brand",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("brand_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("county_codes", sa.Text(), nullable=True),
        sa.Column("prefecture_code", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_date", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_brand_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_brand")),
        sa.UniqueConstraint("brand_id", name=op.f("uq_brand")),
    )
    op.create_table(
        "capacity",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("testing_bodies_n", sa.Integer(), nullable=True),
        sa.Column("platforms_n", sa.Integer(), nullable=True),
        sa.Column("staff_n", sa.Integer(), nullable=True),
        sa.Column("traceable_firms_n", sa.Integer(), nullable=True),
        sa.Column("standards_n", sa.Integer(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_capacity_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_capacity")),
        sa.UniqueConstraint("county_code", "year", name=op.f("uq_capacity")),
    )
    op.create_table(
        "certification",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("cert_id", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("scheme_kind", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("county_code", sa.Text(), nullable=True),
        sa.Column("prefecture_code", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("value_100m_cny", sa.Double(), nullable=True),
        sa.Column("value_year", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_date", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_certification_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_certification")),
        sa.UniqueConstraint("cert_id", name=op.f("uq_certification")),
    )
    op.create_table(
        "county",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("prefecture_code", sa.Text(), nullable=True),
        sa.Column("prefecture", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Integer(), nullable=True),
        sa.Column("valid_to", sa.Integer(), nullable=True),
        sa.Column("successor_code", sa.Text(), nullable=True),
        sa.Column("successor_name", sa.Text(), nullable=True),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_date", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_county_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_county")),
        sa.UniqueConstraint("code", "name", name=op.f("uq_county")),
    )
    op.create_table(
        "enforcement",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("inspections_n", sa.Integer(), nullable=True),
        sa.Column("firms_n", sa.Integer(), nullable=True),
        sa.Column("cases_n", sa.Integer(), nullable=True),
        sa.Column("closed_n", sa.Integer(), nullable=True),
        sa.Column("referred_n", sa.Integer(), nullable=True),
        sa.Column("batches_tested_n", sa.Integer(), nullable=True),
        sa.Column("batches_failed_n", sa.Integer(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_enforcement_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_enforcement")),
        sa.UniqueConstraint("county_code", "year", "quarter", "field", name=op.f("uq_enforcement")),
    )
    op.create_table(
        "fertiliser_use",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("nutrient", sa.Text(), nullable=False),
        sa.Column("pure_t", sa.Double(), nullable=True),
        sa.Column("product_t", sa.Double(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_fertiliser_use_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_fertiliser_use")),
        sa.UniqueConstraint("county_code", "year", "nutrient", name=op.f("uq_fertiliser_use")),
    )
    op.create_table(
        "greening",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("cultivated_ha", sa.Double(), nullable=True),
        sa.Column("high_standard_ha", sa.Double(), nullable=True),
        sa.Column("quality_grade", sa.Double(), nullable=True),
        sa.Column("green_control_pct", sa.Double(), nullable=True),
        sa.Column("unified_control_pct", sa.Double(), nullable=True),
        sa.Column("straw_pct", sa.Double(), nullable=True),
        sa.Column("manure_pct", sa.Double(), nullable=True),
        sa.Column("film_pct", sa.Double(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_greening_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_greening")),
        sa.UniqueConstraint("county_code", "year", name=op.f("uq_greening")),
    )
    op.create_table(
        "load_note",
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_load_note_load")),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_load_note")),
    )
    with op.batch_alter_table("load_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_load_note_load_id"), ["load_id"], unique=False)

    op.create_table(
        "pesticide_use",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("active_ingredient", sa.Text(), nullable=False),
        sa.Column("use_t", sa.Double(), nullable=True),
        sa.Column("active_t", sa.Double(), nullable=True),
        sa.Column("treated_ha", sa.Double(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_pesticide_use_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_pesticide_use")),
        sa.UniqueConstraint(
            "county_code", "year", "category", "active_ingredient", name=op.f("uq_pesticide_use")
        ),
    )
    op.create_table(
        "production",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("crop_group", sa.Text(), nullable=False),
        sa.Column("sown_ha", sa.Double(), nullable=True),
        sa.Column("output_t", sa.Double(), nullable=True),
        sa.Column("value_10k_cny", sa.Double(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_production_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_production")),
        sa.UniqueConstraint("county_code", "year", "crop_group", name=op.f("uq_production")),
    )
    op.create_table(
        "published_figure",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("figure_id", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=True),
        sa.Column("area_level", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("unit_of_value", sa.Text(), nullable=True),
        sa.Column("qualifier", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_date", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["load_id"], ["load.load_id"], name=op.f("fk_published_figure_load")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_published_figure")),
        sa.UniqueConstraint("figure_id", name=op.f("uq_published_figure")),
    )
    op.create_table(
        "quarantine",
        sa.Column("problem_id", sa.Integer(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("header", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_quarantine_load")),
        sa.PrimaryKeyConstraint("problem_id", name=op.f("pk_quarantine")),
    )
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quarantine_load_id"), ["load_id"], unique=False)

    op.create_table(
        "residue",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("analyte", sa.Text(), nullable=False),
        sa.Column("value_mg_kg", sa.Double(), nullable=True),
        sa.Column("censored", sa.Boolean(), nullable=True),
        sa.Column("lod_mg_kg", sa.Double(), nullable=True),
        sa.Column("loq_mg_kg", sa.Double(), nullable=True),
        sa.Column("mrl_mg_kg", sa.Double(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_residue_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_residue")),
        sa.UniqueConstraint("sample_id", "analyte", name=op.f("uq_residue")),
    )
    op.create_table(
        "sample",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=True),
        sa.Column("sampled_on", sa.Date(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("product_class", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_sample_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_sample")),
        sa.UniqueConstraint("sample_id", name=op.f("uq_sample")),
    )
    op.create_table(
        "skipped",
        sa.Column("skip_id", sa.Integer(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_skipped_load")),
        sa.PrimaryKeyConstraint("skip_id", name=op.f("pk_skipped")),
    )
    with op.batch_alter_table("skipped", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_skipped_load_id"), ["load_id"], unique=False)

    op.create_table(
        "target",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("indicator", sa.Text(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("comparator", sa.Text(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("value_text", sa.Text(), nullable=True),
        sa.Column("unit_of_value", sa.Text(), nullable=True),
        sa.Column("deadline", sa.Text(), nullable=True),
        sa.Column("deadline_year", sa.Integer(), nullable=True),
        sa.Column("baseline", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_date", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_target_load")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_target")),
        sa.UniqueConstraint("target_id", name=op.f("uq_target")),
    )


def downgrade() -> None:
    op.drop_table("target")
    with op.batch_alter_table("skipped", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skipped_load_id"))

    op.drop_table("skipped")
    op.drop_table("sample")
    op.drop_table("residue")
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quarantine_load_id"))

    op.drop_table("quarantine")
    op.drop_table("published_figure")
    op.drop_table("production")
    op.drop_table("pesticide_use")
    with op.batch_alter_table("load_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_load_note_load_id"))

    op.drop_table("load_note")
    op.drop_table("greening")
    op.drop_table("fertiliser_use")
    op.drop_table("enforcement")
    op.drop_table("county")
    op.drop_table("certification")
    op.drop_table("capacity")
    op.drop_table("brand")
    op.drop_table("benchmark")
    op.drop_table("base")
    op.drop_table("load")
