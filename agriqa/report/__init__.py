"""Reports: parameters, pages, the notebook engine, editions and their index."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agriqa.report.edition import EditionResult as EditionResult
    from agriqa.report.edition import build_edition as build_edition

__all__ = ["EditionResult", "build_edition"]


def __getattr__(name: str) -> object:
    # A report's kernel imports this package too and has no use for the edition.
    if name in __all__:
        from agriqa.report import edition

        return getattr(edition, name)
    raise AttributeError(f"module 'agriqa.report' has no attribute {name!r}")
