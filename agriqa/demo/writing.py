"""Writes the whole demo: workbooks, sampling files, truth and read-me, in one move."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agriqa.demo.config import DemoConfig, DemoError, load_config
from agriqa.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.demo.defects import Defect, Edit, SheetKey
    from agriqa.project import Project

Progress = Callable[[int, int, str], None]
TRUTH = "truth.json"
README = "README.md"
RETURNS = "returns"


@dataclass(frozen=True)
class DemoSummary:
    """What `write_demo` wrote."""

    out: Path
    seed: int
    workbooks: int
    files: int
    samples: int
    residues: int
    defects: int
    total_bytes: int

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """Say in words what was written."""
        return (
            f"模拟数据已写入 {self.out}：{self.files} 个文件，其中工作簿 {self.workbooks} 个；"
            f"样品 {self.samples:,} 个，残留测定 {self.residues:,} 个；"
            f"有意放入的错误 {self.defects} 处。"
        )


def write_demo(
    project: Project,
    *,
    out: Path | None = None,
    seed: int | None = None,
    counties: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> DemoSummary:
    """Write the simulated returns of the project's counties.

    The same seed and selection give the same bytes. The folder appears whole
    or not at all; an older demo in its place is replaced.

    Parameters
    ----------
    project : Project
        Gives the register, the published figures and ``demo.toml``.
    out : Path, optional
        Folder to write, ``data/demo`` of the project by default.
    seed : int, optional
        Other seed than the one in ``demo.toml``.
    counties : sequence of str, optional
        Codes of counties of today to write; all by default. The numbers of a
        county do not depend on which others are written.
    years : sequence of int, optional
        Years to write; all of ``demo.toml`` by default.
    progress : callable, optional
        Called as ``progress(done, total, file)`` after each file.

    Raises
    ------
    UnknownNameError
        If a county or year is unknown.
    DemoError
        If ``demo.toml`` is wrong, or `out` holds something else than a demo.
    """
    config = load_config(project.config)
    target = (out or project.demo).resolve()
    _check_free(target)
    _check_known("县代码", "county code", counties, list(project.register.counties["code"]))
    _check_known("年份", "year", years, list(config.years))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".demo-", dir=target.parent) as made:
        fresh = Path(made) / "new"
        fresh.mkdir()
        summary = _write(
            project,
            config,
            fresh,
            target,
            config.seed if seed is None else seed,
            None if counties is None else frozenset(counties),
            None if years is None else frozenset(years),
            progress or (lambda done, total, file: None),
        )
        _put_in_place(fresh, target, Path(made) / "old")
    return summary


def _put_in_place(fresh: Path, target: Path, old: Path) -> None:
    """Rename `fresh` to `target`; what stood there goes to `old`, or back if that fails."""
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def _check_free(target: Path) -> None:
    if not target.exists():
        return
    if (target / TRUTH).is_file():
        own = json.loads((target / TRUTH).read_text("utf-8")).get("files", [])
        found = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
        strange = sorted(found - set(own))
        if strange:
            raise DemoError(
                f"{target} 里有不属于模拟数据的文件，不会覆盖：{'、'.join(strange[:5])}。"
                "请先移走，或用 --out 换一个位置。"
                f" / {target} holds files that are not the demo's: {', '.join(strange[:5])}."
                " Move them, or choose another folder with --out."
            )
        return
    if target.is_file() or any(target.iterdir()):
        raise DemoError(
            f"{target} 不是空的，也不是模拟数据文件夹，不会覆盖：请换一个位置。"
            f" / {target} is neither empty nor a demo; choose another folder."
        )


def _check_known(
    zh: str, en: str, wanted: Sequence[object] | None, known: Sequence[object]
) -> None:
    if wanted is not None and not wanted:
        raise DemoError(f"没有选任何{zh} / no {en} was chosen")
    for value in wanted or ():
        if value not in known:
            raise UnknownNameError(zh, en, value, [str(k) for k in known])


def _write(
    project: Project,
    config: DemoConfig,
    folder: Path,
    target: Path,
    seed: int,
    codes: frozenset[str] | None,
    years: frozenset[int] | None,
    progress: Progress,
) -> DemoSummary:
    from agriqa.demo.defects import plan_edits
    from agriqa.demo.returns import build_returns, select
    from agriqa.demo.samplefiles import write_sampling
    from agriqa.demo.sampling import build_residues, build_samples
    from agriqa.demo.structure import build_structure
    from agriqa.demo.truth import make_truth, natural_names, readme

    structure = build_structure(project, config, seed=seed)
    whole = build_returns(structure, config, seed=seed)
    frames = select(whole, codes=codes, years=years)
    scale = len(frames["greening"]) / len(whole["greening"])
    samples = build_samples(structure, config, seed=seed)
    residues = build_residues(samples, config, seed=seed)
    chosen = select({"s": samples, "r": residues}, codes=codes, years=years)
    samples, residues = chosen["s"], chosen["r"]

    today = {str(code): str(name) for code, name in structure.counties["name"].items()}
    names = project.register.counties["name"]
    shared = frozenset(names[names.duplicated()])
    edits = plan_edits(frames, today, config.defects, seed=seed, scale=scale)
    files, defects = _write_workbooks(folder, frames, edits, seed, progress)
    defects += write_sampling(folder, samples, residues, config, shared, seed=seed, scale=scale)
    natural = natural_names(frames, today, shared, files)
    truth = make_truth(
        structure,
        config,
        frames,
        samples,
        residues,
        defects,
        natural,
        seed=seed,
        complete=scale == 1.0,
    )
    written = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    truth["files"] = sorted([*written, TRUTH, README])
    (folder / TRUTH).write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (folder / README).write_text(readme(config), "utf-8")
    paths = [folder / name for name in truth["files"]]
    return DemoSummary(
        out=target,
        seed=seed,
        workbooks=len(files),
        files=len(paths),
        samples=len(samples),
        residues=len(residues),
        defects=len(defects),
        total_bytes=sum(p.stat().st_size for p in paths),
    )


def _by_workbook(frame: pd.DataFrame) -> dict[tuple[str, int], pd.DataFrame]:
    """Split the rows by prefecture code and year, in that order."""
    keys = zip(frame["prefecture_code"].tolist(), frame["year"].tolist(), strict=True)
    rows: dict[tuple[str, int], list[int]] = {}
    for position, key in enumerate(keys):
        rows.setdefault(key, []).append(position)
    return {key: frame.iloc[rows[key]] for key in sorted(rows)}


def _write_workbooks(
    folder: Path,
    frames: dict[str, pd.DataFrame],
    edits: dict[SheetKey, list[Edit]],
    seed: int,
    progress: Progress,
) -> tuple[dict[tuple[str, int], str], list[Defect]]:
    """Write a workbook for each prefecture and year; return their names and the defects."""
    from agriqa.demo.sheets import build_sheet, style_of
    from agriqa.demo.workbooks import write_workbook

    parts = {name: _by_workbook(frame) for name, frame in frames.items()}
    files: dict[tuple[str, int], str] = {}
    defects: list[Defect] = []
    for (code, year), rows in parts["greening"].items():
        prefecture = str(rows["prefecture"].iat[0])
        relative = f"{RETURNS}/{code}_{prefecture}/{prefecture}_{year}年农业统计报表.xlsx"
        style = style_of(seed, code, year)
        sheets = [
            build_sheet(
                name,
                part[code, year],
                edits.get((code, year, name), []),
                style,
                prefecture=prefecture,
                year=year,
            )
            for name, part in parts.items()
            if (code, year) in part
        ]
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        office = f"{prefecture}农业农村部门（模拟）"
        defects += write_workbook(path, sheets, office=office, relative=relative)
        files[code, year] = relative
        progress(len(files), len(parts["greening"]), relative)
    return files, defects
