"""The registry of indicators over a snapshot."""

from agriqa.measures.measure import TIDY, Level, Measure
from agriqa.measures.registry import LEVELS, compute, measure, measure_table, registry

__all__ = ["LEVELS", "TIDY", "Level", "Measure", "compute", "measure", "measure_table", "registry"]
