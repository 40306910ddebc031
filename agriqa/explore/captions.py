"""What stands under a chart of an exploring notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.datasets import dataset
from agriqa.figures.chart import Caption

if TYPE_CHECKING:
    from agriqa.project import Language
    from agriqa.workbench import Workbench


def caption(wb: Workbench, *names: str, language: Language | None = None) -> Caption:
    """Name the datasets a chart rests on, and mark it where one of them is simulated.

    Parameters
    ----------
    wb : Workbench
    *names : str
        Datasets.
    language : {"zh", "en"}, optional
        The project's own by default.
    """
    spoken = language or wb.project.language
    zh = spoken == "zh"
    simulated = any((wb.table(name)["origin"] == "simulated").any() for name in names)
    labels = ("、" if zh else ", ").join(dataset(name).label[spoken] for name in names)
    mark = ("（模拟）" if zh else " (simulated)") if simulated else ""
    line = (
        f"来源：{labels}{mark}；快照 {wb.snapshot.id}"
        if zh
        else f"Source: {labels}{mark}; snapshot {wb.snapshot.id}"
    )
    return Caption(line, simulated=simulated, language=spoken)
