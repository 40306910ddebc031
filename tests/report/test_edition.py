"""Editions: published whole, never changed, resumed, failures shown."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from agriqa.areas import UnknownAreaError
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.project import Language, Project
from agriqa.report import edition as edition_module
from agriqa.report.content import Content
from agriqa.report.edition import build_edition
from agriqa.report.job import Job, Outcome
from agriqa.report.publication import EditionBusyError, sha256
from tests.conftest import copy_store
from tests.report.conftest import made_rows, write_notebook

COUNTIES = ["510104", "510105", "510106"]

MakeContent = Callable[..., Content]


class FakeEngine:
    """Writes the outputs of every job at once, except for the counties in `broken`."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.broken: set[str] = set()
        self.interrupt_after: int | None = None

    def __call__(self, jobs: list[Job], *, workers: int, on_done, environment) -> None:  # type: ignore[no-untyped-def]
        for number, job in enumerate(jobs):
            if number == self.interrupt_after:
                raise KeyboardInterrupt
            county = job.parameters["county"]
            self.ran.append(county)
            for path in (job.output, job.page):
                assert path is not None
                if county not in self.broken:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(f"{county} {job.meta['edition']}", "utf-8")
            bad = county in self.broken
            on_done(
                Outcome(job, ok=not bad, seconds=1.0, error="单元 3 ValueError" if bad else None)
            )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    fake = FakeEngine()
    monkeypatch.setattr("agriqa.report.engine.run_reports", fake)
    return fake


@pytest.fixture
def stub_project(
    project_folder: Path,
    make_content: MakeContent,
    monkeypatch: pytest.MonkeyPatch,
) -> Project:
    """A project with a stub notebook and made figures of three counties."""
    write_notebook(
        project_folder / "notebooks" / "reports",
        "county",
        "from IPython.display import Markdown\nMarkdown(f'{county} {period}')",
        parameters='county = ""\nperiod = 2021\nlanguage = "zh"\nsnapshot = "latest"',
    )

    def gather(snapshot: object, *, period: int, language: Language, counties: tuple[str, ...]):  # type: ignore[no-untyped-def]
        if len(counties) <= 3:
            return make_content(3, period=period, language=language)
        # All counties, of which three have returned something: their rows are soon written.
        rows = made_rows(COUNTIES, [2020, 2021], province="510000")
        return make_content(None, period=period, language=language, rows=rows)

    monkeypatch.setattr(edition_module, "gather", gather)

    def open_snapshot(project: Project, name: str | None = None) -> SimpleNamespace:
        return SimpleNamespace(project=project, id=name or "0123456789ab")

    monkeypatch.setattr(edition_module, "Snapshot", SimpleNamespace(open=open_snapshot))
    return Project.find(project_folder)


def listing(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256(p) for p in folder.rglob("*") if p.is_file()}


def test_edition_has_all_its_parts(stub_project: Project, engine: FakeEngine) -> None:
    result = build_edition(stub_project, counties=COUNTIES)
    assert not result.failures
    assert set(listing(result.folder)) == {
        "index.html", "manifest.json", "data/indicators.csv", "data/indicators.parquet",
        "data/indicators.xlsx", *(f"counties/{c}.html" for c in COUNTIES),
        *(f"notebooks/{c}.ipynb" for c in COUNTIES),
    }  # fmt: skip


def test_manifest_has_the_hash_of_every_file(stub_project: Project, engine: FakeEngine) -> None:
    result = build_edition(stub_project, counties=COUNTIES)
    manifest = json.loads((result.folder / "manifest.json").read_text("utf-8"))
    hashes = {name: file["sha256"] for name, file in manifest["files"].items()}
    assert hashes | {"manifest.json": ""} == listing(result.folder) | {"manifest.json": ""}
    assert manifest["counts"] == {"reports": 3, "ok": 3, "failed": 0}


def test_latest_is_the_edition_of_all_counties_and_stays_it(
    stub_project: Project, engine: FakeEngine
) -> None:
    whole = build_edition(stub_project)
    assert os.readlink(stub_project.reports / "latest") == whole.edition == whole.latest
    assert f"reports/latest → {whole.edition}" in str(whole)
    others: list[dict[str, object]] = [
        {"counties": COUNTIES[:1]}, {"period": 2020}, {"language": "en"},
    ]  # fmt: skip
    for options in others:
        for _ in range(2):  # built, then found complete
            result = build_edition(stub_project, **options)  # type: ignore[arg-type]
            assert result.edition != whole.edition
            assert os.readlink(stub_project.reports / "latest") == whole.edition == result.latest
            assert "latest 未变 / latest unchanged" in str(result)


def test_latest_comes_back_to_a_whole_edition_that_stands_already(
    stub_project: Project, engine: FakeEngine
) -> None:
    first = build_edition(stub_project)
    build_edition(stub_project, snapshot="other")
    again = build_edition(stub_project)
    assert (again.unchanged, again.latest) == (True, first.edition)


def test_first_edition_of_some_counties_makes_no_latest(
    stub_project: Project, engine: FakeEngine
) -> None:
    result = build_edition(stub_project, counties=COUNTIES)
    assert not (stub_project.reports / "latest").is_symlink()
    assert result.latest is None


def test_result_has_a_line_for_each_thing(stub_project: Project, engine: FakeEngine) -> None:
    engine.broken = {"510105"}
    result = build_edition(stub_project, counties=COUNTIES)
    lines = str(result).splitlines()
    assert [line.split()[1] for line in lines[:4]] == ["edition", "reports", "files", "folder"]
    assert lines[3].endswith(str(result.folder))
    assert all(len(line) < 79 for line in lines if str(result.folder) not in line)
    assert lines[-1] == "失败 failed 510105：单元 3 ValueError"


def test_complete_edition_is_not_built_again(stub_project: Project, engine: FakeEngine) -> None:
    first = build_edition(stub_project, counties=COUNTIES)
    engine.ran.clear()
    second = build_edition(stub_project, counties=COUNTIES)
    assert (second.unchanged, second.edition, engine.ran) == (True, first.edition, [])


def test_failure_is_shown_and_the_others_are_published(
    stub_project: Project, engine: FakeEngine
) -> None:
    engine.broken = {"510105"}
    result = build_edition(stub_project, counties=COUNTIES)
    assert result.failures == {"510105": "单元 3 ValueError"}
    assert "未能生成" in (result.folder / "counties/510105.html").read_text("utf-8")
    assert "单元 3 ValueError" in (result.folder / "index.html").read_text("utf-8")
    assert (result.folder / "notebooks/510104.ipynb").is_file()
    assert json.loads((result.folder / "manifest.json").read_text("utf-8"))["state"] == "failures"


def test_repaired_edition_gets_a_new_id_and_leaves_the_old_one(
    stub_project: Project, engine: FakeEngine
) -> None:
    engine.broken = {"510105"}
    first = build_edition(stub_project, counties=COUNTIES)
    before = listing(first.folder)
    engine.broken, engine.ran = set(), []
    second = build_edition(stub_project, counties=COUNTIES)
    assert second.edition == f"{first.edition}-2"
    assert engine.ran == ["510105"]
    assert second.cached == 2
    assert listing(first.folder) == before


def test_same_failure_again_publishes_nothing_new(
    stub_project: Project, engine: FakeEngine
) -> None:
    engine.broken = {"510105"}
    first = build_edition(stub_project, counties=COUNTIES)
    second = build_edition(stub_project, counties=COUNTIES)
    assert (second.unchanged, second.edition) == (True, first.edition)
    assert second.failures


def test_force_makes_everything_anew(stub_project: Project, engine: FakeEngine) -> None:
    first = build_edition(stub_project, counties=COUNTIES)
    engine.ran.clear()
    second = build_edition(stub_project, counties=COUNTIES, force=True)
    assert second.edition == f"{first.edition}-2"
    assert engine.ran == COUNTIES


def test_interrupted_build_publishes_nothing_and_resumes(
    stub_project: Project, engine: FakeEngine
) -> None:
    engine.interrupt_after = 2
    with pytest.raises(KeyboardInterrupt):
        build_edition(stub_project, counties=COUNTIES)
    assert not list(stub_project.reports.glob("[!.]*"))
    engine.interrupt_after, engine.ran = None, []
    result = build_edition(stub_project, counties=COUNTIES)
    assert engine.ran == ["510106"]
    assert result.cached == 2
    assert not list(stub_project.reports.glob(".build-*"))


def test_half_written_report_does_not_count_as_finished(
    stub_project: Project, engine: FakeEngine
) -> None:
    engine.interrupt_after = 2
    with pytest.raises(KeyboardInterrupt):
        build_edition(stub_project, counties=COUNTIES)
    page = next(stub_project.reports.glob(".build-*/edition/counties/510104.html"))
    page.write_text("half", "utf-8")
    engine.interrupt_after, engine.ran = None, []
    build_edition(stub_project, counties=COUNTIES)
    assert engine.ran == ["510104", "510106"]


def test_changed_notebook_makes_another_edition(stub_project: Project, engine: FakeEngine) -> None:
    first = build_edition(stub_project, counties=COUNTIES)
    write_notebook(
        stub_project.notebooks / "reports",
        "county",
        "print('other')",
        parameters='county = ""\nperiod = 2021\nlanguage = "zh"\nsnapshot = "latest"',
    )
    second = build_edition(stub_project, counties=COUNTIES)
    assert second.edition.split("-")[1] != first.edition.split("-")[1]


def test_other_snapshot_or_counties_make_another_edition(
    stub_project: Project, engine: FakeEngine
) -> None:
    editions = {
        build_edition(stub_project, counties=COUNTIES).edition,
        build_edition(stub_project, counties=COUNTIES, snapshot="other").edition,
        build_edition(stub_project, counties=COUNTIES[:2]).edition,
    }
    assert len(editions) == 3


def test_second_build_of_the_same_edition_is_refused(
    stub_project: Project, engine: FakeEngine
) -> None:
    base = build_edition(stub_project, counties=COUNTIES).edition
    with (
        FileLock(stub_project.reports / ".locks" / f"{base}.lock"),
        pytest.raises(EditionBusyError, match=base),
    ):
        build_edition(stub_project, counties=COUNTIES, force=True)


def test_county_may_be_given_by_name(stub_project: Project, engine: FakeEngine) -> None:
    build_edition(stub_project, counties=["锦江区"])
    assert engine.ran == ["510104"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"counties": ["锦江县城区"]}, UnknownAreaError),
        ({"language": "fr"}, UnknownNameError),
        ({"period": 1066}, Exception),
    ],
)
def test_unknown_option_is_refused_before_anything_runs(
    stub_project: Project, engine: FakeEngine, options: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        build_edition(stub_project, **{"counties": COUNTIES, **options})  # type: ignore[arg-type]
    assert engine.ran == []


def test_missing_notebook_is_a_clear_error(stub_project: Project, engine: FakeEngine) -> None:
    (stub_project.notebooks / "reports" / "county.ipynb").unlink()
    with pytest.raises(AgriqaError, match=r"county\.ipynb"):
        build_edition(stub_project, counties=COUNTIES)


def test_progress_counts_finished_and_all(stub_project: Project, engine: FakeEngine) -> None:
    seen: list[tuple[int, int]] = []
    build_edition(stub_project, counties=COUNTIES, progress=lambda d, t: seen.append((d, t)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_stub_notebook_runs_from_parameters_to_page(stub_project: Project) -> None:
    result = build_edition(stub_project, counties=COUNTIES[:1], workers=1)
    assert not result.failures
    page = (result.folder / "counties/510104.html").read_text("utf-8")
    assert "510104 2021" in page


def test_small_project_gets_its_edition(small_project: Project, tmp_path: Path) -> None:
    """The whole way on loaded data: three counties, one of them renamed."""
    root = tmp_path / "project"
    ignored = shutil.ignore_patterns("demo", "store", ".*")
    shutil.copytree(small_project.root, root, ignore=ignored)
    copy_store(small_project, Project.find(root))
    counties = ["510117", "511002", "513301"]
    result = build_edition(Project.find(root), counties=counties, workers=2)
    assert not result.failures
    for code, name in zip(counties, ["郫都区", "市中区", "康定市"], strict=True):
        page = (result.folder / "counties" / f"{code}.html").read_text("utf-8")
        assert name in page
        assert "含模拟数据" in page
        assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    index = (result.folder / "index.html").read_text("utf-8")
    assert "郫都区" in index
    assert str(root) not in "".join(
        path.read_text("utf-8") for path in (result.folder / "notebooks").iterdir()
    )
