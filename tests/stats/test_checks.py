"""Options that are refused, and sentences in two languages."""

import pytest

from agriqa.stats.checks import in_language, require_choice, require_confidence, require_level


def test_an_unknown_option_is_refused_with_those_allowed() -> None:
    with pytest.raises(ValueError, match=r"^method must be one of t, z, got 'x'$"):
        require_choice("method", "x", ("t", "z"))
    with pytest.raises(ValueError, match=r"^scale must be one of 1, 10000, got 2$"):
        require_choice("scale", 2, (1, 10_000))


def test_an_allowed_option_passes() -> None:
    for value in ("t", "z"):
        require_choice("method", value, ("t", "z"))


@pytest.mark.parametrize("level", [-0.5, 0, 1, 95, float("nan")])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match=f"alpha must be between 0 and 1, got {level}"):
        require_level("alpha", level)
    with pytest.raises(ValueError, match=f"confidence must be between 0 and 1, got {level}"):
        require_confidence(level)


def test_a_level_between_0_and_1_passes() -> None:
    for level in (1e-12, 0.5, 1 - 1e-12):
        require_level("alpha", level)
        require_confidence(level)


def test_a_sentence_comes_in_the_language_asked_for() -> None:
    assert in_language("zh", zh="无趋势", en="no trend") == "无趋势"
    assert in_language("en", zh="无趋势", en="no trend") == "no trend"


def test_a_third_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language must be one of zh, en, got 'fr'"):
        in_language("fr", zh="无趋势", en="no trend")  # type: ignore[arg-type]
