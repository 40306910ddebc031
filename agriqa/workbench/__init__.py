"""The analyst's door: open the project and ask, one line per answer."""

from agriqa.workbench.county import CountyView
from agriqa.workbench.workbench import Workbench, open, preview

__all__ = ["CountyView", "Workbench", "open", "preview"]
