"""What the notebook engine is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """One notebook to run with one set of parameters.

    Parameters
    ----------
    key : str
        What the outputs depend on; the same key means the same report.
    notebook : Path
        The notebook to run.
    parameters : mapping
        Values for the cell tagged ``parameters``: text, numbers, true/false,
        None, and lists and mappings of them. They reach the notebook as they
        are: the text ``"010101"`` stays text.
    output : Path
        Where the executed notebook goes.
    page : Path, optional
        Where the HTML page goes; None makes no page.
    meta : mapping
        Fields of `agriqa.report.page.PageMeta` for the page.
    failed : Path, optional
        Where the partly executed notebook of a failure is kept.
    """

    key: str
    notebook: Path
    parameters: Mapping[str, Any]
    output: Path
    page: Path | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    failed: Path | None = None

    def to_message(self) -> dict[str, Any]:
        """Return the job as plain values that JSON carries to a worker."""
        return {
            "key": self.key,
            "notebook": str(self.notebook),
            "parameters": dict(self.parameters),
            "output": str(self.output),
            "page": self.page and str(self.page),
            "meta": dict(self.meta),
            "failed": self.failed and str(self.failed),
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Job:
        """Rebuild a job from `to_message`.

        Examples
        --------
        >>> job = Job(key="k", notebook=Path("a.ipynb"), parameters={}, output=Path("b.ipynb"))
        >>> Job.from_message(job.to_message()) == job
        True
        """
        return cls(
            key=message["key"],
            notebook=Path(message["notebook"]),
            parameters=message["parameters"],
            output=Path(message["output"]),
            page=Path(message["page"]) if message["page"] else None,
            meta=message["meta"],
            failed=Path(message["failed"]) if message["failed"] else None,
        )


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Parameters
    ----------
    job : Job
        The job.
    ok : bool
        Whether its outputs are there, whole.
    seconds : float
        Wall time of the run [s]; for a cached one, of the run that made it.
    error : str, optional
        Cell, exception and message, or why the kernel died.
    cached : bool
        Whether an earlier run's outputs were kept.
    """

    job: Job
    ok: bool
    seconds: float
    error: str | None = None
    cached: bool = False
