"""Proportions of three years, shrunk towards that of all areas of a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.parts import weakest
from agriqa.measures.source import Source
from agriqa.stats.beta_binomial import beta_binomial_rates
from agriqa.stats.proportions import jeffreys_interval, wilson_interval

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["level", "area", "period"]
# A county's samples of one year are too few for what is rare: the years are taken together.
YEARS = 3
REFERENCE = "beta-binomial 经验贝叶斯（Griffiths 1973；Gelman 等 Bayesian Data Analysis 5.1 节）"


def interval_of(rate: Label) -> Label:
    """Say what the limits of a shrunk rate are; `rate` names the rate itself."""
    return Label(
        zh=f"县、市州为 95% 后验区间（先验视为已知）；差异不超过随机波动时为合并{rate.zh}的 "
        "Jeffreys 区间；全省为 Wilson 区间",
        en="95 % credible interval with the prior taken as known; that of Jeffreys for a "
        f"pooled {rate.en}; for the province that of Wilson",
    )


def windows(rows: pd.DataFrame, years: int = YEARS) -> pd.DataFrame:
    """Repeat rows for each of the periods whose window of years they lie in.

    The windows of the first periods are shorter, as the data are.
    """
    import pandas as pd

    later = pd.concat([rows.assign(period=rows["period"] + lag) for lag in range(years)])
    return later[later["period"] <= rows["period"].max()]


def added(parts: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Add numerators and denominators of a proportion up for all levels."""
    repeated = source.levelled(parts)
    counts = repeated.groupby(KEYS)[["numerator", "denominator"]].sum()
    return counts.join(weakest(repeated, KEYS)).reset_index()


def shrunk_rates(parts: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the rates of three years, shrunk towards that of all areas of their level.

    Parameters
    ----------
    parts : DataFrame
        Parts of a proportion by county and year. Withheld ones are left out of the
        window; an area is withheld where nothing else is left.

    Returns
    -------
    DataFrame
        level, area, period, n, origin, absent; ``rate``, its limits ``rate_low`` and
        ``rate_high`` and the mean of the ``prior`` [0-1]; ``alpha`` and ``beta``, the
        parameters of what is known of the rate (missing for the province, which is
        not shrunk).
    """
    import pandas as pd

    every = windows(parts)
    withheld = every["withheld"].astype(bool)
    counts = added(every[~withheld], source).rename(columns={"denominator": "n"})
    by_level = counts.groupby("level", sort=False)
    frames = [_direct(group) for level, group in by_level if level == "province"]
    frames += [
        _shrunk(group)
        for level, areas in by_level
        if level != "province"
        for _, group in areas.groupby("period")
    ]
    found = pd.concat(frames or [_direct(counts)], ignore_index=True)
    closed = source.levelled(every[withheld])[KEYS].drop_duplicates()
    if closed.empty:
        return found
    all_of_it = found.merge(closed, how="outer", on=KEYS, indicator=True)
    nothing_else = all_of_it["_merge"] == "right_only"
    return all_of_it.assign(absent=all_of_it["absent"].mask(nothing_else, "withheld")).drop(
        columns="_merge"
    )


def in_percent(rates: pd.DataFrame) -> pd.DataFrame:
    """Add a rate with its limits as the estimate of a measure [%]."""
    return rates.assign(
        value=100 * rates["rate"], low=100 * rates["rate_low"], high=100 * rates["rate_high"]
    )


def _direct(counts: pd.DataFrame) -> pd.DataFrame:
    rate = counts["numerator"] / counts["n"]
    low, high = wilson_interval(counts["numerator"], counts["n"])
    return counts.assign(
        rate=rate, rate_low=low, rate_high=high, prior=rate, alpha=np.nan, beta=np.nan, absent=None
    )


def _shrunk(counts: pd.DataFrame) -> pd.DataFrame:
    """Shrink the rates of the areas of one level in one period."""
    hits, n = counts["numerator"].to_numpy(), counts["n"].to_numpy()
    try:
        fit = beta_binomial_rates(hits, n)
    except ValueError:
        # One area, one sample in each, or rates of 0 and 1 only: they show no prior.
        nothing = ("rate", "rate_low", "rate_high", "prior", "alpha", "beta")
        return counts.assign(**dict.fromkeys(nothing, np.nan), absent="too_few")
    alpha, beta = fit.posterior_alpha, fit.posterior_beta
    low, high = fit.credible_interval()
    if fit.pooled:
        # All areas share one rate, as uncertain as all their samples leave it.
        low, high = jeffreys_interval(hits.sum(), n.sum())
        alpha, beta = hits.sum() + 0.5, (n - hits).sum() + 0.5
    return counts.assign(
        rate=fit.rate, rate_low=low, rate_high=high, prior=fit.prior_mean,
        alpha=alpha, beta=beta, absent=None,
    )  # fmt: skip
