"""Which process runs which test, where several run at once.

Tests that share something costly (a loaded store, a browser, a run of the
engine) go to one process, which makes it once. The longest go first, so that
nobody waits for them at the end.

The mark ``xdist_group`` would say this beside the tests, but pytest-xdist 3.8
cannot pass it on under pytest 9.2 and silently spreads the tests.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# What needs the whole demo, which takes longest to load.
WHOLE = (
    "tests/measures/test_evaluation.py",
    "tests/test_demo_through_the_door.py",
    "tests/test_notebooks.py::test_an_exploring_notebook_runs[evaluation]",
    "tests/test_notebooks.py::test_an_exploring_notebook_runs[spatial]",
)
# Modules, or folders of them, that share what one of their fixtures makes.
TOGETHER = (
    "tests/measures/test_registry.py",
    "tests/report/test_engine.py",
    "tests/report/test_index.py",
    "tests/report/test_county.py",
    "tests/store/test_robustness.py",
    "tests/demo/",
    "tests/measures/test_bases.py",
    "tests/measures/test_brands.py",
    "tests/measures/test_certificates.py",
    "tests/measures/test_pass_rates.py",
    "tests/measures/test_residue_levels.py",
    "tests/measures/test_residues.py",
    "tests/measures/test_sampling_plan.py",
    "tests/measures/test_trends.py",
    "tests/workbench/",
)


def group(test: str) -> str | None:
    """Name the group of a test, or None if it can run anywhere.

    Examples
    --------
    >>> group("tests/demo/test_names.py::test_x"), group("tests/test_safe.py::test_x")
    ('tests/demo/', None)
    """
    if test.startswith(WHOLE):
        return "whole"
    return next((name for name in TOGETHER if test.startswith(name)), None)


def place(test: str) -> int:
    """Return where a test's group stands in the queue; what is in none comes last."""
    order = ("whole", *TOGETHER, None)
    return order.index(group(test))


class Schedule(LoadScopeScheduling):
    """Hands out groups in the order of the tests, then the other tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid) or nodeid
