"""The zero-growth sentence: its numbers, its verdicts and its reasons."""

from __future__ import annotations

import pytest

from agriqa.project import Project
from agriqa.report.evidence import CountyEvidence
from agriqa.report.growth import zero_growth_words
from agriqa.report.parameters import CountyParameters


def _evidence(project: Project, **rewritten: float | None) -> CountyEvidence:
    """Return the evidence of a county of 2021 with the values of some measures rewritten."""
    language = "en" if rewritten.pop("english", 0) else "zh"
    given = CountyParameters.given(
        county="510117", period=2021, language=language, project=str(project.root),
        snapshot="latest",
    )  # fmt: skip
    evidence = CountyEvidence(given)
    own = evidence.own.copy()
    for measure, value in rewritten.items():
        chosen = (own["measure"] == measure) & (own["period"] == 2021)
        own.loc[chosen, "value"] = value
        own.loc[chosen, "status"] = "missing" if value is None else "reported"
    evidence.own = own
    return evidence


def _given(
    three: float | None, base: float | None, **more: float | None
) -> dict[str, float | None]:
    """Return use, both ratios and the verdicts that the measures give for them."""
    met = [None if share is None else 100.0 * (share <= 100) for share in (three, base)]
    return {
        "pesticide_use_t": 120.0,
        "pesticide_to_3y_mean_pct": three,
        "pesticide_zero_growth_pct": met[0],
        "pesticide_to_2012_14_mean_pct": base,
        "pesticide_zero_growth_2012_14_pct": met[1],
    } | more


def test_both_bases_are_named_with_their_years_numbers_and_verdicts(
    small_project: Project,
) -> None:
    assert zero_growth_words(_evidence(small_project, **_given(103.27, 71.04))) == (
        "2021 年农药使用量（商品量）120.0 吨：为前三年（2018—2020 年）平均的 103.3%，"
        "没有守住零增长；为行动方案的基数（2012—2014 年平均）的 71.0%，守住了零增长。"
    )


def test_english_says_the_same(small_project: Project) -> None:
    assert zero_growth_words(_evidence(small_project, **_given(103.27, 71.04, english=1))) == (
        "Pesticide use in 2021, commodity weight: 120.0 t; 103.3 % of the mean of 2018 to 2020, so "
        "zero growth is not kept; 71.0 % of the zero-growth plan's base (mean of 2012 to 2014), so "
        "zero growth is kept."
    )


@pytest.mark.parametrize(
    ("share", "words"),
    [(100.0, "100.0%，守住了"), (100.03, "100.03%，没有守住"), (99.96, "99.96%，守住了")],
)
def test_a_share_near_the_limit_never_reads_as_the_limit(
    small_project: Project, share: float, words: str
) -> None:
    assert words in zero_growth_words(_evidence(small_project, **_given(share, 71.0)))


def test_a_missing_base_gives_the_reason_and_no_verdict(small_project: Project) -> None:
    said = zero_growth_words(_evidence(small_project, **_given(None, 71.0)))
    assert "与前三年（2018—2020 年）平均无从比较（" in said
    assert said.count("零增长") == 1


def test_a_county_without_any_figure_is_told_so(small_project: Project) -> None:
    said = zero_growth_words(_evidence(small_project, **_given(None, None, pesticide_use_t=None)))
    assert said.startswith("2021 年农药使用量（商品量）缺数：")
    assert "守住" not in said


def test_the_sentence_agrees_with_the_measures_of_the_project(small_project: Project) -> None:
    evidence = _evidence(small_project)
    share = evidence.figure("pesticide_to_3y_mean_pct")
    assert share is not None
    assert f"平均的 {share:.1f}%" in zero_growth_words(evidence)
