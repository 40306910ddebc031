from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from agriqa.areas import UnknownAreaError
from agriqa.cli import app
from agriqa.errors import UnknownNameError
from agriqa.project import Project
from agriqa.store.engine import reading
from agriqa.store.load import load_files
from agriqa.store.quarantine import quarantined
from tests.store.written import write_history

HEADER = "县（市、区）,年份,农药类别,商品量（吨）\n"
ROWS = "郫县,2014,杀虫剂,约12\n双流县,2014,杀虫剂,=1+1\n双流县,2014,没有的类别,3\n"


@pytest.fixture
def loaded(store_project: Project, engine: sa.Engine) -> Project:
    """A store with three quarantined rows of one file."""
    path = store_project.root / "data" / "农药.csv"
    path.write_text(HEADER + ROWS, "utf-8")
    [outcome] = load_files(engine, store_project, [path])
    assert outcome.quarantined == 3
    return store_project


def _listed(project: Project, engine: sa.Engine, **options: str) -> pd.DataFrame:
    with reading(engine).connect() as connection:
        return quarantined(connection, register=project.register, **options)  # type: ignore[arg-type]


def test_each_problem_says_where_what_and_why(loaded: Project, engine: sa.Engine) -> None:
    frame = _listed(loaded, engine)
    first = frame.iloc[0]
    assert (first["file"], first["row"], first["value"]) == ("data/农药.csv", 2, "约12")
    assert (first["column"], first["state"]) == ("use_t", "open")
    assert first["message_zh"]
    assert first["message_en"]


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"dataset": "pesticide_use"}, [2, 3, 4]),
        ({"dataset": "sample"}, []),
        ({"file": "农药.csv"}, [2, 3, 4]),
        ({"file": "data/*.csv"}, [2, 3, 4]),
        ({"county": "郫都区"}, [2]),
        ({"county": "510116"}, [3, 4]),
        ({"county": "双流县", "reason": "unknown_code"}, [4]),
        ({"county": "大英县"}, []),
    ],
)
def test_a_filter_leaves_what_it_names(
    loaded: Project, engine: sa.Engine, options: dict[str, str], rows: list[int]
) -> None:
    assert _listed(loaded, engine, **options)["row"].tolist() == rows


@pytest.mark.parametrize("option", ["dataset", "file", "reason"])
def test_an_unknown_name_is_refused(loaded: Project, engine: sa.Engine, option: str) -> None:
    with pytest.raises(UnknownNameError):
        _listed(loaded, engine, **{option: "没有的"})
    with pytest.raises(UnknownAreaError):
        _listed(loaded, engine, county="没有的县")


def test_what_was_corrected_is_listed_only_when_asked_for(
    store_project: Project, engine: sa.Engine
) -> None:
    _first, second, third = write_history(engine)
    with reading(engine).connect() as connection:
        assert quarantined(connection)["load_id"].tolist() == [second, third]
        everything = quarantined(connection, resolved=True)
    assert everything["state"].tolist() == ["resolved", "open", "open"]


def test_the_csv_runs_nothing_in_a_spreadsheet(loaded: Project, tmp_path: Path) -> None:
    out = tmp_path / "q.csv"
    words = ["quarantine", "--project", str(loaded.root), "--csv", str(out)]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    values = pd.read_csv(out, dtype="str")["value"].tolist()
    assert values == ["约12", "'=1+1", "没有的类别"]


def test_the_command_prints_a_table(loaded: Project) -> None:
    words = ["quarantine", "--project", str(loaded.root), "--county", "郫都区"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert "约12" in done.output
    assert "nan" not in done.output.lower()
    assert "=1+1" not in done.output
