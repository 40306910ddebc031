"""Builds an edition: all reports, the index page and the indicator files, published at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import agriqa
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.project import Language, Project
from agriqa.report.content import Content, gather
from agriqa.report.job import Job, Outcome
from agriqa.report.parameters import CountyParameters
from agriqa.report.publication import (
    MANIFEST,
    Build,
    EditionResult,
    Published,
    latest_edition,
    point_latest,
    sha256,
    write_text,
)
from agriqa.store import Snapshot

NOTEBOOK = Path("reports", "county.ipynb")
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Plan:
    """All that an edition depends on; the same plan makes the same edition."""

    project: Project
    snapshot: Snapshot
    period: int
    language: Language
    counties: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether this is what the project publishes: all counties, its period and language."""
        return (self.counties, self.period, self.language) == (
            _codes(self.project, None),
            self.project.period,
            self.project.language,
        )

    @property
    def notebook(self) -> Path:
        """The county report's notebook."""
        return self.project.notebooks / NOTEBOOK

    def parameters(self, code: str) -> dict[str, Any]:
        """Return the notebook's parameters for one county."""
        return {
            "county": code,
            "period": self.period,
            "language": self.language,
            "snapshot": self.snapshot.id,
        }

    @cached_property
    def inputs(self) -> str:
        """Hash of data, notebook, program and reference files."""
        if not self.notebook.is_file():
            raise AgriqaError(
                f"找不到报告笔记本：{self.notebook} / Report notebook not found: {self.notebook}"
            )
        package = Path(agriqa.__file__).parent
        digest = hashlib.sha256(self.snapshot.id.encode())
        digest.update(self.notebook.read_bytes())
        for folder in (package, self.project.reference):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    digest.update(path.relative_to(folder).as_posix().encode())
                    digest.update(path.read_bytes())
        return digest.hexdigest()

    def key(self, code: str) -> str:
        """Return the hash of all that one county's report depends on."""
        return _hash(self.inputs, self.parameters(code))

    @cached_property
    def base(self) -> str:
        """Id of the edition, before a number is added for a repetition."""
        digest = _hash(self.inputs, [self.parameters(code) for code in self.counties])
        return f"{self.period}-{digest[:8]}"


def build_edition(
    project: Project,
    *,
    snapshot: str | None = None,
    period: int | None = None,
    language: str | None = None,
    counties: Sequence[str] | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> EditionResult:
    """Run the reports of all counties and publish them as one edition.

    An interrupted build goes on where it stopped. A published edition is never
    changed: after failures, or with `force`, the next one gets the suffix
    ``-2``, ``-3``, … Only an edition of all counties, of the project's own
    period and language, becomes ``reports/latest``.

    Parameters
    ----------
    project : Project
        The project folder.
    snapshot : str, optional
        Id of the snapshot; the latest if None.
    period : int, optional
        The year; the project's if None.
    language : {"zh", "en"}, optional
        Language of the reports; the project's if None.
    counties : sequence of str, optional
        Codes or names; all counties of the register if None.
    workers : int, optional
        Reports run at the same time; one for each processor if None.
    force : bool
        Run everything again.
    progress : callable, optional
        Called with the numbers of finished and of all reports, at the start
        and after each report.

    Raises
    ------
    AgriqaError
        If a county, snapshot, period or language is not known; nothing has
        run then.
    EditionBusyError
        If another process is building the same edition.
    """
    began = time.perf_counter()
    opened = Snapshot.open(project, snapshot)
    plan = Plan(
        project=project,
        snapshot=opened,
        period=project.period if period is None else period,
        language=_language(language or project.language),
        counties=_codes(project, counties),
    )
    content = None
    build = Build(project.reports, plan.base)
    with build.locked():
        earlier = build.earlier()
        if earlier and earlier.complete and not force:
            return _result(plan, earlier, began, cached=len(plan.counties), unchanged=True)
        content = _content(plan)
        if force:
            build.discard()
        elif earlier:
            build.adopt(earlier)
        outcomes = _run(plan, build, content, workers or _processors(), progress)
        cached = sum(o.cached for o in outcomes.values())
        if earlier and not force and not _better(outcomes, earlier):
            build.discard()
            return _result(plan, earlier, began, cached=cached, unchanged=True)
        _complete(plan, build, content, outcomes)
        build.publish()
        published = build.earlier()
        assert published is not None
        return _result(plan, published, began, cached=cached, unchanged=False)


def _processors() -> int:
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1


def _language(name: str) -> Language:
    for known in LANGUAGES:
        if name == known:
            return known
    raise UnknownNameError("语言", "language", name, LANGUAGES)


def _codes(project: Project, counties: Sequence[str] | None) -> tuple[str, ...]:
    register = project.register
    if counties is None:
        return tuple(sorted(register.counties["code"]))
    return tuple(sorted({register.resolve(county).code for county in counties}))


def _content(plan: Plan) -> Content:
    content = gather(
        plan.snapshot, period=plan.period, language=plan.language, counties=plan.counties
    )
    of_counties = content.rows["level"] == "county"
    periods = content.rows.loc[of_counties, "period"].unique().tolist()
    for code in plan.counties:
        CountyParameters(**plan.parameters(code)).check(plan.project.register, periods)
    return content


def _run(
    plan: Plan,
    build: Build,
    content: Content,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> dict[str, Outcome]:
    from agriqa.report.engine import run_reports

    jobs = _jobs(plan, build, content)
    code_of = {job.key: code for code, job in jobs.items()}
    outcomes: dict[str, Outcome] = {}
    for code, job in jobs.items():
        seconds = build.finished(code, key=job.key)
        if seconds is not None:
            outcomes[code] = Outcome(job, ok=True, seconds=seconds, cached=True)

    def tell() -> None:
        if progress is not None:
            progress(len(outcomes), len(jobs))

    def on_done(outcome: Outcome) -> None:
        code = code_of[outcome.job.key]
        outcomes[code] = outcome
        if outcome.ok:
            build.finish(code, key=outcome.job.key, seconds=outcome.seconds)
        tell()

    tell()
    shutil.rmtree(build.failed, ignore_errors=True)
    waiting = [job for code, job in jobs.items() if code not in outcomes]
    environment = {"AGRIQA_PROJECT": str(plan.project.root)}
    run_reports(waiting, workers=workers, on_done=on_done, environment=environment)
    return {code: outcomes[code] for code in jobs}


def _jobs(plan: Plan, build: Build, content: Content) -> dict[str, Job]:
    simulated = content.simulated_counties()
    made_on = dt.date.today().isoformat()
    names = content.names()
    return {
        code: Job(
            key=plan.key(code),
            notebook=plan.notebook,
            parameters=plan.parameters(code),
            output=build.edition / "notebooks" / f"{code}.ipynb",
            page=build.edition / "counties" / f"{code}.html",
            failed=build.failed / f"{code}.ipynb",
            meta={
                "title": f"{names[code]} {plan.period}{content.text(' 年', '')}",
                "project": f"{content.area} {content.title}",
                "notebook": f"../notebooks/{code}.ipynb",
                "edition": build.next_name(),
                "snapshot": plan.snapshot.id,
                "period": plan.period,
                "language": plan.language,
                "simulated": code in simulated,
                "made_on": made_on,
                "version": agriqa.__version__,
            },
        )
        for code in plan.counties
    }


def _better(outcomes: Mapping[str, Outcome], earlier: Published) -> bool:
    """Whether a report succeeded that had failed in the earlier edition."""
    return any(
        outcome.ok and earlier.manifest["reports"][code]["state"] != "ok"
        for code, outcome in outcomes.items()
    )


def _complete(plan: Plan, build: Build, content: Content, outcomes: Mapping[str, Outcome]) -> None:
    """Write all that stands beside the reports; the manifest comes last."""
    from agriqa.report.exports import write_exports
    from agriqa.report.index import render_failure, render_index

    name = build.next_name()
    errors = {code: str(o.error) for code, o in outcomes.items() if not o.ok}
    for leftover in build.edition.rglob(".*"):  # drafts of a killed worker
        leftover.unlink()
    write_exports(content, build.edition / "data")
    for code in errors:
        page = render_failure(content, code, edition=name)
        write_text(build.edition / "counties" / f"{code}.html", page)
    index = render_index(content, edition=name, errors=errors)
    write_text(build.edition / "index.html", index)
    manifest = _manifest(plan, name, content, outcomes)
    manifest["files"] = {
        path.relative_to(build.edition).as_posix(): {
            "sha256": sha256(path),
            "bytes": path.stat().st_size,
        }
        for path in sorted(build.edition.rglob("*"))
        if path.is_file()
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    write_text(build.edition / MANIFEST, text + "\n")


def _manifest(
    plan: Plan, name: str, content: Content, outcomes: Mapping[str, Outcome]
) -> dict[str, Any]:
    failed = sum(not outcome.ok for outcome in outcomes.values())
    return {
        "edition": name,
        "state": "failures" if failed else "complete",
        "period": plan.period,
        "language": plan.language,
        "snapshot": plan.snapshot.id,
        "agriqa_version": agriqa.__version__,
        "python": platform.python_version(),
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "simulated": content.simulated,
        "inputs": plan.inputs,
        "counts": {"reports": len(outcomes), "ok": len(outcomes) - failed, "failed": failed},
        "reports": {
            code: {
                "state": "ok" if outcome.ok else "failed",
                "seconds": round(outcome.seconds, 3),
                "key": outcome.job.key,
                "error": outcome.error,
            }
            for code, outcome in outcomes.items()
        },
    }


def _result(
    plan: Plan, published: Published, began: float, *, cached: int, unchanged: bool
) -> EditionResult:
    """Say what stands now; a whole edition becomes ``latest``."""
    if plan.whole:
        point_latest(published.folder)
    reports = published.manifest["reports"]
    return EditionResult(
        edition=published.edition,
        folder=published.folder,
        total=len(reports),
        cached=cached,
        failures={code: r["error"] for code, r in reports.items() if r["state"] != "ok"},
        files=len(published.manifest["files"]) + 1,
        size=sum(file["bytes"] for file in published.manifest["files"].values()),
        seconds=time.perf_counter() - began,
        unchanged=unchanged,
        latest=latest_edition(plan.project.reports),
    )


def _hash(inputs: str, parameters: Any) -> str:
    text = json.dumps([inputs, parameters], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
