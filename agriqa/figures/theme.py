"""One look for every figure: colours, sizes and fonts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agriqa.figures.fonts import FAMILY, register_fonts

INK = "#1F2A27"
MUTED = "#5C6763"
GRID = "#E4E6E2"
COUNTY = "#0B5D4E"  # the county a figure is about
BAND = "#DADDD8"  # middle half of all counties
MEDIAN = "#7C857F"
DOT = "#B4BBB5"
TARGET = "#B4501E"  # targets, limits, marks of caution

# Paul Tol's "muted" scheme: told apart by colour-blind readers.
CATEGORIES = (
    "#332288", "#44AA99", "#DDCC77", "#CC6677", "#88CCEE", "#117733", "#999933",
)  # fmt: skip

WIDTH = 7.2  # inches: an A4 page between its margins, 900 px on a screen

RC: dict[str, Any] = {
    "font.family": list(FAMILY),
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "axes.titlecolor": MUTED,
    "axes.labelsize": 9.0,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": MEDIAN,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.unicode_minus": True,
    "figure.titlesize": 11.5,
    "figure.facecolor": "white",
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "patch.linewidth": 0.0,
    "svg.fonttype": "none",
    "svg.hashsalt": "agriqa",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in agriqa's look for a while, whatever the session's own settings."""
    import matplotlib as mpl

    look: Any = RC
    with mpl.rc_context(look):
        yield


def set_theme() -> None:
    """Give all the session's plots this look: matplotlib's and seaborn's.

    Fonts are set after seaborn's own theme, which would take them away. The
    charts of `agriqa.figures.charts` do not need this call.
    """
    import matplotlib as mpl
    import seaborn as sns

    register_fonts()
    sns.set_theme(style="whitegrid", palette=[COUNTY, TARGET, *CATEGORIES])
    look: Any = RC
    mpl.rcParams.update(look)
