import pandas as pd
import pytest

from agriqa.assess.framework import Framework, FrameworkError
from agriqa.errors import UnknownNameError
from tests.assess.examples import asem_metadata, simple_metadata


def changed(row: str | list[str], **values) -> pd.DataFrame:
    table = simple_metadata().set_index("id", drop=False).astype(object)
    for name, value in values.items():
        table.loc[row, name] = value
    return table.reset_index(drop=True)


def test_levels_go_from_the_indicators_to_the_index():
    assert Framework.from_table(simple_metadata()).levels == [
        ["yield", "use", "rate", "staff"],
        ["output", "safety"],
        ["top"],
    ]


def test_coinr_names_of_columns_are_understood():
    framework = Framework.from_table(asem_metadata())
    assert framework.top == "Index"
    assert framework.children("Sust") == ["Environ", "Social", "SusEcFin"]


def test_a_framework_written_as_a_table_is_read_back_the_same():
    extra = pd.DataFrame([{"id": "area", "type": "denominator"}])
    metadata = simple_metadata().assign(
        label_zh="名", label_en="name", possible_low=[None, 0, *[None] * 5],
        denominator=["area", *[None] * 6],
    )  # fmt: skip
    framework = Framework.from_table(pd.concat([metadata, extra]))
    assert Framework.from_table(framework.table()) == framework


def test_rows_of_other_types_name_columns_beside_the_indicators():
    extra = pd.DataFrame(
        [{"iCode": "Pop", "Type": "Denominator"}, {"iCode": "EU", "Type": "Group"}]
    )
    framework = Framework.from_table(pd.concat([asem_metadata(), extra]))
    assert framework.beside == ("Pop", "EU")


def test_an_unknown_column_is_refused_with_the_nearest():
    table = simple_metadata().rename(columns={"weight": "wieght"})
    with pytest.raises(UnknownNameError, match="weight"):
        Framework.from_table(table)


def test_an_unknown_type_of_row_is_refused():
    table = simple_metadata().assign(type="indicater")
    with pytest.raises(UnknownNameError, match="indicator"):
        Framework.from_table(table)


@pytest.mark.parametrize(
    ("row", "values", "message"),
    [
        ("use", {"parent": "outputs"}, "outputs"),
        ("use", {"id": "yield"}, "named twice"),
        ("safety", {"parent": None}, "no parent"),
        ("use", {"parent": "top"}, "same depth"),
        ("use", {"direction": 2}, "direction"),
        ("use", {"weight": -1}, "weight"),
        ("use", {"worst": None}, "both goalposts"),
        ("use", {"worst": 0, "best": 60}, "against its direction"),
        ("top", {"parent": "output"}, "no parent"),
        (["yield", "use"], {"weight": 0}, "weights under output"),
    ],
)
def test_a_tree_that_does_not_hold_is_refused(row, values, message):
    with pytest.raises(FrameworkError, match=message):
        Framework.from_table(changed(row, **values))


def test_a_circle_is_refused():
    table = pd.DataFrame(
        [
            {"id": "x", "parent": "g", "type": "indicator"},
            {"id": "y", "parent": "top", "type": "indicator"},
            {"id": "g", "parent": "h", "type": "aggregate"},
            {"id": "h", "parent": "g", "type": "aggregate"},
            {"id": "top", "type": "aggregate"},
        ]
    )
    with pytest.raises(FrameworkError, match="circle"):
        Framework.from_table(table)


def test_weights_are_changed_in_a_copy():
    framework = Framework.from_table(simple_metadata())
    assert framework.weighted({"use": 5.0}).weights["use"] == 5.0
    assert framework.weights["use"] == 1.0


def test_a_weight_of_an_unknown_id_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="yield"):
        Framework.from_table(simple_metadata()).weighted({"yeild": 1.0})


def test_a_group_of_which_no_weight_is_left_is_refused():
    with pytest.raises(FrameworkError, match="output"):
        Framework.from_table(simple_metadata()).weighted({"use": 0.0, "yield": 0.0})


def test_the_tree_as_arrays_holds_parents_and_weights():
    tree = Framework.from_table(simple_metadata()).hierarchy()
    assert [list(above) for above in tree.parents] == [[0, 0, 1, 1], [0, 0]]
    assert tree.effective().round(4).tolist() == [0.5, 0.25, 0.125, 0.125]
