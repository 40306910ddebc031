"""The session theme: seaborn's look would take the Chinese font away."""

from __future__ import annotations

import matplotlib as mpl
import pytest

from agriqa.figures.fonts import FAMILY
from agriqa.figures.theme import RC, set_theme


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*:PendingDeprecationWarning")
def test_set_theme_keeps_the_chinese_font() -> None:
    with mpl.rc_context():
        set_theme()
        assert mpl.rcParams["font.family"] == list(FAMILY)


def test_every_setting_is_one_that_matplotlib_knows() -> None:
    assert set(RC) <= set(mpl.rcParams)
