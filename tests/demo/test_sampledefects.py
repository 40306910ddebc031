from __future__ import annotations

import numpy as np
import pandas as pd

from agriqa.demo import DemoConfig
from agriqa.demo.sampledefects import KINDS, Change, apply_changes, sample_changes

TABLE = pd.DataFrame({"样品编号": ["M2018000001", "M2018000002"], "产品名称": ["茶", "梨"]})


def test_added_rows_stand_below_theirs_and_cells_keep_their_place() -> None:
    changes = [
        Change("residue_text", 1, "产品名称", "痕量"),
        Change("sample_duplicate", 0, "样品编号", "M2018000001", TABLE.iloc[0].to_dict()),
        Change("orphan_residue", 0, "样品编号", "X", {"样品编号": "X", "产品名称": "茶"}),
    ]
    final, defects = apply_changes(TABLE, changes, "sampling/样品_2018.csv")
    assert final["样品编号"].tolist() == ["M2018000001", "M2018000001", "X", "M2018000002"]
    assert final["产品名称"].tolist() == ["茶", "茶", "茶", "痕量"]
    assert [(d.kind, d.row, d.sheet) for d in defects] == [
        ("sample_duplicate", 3, "样品_2018"),
        ("orphan_residue", 4, "样品_2018"),
        ("residue_text", 5, "样品_2018"),
    ]
    assert TABLE["产品名称"].tolist() == ["茶", "梨"]


def test_wrong_samples_are_added_under_new_numbers(config: DemoConfig) -> None:
    table = TABLE.assign(
        **{"市州": "内江市", "县（市、区）": "东兴区", "抽样日期": "", "产品大类": ""}
    )
    counts = {**dict.fromkeys(KINDS, 0), "ambiguous_county": 1, "bad_date": 1}
    found = sample_changes(
        table, "split", config.defects, frozenset({"市中区"}), counts, np.random.default_rng(1)
    )
    ambiguous, dated = found
    assert ambiguous.row is not None
    assert dated.row is not None
    assert ambiguous.row["市州"] == ""
    assert ambiguous.row["县（市、区）"] == "市中区"
    assert dated.row["市州"] == "内江市"
    assert {c.row["样品编号"] for c in found if c.row} == {"M2018900001", "M2018900002"}
