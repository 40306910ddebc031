"""agriqa: a Jupyter workbench for agricultural quality and brand analytics.

>>> import agriqa
>>> wb = agriqa.open()                   # doctest: +SKIP
>>> wb.county("郫县").measures()          # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa._version import __version__

if TYPE_CHECKING:
    from agriqa.workbench import open as open

__all__ = ["__version__", "open"]


def __getattr__(name: str) -> object:
    # The workbench pulls in pandas and pyarrow: only when it is asked for.
    if name == "open":
        from agriqa.workbench import open as open_workbench

        return open_workbench
    raise AttributeError(f"module 'agriqa' has no attribute {name!r}")
