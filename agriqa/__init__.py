"""agriqa: a Jupyter workbench for agricultural quality and brand analytics.

>>> import agriqa
>>> wb = agriqa.open()                   # doctest: +SKIP
>>> wb.county("郫县").measures()          # doctest: +SKIP
>>> agriqa.preview("用量.xlsx")           # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa._version import __version__

if TYPE_CHECKING:
    from agriqa.workbench import open as open
    from agriqa.workbench import preview as preview

__all__ = ["__version__", "open", "preview"]


def __getattr__(name: str) -> object:
    # The workbench pulls in pandas and pyarrow: only when it is asked for.
    if name in ("open", "preview"):
        from agriqa import workbench

        return getattr(workbench, name)
    raise AttributeError(f"module 'agriqa' has no attribute {name!r}")
