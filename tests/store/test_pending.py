from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from agriqa.cli import app
from agriqa.ingest.decisions import NameDecision, read_decisions
from agriqa.ingest.mappings import Mappings
from agriqa.project import Project
from agriqa.store.engine import open_engine
from agriqa.store.load import load_files
from agriqa.store.pending import Waiting, waiting, write_pending

USE = "县（市、区）,年份,农药类别,商品量（吨）"
CERT = "编号,品牌编号,产品或品牌,认证项目,认证类别"


@pytest.fixture
def engine(fresh_project: Project) -> sa.Engine:
    for name in ("names.csv", "headers.csv"):
        (fresh_project.config / name).unlink(missing_ok=True)
    engine = open_engine(fresh_project)
    yield engine
    engine.dispose()


def _file(project: Project, name: str, *lines: str) -> Path:
    path = project.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def _load(engine: sa.Engine, project: Project) -> None:
    files = [
        project.reference / "brands.csv",
        _file(project, "成都市/use.csv", USE, "浦江县,2014,杀虫剂,1", "浦 江县,2015,杀虫剂,1"),
        _file(project, "b.csv", f"{USE},折百两（公斤）", "市中区,2014,杀虫剂,1,1"),
        _file(project, "c.csv", USE, "郫县,2014,杀虫济,1", "郫县,2015,=1+1,1"),
        _file(project, "d.csv", CERT, "c1,秦巴茗籣,茶,农产品地理标志,农产品地理标志"),
    ]
    load_files(engine, project, files)


def _asked(engine: sa.Engine, project: Project) -> dict[tuple[str, str], Waiting]:
    mappings = Mappings.load(project.config, project.register)
    return {(one.kind, one.text): one for one in waiting(engine, project.register, mappings)}


def _decide(project: Project, *lines: str) -> None:
    head = "kind,sender,text,target,decision,decided_on,note"
    (project.config / "names.csv").write_text("\n".join([head, *lines, ""]), "utf-8")


def test_unknown_names_and_headers_wait_with_suggestions(
    fresh_project: Project, engine: sa.Engine
) -> None:
    _load(engine, fresh_project)
    found = _asked(engine, fresh_project)
    county = found["county", "浦江县"]
    assert (county.sender, county.rows, county.suggestions[0].target) == ("成都市", 2, "510131")
    both = [s for s in found["county", "市中区"].suggestions if s.score == 100]
    assert {s.target for s in both} == {"511002", "511102"}
    header = found["header", "折百两（公斤）"]
    assert (header.dataset, header.suggestions[0].target, header.suggestions[0].unit) == (
        "pesticide_use", "active_t", "公斤"
    )  # fmt: skip
    code = found["code:pesticide_category", "杀虫济"]
    assert [s.target for s in code.suggestions] == ["insecticide"]
    assert found["brand", "秦巴茗籣"].suggestions[0].target == "brand-0020"
    assert found["brand", "丹棱桔橙"].suggestions[0].target == "brand-0004"


def test_writing_twice_changes_nothing(fresh_project: Project, engine: sa.Engine) -> None:
    _load(engine, fresh_project)
    found = list(_asked(engine, fresh_project).values())
    assert write_pending(fresh_project.config, found) > 0
    files = [fresh_project.config / name for name in ("names.csv", "headers.csv")]
    before = [path.read_bytes() for path in files]
    again = list(_asked(engine, fresh_project).values())
    assert again == found
    assert write_pending(fresh_project.config, again) == 0
    assert [path.read_bytes() for path in files] == before
    assert b"=1+1" not in before[0]


def test_what_is_decided_is_not_asked_again(fresh_project: Project, engine: sa.Engine) -> None:
    _load(engine, fresh_project)
    _decide(
        fresh_project,
        "brand,,丹棱桔橙,brand-0004,yes,2024-05-01,",
        # The other way round: the pair is the same.
        "brand,,蒲江丑柑,brand-0248,no,2024-05-01,",
        "code:pesticide_category,,杀虫济,,no,2024-05-01,",
        "county,,浦江县,510131,yes,2024-05-01,",
    )
    found = _asked(engine, fresh_project)
    assert {"浦江县", "杀虫济", "丹棱桔橙", "蒲江杂柑"}.isdisjoint(text for _, text in found)


def test_a_refused_suggestion_gives_way_to_the_next(
    fresh_project: Project, engine: sa.Engine
) -> None:
    _load(engine, fresh_project)
    _decide(fresh_project, "county,成都市,浦江县,510131,no,2024-05-01,")
    assert all(
        s.target != "510131" for s in _asked(engine, fresh_project)["county", "浦江县"].suggestions
    )


def test_a_name_decided_on_is_loaded(fresh_project: Project, engine: sa.Engine) -> None:
    _decide(fresh_project, "county,成都市,浦江县,510131,yes,2024-05-01,")
    path = _file(fresh_project, "成都市/use.csv", USE, "浦江县,2014,杀虫剂,1")
    [outcome] = load_files(engine, fresh_project, [path])
    assert (outcome.kept, outcome.quarantined) == (1, 0)


def test_wrong_decisions_stop_a_load_before_it_begins(
    fresh_project: Project, engine: sa.Engine
) -> None:
    _decide(fresh_project, "county,,浦江县,510199,yes,2024-05-01,")
    path = _file(fresh_project, "use.csv", USE, "郫县,2014,杀虫剂,1")
    with pytest.raises(Exception, match=r"names.csv 第 2 行"):
        load_files(engine, fresh_project, [path])


def test_the_command_lists_writes_and_checks(fresh_project: Project, engine: sa.Engine) -> None:
    _load(engine, fresh_project)
    where = ["names", "--project", str(fresh_project.root)]
    listed = CliRunner().invoke(app, where)
    assert listed.exit_code == 0
    assert "浦江县" in listed.output
    assert not (fresh_project.config / "names.csv").exists()
    written = CliRunner().invoke(app, [*where, "--write"])
    assert "=1+1" in written.output
    lines = [d for _, d in read_decisions(fresh_project.config / "names.csv", NameDecision)]
    assert "浦江县" in {d.text for d in lines}
    assert not any(d.decision for d in lines)
    assert CliRunner().invoke(app, [*where, "--check"]).exit_code == 0


def test_the_check_knows_the_brands_of_the_store(fresh_project: Project, engine: sa.Engine) -> None:
    load_files(engine, fresh_project, [fresh_project.reference / "brands.csv"])
    _decide(fresh_project, "brand,,丹棱桔橙,brand-9999,yes,2024-05-01,")
    done = CliRunner().invoke(app, ["names", "--check", "--project", str(fresh_project.root)])
    assert "brand-9999" in str(done.exception)
