"""Targets: what each is tracked by, how far it has come, and how it stands."""

from agriqa.assess.targets.counties import county_progress
from agriqa.assess.targets.settings import TargetSettings, Treatment, load_target_settings
from agriqa.assess.targets.tracking import TargetResult, track_targets

__all__ = [
    "TargetResult",
    "TargetSettings",
    "Treatment",
    "county_progress",
    "load_target_settings",
    "track_targets",
]
