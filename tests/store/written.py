"""A short history written straight into a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from agriqa.store.tables import tables

# A file is loaded on the first of May and comes corrected on the second; on the third another
# sender's file is loaded.
TIMES = (
    "2026-05-01T08:00:00.000+00:00",
    "2026-05-02T08:00:00.000+00:00",
    "2026-05-03T08:00:00.000+00:00",
)


def write_history(engine: sa.Engine) -> list[int]:
    """Write three loads; the second replaces the first's row and settles its bad one.

    Returns their numbers in the ledger.
    """
    with engine.begin() as connection:
        put = _putter(connection)
        counts = {"rows_read": 3, "rows_kept": 1, "rows_quarantined": 1, "rows_skipped": 1}
        made = {"agriqa_version": "0", **counts}
        first = put("load", **made, file="a.csv", sha256="x", sender="甲县", loaded_at=TIMES[0])
        second = put("load", **made, file="a.csv", sha256="x", attempt=2, replaces=first,
                     sender="甲县", loaded_at=TIMES[1])  # fmt: skip
        third = put("load", **made, file="b.csv", sha256="y", loaded_at=TIMES[2])
        cell = {"sheet": "a", "row": 3, "column": "use_t", "header": "商品量", "value": "约12",
                "message_zh": "不是数", "message_en": "no number", "allowed": "0–5000"}  # fmt: skip
        use = {"year": 2014, "category": "all", "active_ingredient": "all", "origin": "reported",
               "sheet": "a", "row": 2}  # fmt: skip
        for load, by, county, tonnes in (
            (first, second, "510117", 1.0),
            (second, None, "510117", 2.5),
            (third, None, "510116", 4.0),
        ):
            put("pesticide_use", **use, county_code=county, use_t=tonnes, load_id=load,
                superseded_by=by)  # fmt: skip
            put("skipped", load_id=load, sheet="a", row=1, reason="header")
            put("quarantine", **cell, load_id=load, resolved_by=by, dataset="pesticide_use",
                reason="type", raw='{"县": "郫县"}')  # fmt: skip
        put("warning", **cell, load_id=second, dataset="pesticide_use", rule="jump")
    return [first, second, third]


def _putter(connection: sa.Connection) -> Callable[..., int]:
    def put(name: str, **values: Any) -> int:
        table = tables().tables[name]
        key = next(iter(table.primary_key))
        return connection.scalars(table.insert().values(**values).returning(key)).one()

    return put
