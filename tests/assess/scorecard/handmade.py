"""A card made by hand, and evidence for it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from agriqa.assess.scorecard.card import Card

BASIS = {"document": "d", "source": "s", "verified": False}
BANDS = {"rule": "bands", "grades": ["D", "C", "B", "A"], "cuts": [60, 80, 90]}
LABEL = {"zh": "条", "en": "item"}


def item(name: str, kind: str = "given", points: float = 100, **more: Any) -> dict[str, Any]:
    if more.get("role", "base") == "base":
        more = {"section": "s", **more}
    return {"id": name, "label": LABEL, "kind": kind, "points": points, **more}


def make_card(items: list[dict[str, Any]], **more: Any) -> Card:
    base = [one for one in items if "section" in one]
    names = list(dict.fromkeys(one["section"] for one in base))
    sections = [
        {"id": n, "label": LABEL, "points": sum(o["points"] for o in base if o["section"] == n)}
        for n in names
    ]
    settings = {
        "id": "handmade", "label": LABEL, "example": False, "year": 2021, "first_year": 2021,
        "basis": BASIS, "grading": BANDS, "section": sections, "item": items,
        "out_of": sum(one["points"] for one in base),
    }  # fmt: skip
    return Card.model_validate(settings | more)


def evidence(rows: dict[str, dict[str, float | str | None]]) -> pd.DataFrame:
    """Make evidence of units: a number for each item, or a status where there is none."""
    found = []
    for unit, values in rows.items():
        for name, value in values.items():
            number = None if isinstance(value, str) else value
            status = value if isinstance(value, str) else None
            found.append({"unit": unit, "item": name, "value": number, "status": status})
    return pd.DataFrame(found, columns=["unit", "item", "value", "status"])
