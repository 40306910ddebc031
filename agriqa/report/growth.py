"""Whether pesticide use kept to zero growth, in words with the numbers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.figures.words import number_text, status_text, value_text
from agriqa.measures import registry
from agriqa.measures.pesticides import BASE_YEARS

if TYPE_CHECKING:
    from agriqa.report.evidence import CountyEvidence

_LIMIT = 100.0  # use to its mean [%]


def zero_growth_words(evidence: CountyEvidence) -> str:
    """Say how a county's use compares with the three years before and with the plan's base.

    Each verdict is its measure's own; where it has none, the reason is given.
    """
    e, year = evidence, evidence.period
    use, one = e.figure("pesticide_use_t"), registry()["pesticide_use_t"]
    amount = status_text(e.why_absent(one).status, e.language)
    if use is not None:
        amount = value_text(use, one.decimals, one.unit, e.language)
    first, last = BASE_YEARS[0], BASE_YEARS[-1]
    bases = [
        (
            "pesticide_to_3y_mean_pct",
            "pesticide_zero_growth_pct",
            e.say(
                f"前三年（{year - 3}—{year - 1} 年）平均", f"the mean of {year - 3} to {year - 1}"
            ),
        ),
        (
            "pesticide_to_2012_14_mean_pct",
            "pesticide_zero_growth_2012_14_pct",
            e.say(
                f"行动方案的基数（{first}—{last} 年平均）",
                f"the zero-growth plan's base (mean of {first} to {last})",
            ),
        ),
    ]
    told = []
    for ratio, verdict, base in bases:
        share, met = e.figure(ratio), e.figure(verdict)
        if share is None or met is None:
            why = e.why_absent(registry()[ratio]).words(e.language)
            told.append(
                e.say(
                    f"与{base}无从比较（{why}）", f"no comparison with {base} is possible ({why})"
                )
            )
            continue
        shown, kept = _share_text(share), met > 0
        told.append(
            e.say(
                f"为{base}的 {shown}%，{'守住了' if kept else '没有守住'}零增长",
                f"{shown} % of {base}, so zero growth is {'kept' if kept else 'not kept'}",
            )
        )
    return e.say(
        f"{year} 年农药使用量（商品量）{amount}：{'；'.join(told)}。",
        f"Pesticide use in {year}, commodity weight: {amount}; {'; '.join(told)}.",
    )


def _share_text(share: float) -> str:
    """Write a share so that what is not exactly the limit does not read as the limit.

    Examples
    --------
    >>> _share_text(97.234), _share_text(100.0), _share_text(100.02)
    ('97.2', '100.0', '100.02')
    """
    decimals = 1
    while decimals < 4 and share != _LIMIT and round(share, decimals) == _LIMIT:
        decimals += 1
    return number_text(share, decimals)
