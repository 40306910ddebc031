"""Pure statistics: arrays and frames in, results out; knows nothing of agriculture."""

from agriqa.stats.proportions import wilson_interval

__all__ = ["wilson_interval"]
