"""The registry of indicators over a snapshot."""

from agriqa.measures.measure import LEVELS, TIDY, Level, Measure
from agriqa.measures.registry import compute, core_measures, measure, measure_table, registry

__all__ = [
    "LEVELS",
    "TIDY",
    "Level",
    "Measure",
    "compute",
    "core_measures",
    "measure",
    "measure_table",
    "registry",
]
