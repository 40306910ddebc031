"""How an edition comes to stand under ``reports/``: whole or not at all.

::

    reports/<edition>/            published; never changed
    reports/latest                symbolic link to the newest of the whole jurisdiction
    reports/.build-<base>/        an edition in the making
        edition/                  what will be renamed into place
        receipts/<code>.json      which reports are finished, and with which key
    reports/.failed/<base>/       partly executed notebooks, for the analyst
    reports/.locks/               one lock for each build
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agriqa.errors import AgriqaError

MANIFEST = "manifest.json"


class EditionBusyError(AgriqaError):
    """Another process is building the same edition."""


@dataclass(frozen=True)
class Published:
    """A published edition: its id, folder and manifest."""

    edition: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def complete(self) -> bool:
        """Whether every report in it succeeded."""
        return self.manifest["state"] == "complete"


@dataclass(frozen=True)
class EditionResult:
    """What became of a build.

    Parameters
    ----------
    edition : str
        Id of the edition that stands now.
    folder : Path
        Where it stands.
    total, cached : int
        Number of reports, and of those kept from an earlier run.
    failures : mapping
        County code to error.
    files, size : int
        Number of files of the edition, and their size together [bytes].
    seconds : float
        Wall time of the build [s].
    unchanged : bool
        Whether there was nothing new to publish.
    latest : str, optional
        Id of the edition that ``reports/latest`` leads to now.
    """

    edition: str
    folder: Path
    total: int
    cached: int
    failures: Mapping[str, str]
    files: int
    size: int
    seconds: float
    unchanged: bool
    latest: str | None

    def __str__(self) -> str:
        """Say in words what stands now, in lines of less than 80 columns but for the folder's."""
        state = "未变 unchanged" if self.unchanged else "已发布 published"
        lines = [
            f"版本 edition {self.edition} {state}",
            f"报告 reports {self.total - len(self.failures)}/{self.total}，"
            f"沿用 kept {self.cached}，失败 failed {len(self.failures)}",
            f"文件 files {self.files}，{self.size / 1e6:.1f} MB，"
            f"用时 time {_duration(self.seconds)}",
            f"位置 folder {self.folder}",
            *self._latest(),
        ]
        lines += [f"失败 failed {code}：{error}" for code, error in self.failures.items()]
        return "\n".join(lines)

    def _latest(self) -> list[str]:
        if self.latest == self.edition:
            return [f"reports/latest → {self.latest}"]
        stays = f"仍为 still {self.latest}" if self.latest else "尚无 none yet"
        return [
            f"latest 未变 / latest unchanged（{stays}）",
            "只有全部县、本项目年份和语言的版本才更新 latest",
            "only an edition of all counties, the project's period and language moves it",
        ]


@dataclass(frozen=True)
class Build:
    """An edition in the making, to be named `base`, or `base`-2 and so on."""

    reports: Path
    base: str

    @property
    def folder(self) -> Path:
        """Everything that belongs to the build."""
        return self.reports / f".build-{self.base}"

    @property
    def edition(self) -> Path:
        """The folder that will be published."""
        return self.folder / "edition"

    @property
    def failed(self) -> Path:
        """Where partly executed notebooks are kept."""
        return self.reports / ".failed" / self.base

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the build's lock; it dies with its owner.

        Raises
        ------
        EditionBusyError
            If another process holds it.
        """
        from filelock import FileLock, Timeout

        locks = self.reports / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        lock = FileLock(locks / f"{self.base}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise EditionBusyError(
                f"版本 {self.base} 正由另一个进程生成，请等它结束。"
                f" / Edition {self.base} is being built by another process; wait for it to end."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def earlier(self) -> Published | None:
        """Return the newest published edition of this build, if there is one."""
        numbers = [_number(path.name, self.base) for path in self.reports.glob(f"{self.base}*")]
        found = [n for n in numbers if n]
        return self._read(max(found)) if found else None

    def _read(self, number: int) -> Published:
        name = _name(self.base, number)
        folder = self.reports / name
        return Published(name, folder, json.loads((folder / MANIFEST).read_text("utf-8")))

    def next_name(self) -> str:
        """Return the id the build will be published under."""
        earlier = self.earlier()
        number = _number(earlier.edition, self.base) if earlier else 0
        return _name(self.base, number + 1)

    def finish(self, code: str, *, key: str, seconds: float) -> None:
        """Record that the report of `code` is finished and whole."""
        receipt = {
            "key": key,
            "seconds": seconds,
            "sha256": {str(p): sha256(self.edition / p) for p in _outputs(code)},
        }
        write_text(self._receipt(code), json.dumps(receipt))

    def finished(self, code: str, *, key: str) -> float | None:
        """Return the seconds [s] the finished report of `code` took; None if it must be run.

        A report counts as finished only with the same key and unchanged files.
        """
        path = self._receipt(code)
        if not path.is_file():
            return None
        receipt = json.loads(path.read_text("utf-8"))
        files = {self.edition / name: digest for name, digest in receipt["sha256"].items()}
        whole = all(path.is_file() and sha256(path) == digest for path, digest in files.items())
        return float(receipt["seconds"]) if whole and receipt["key"] == key else None

    def adopt(self, earlier: Published) -> None:
        """Take over the good reports of an earlier edition of the same build."""
        for code, report in earlier.manifest["reports"].items():
            if report["state"] != "ok" or self._receipt(code).exists():
                continue
            for name in _outputs(code):
                target = self.edition / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(earlier.folder / name, target)
            self.finish(code, key=report["key"], seconds=report["seconds"])

    def _receipt(self, code: str) -> Path:
        return self.folder / "receipts" / f"{code}.json"

    def publish(self) -> Path:
        """Move the edition into place and clear the build away."""
        target = self.reports / self.next_name()
        os.rename(self.edition, target)
        self.discard()
        return target

    def discard(self) -> None:
        """Remove the build."""
        shutil.rmtree(self.folder, ignore_errors=True)


def point_latest(edition: Path) -> None:
    """Make ``latest`` beside `edition` a link to it, in one step."""
    draft = edition.parent / f".latest-{os.getpid()}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(edition.name, target_is_directory=True)
    os.replace(draft, edition.parent / "latest")


def latest_edition(reports: Path) -> str | None:
    """Return the id of the edition that ``latest`` points at."""
    link = reports / "latest"
    return os.readlink(link) if link.is_symlink() else None


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all (UTF-8, LF)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, path)


def _duration(seconds: float) -> str:
    """Write a time as one word.

    Examples
    --------
    >>> _duration(3.21), _duration(340)
    ('3.2s', '5m40s')
    """
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s"


def _outputs(code: str) -> tuple[str, str]:
    return f"counties/{code}.html", f"notebooks/{code}.ipynb"


def _name(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def _number(name: str, base: str) -> int:
    """Return 1 for `base`, n for ``base-n``, 0 for anything else.

    Examples
    --------
    >>> [_number(name, "2021-ab") for name in ("2021-ab", "2021-ab-3", "2021-abc")]
    [1, 3, 0]
    """
    match = re.fullmatch(re.escape(base) + r"(?:-([1-9][0-9]*))?", name)
    return int(match[1] or 1) if match else 0
