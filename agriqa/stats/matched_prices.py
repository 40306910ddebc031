"""Price index of matched pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Language, in_language, require_confidence


@dataclass(frozen=True)
class MatchedPriceIndex:
    """Price of one kind over that of its match; 1 where they cost the same.

    Attributes
    ----------
    jevons : float
        Geometric mean of the ratios; the same whichever kind is called the first.
    low, high : float
        Limits of the Jevons index, by a t interval of the mean log ratio.
    carli : float
        Arithmetic mean of the ratios; never below Jevons.
    dutot : float
        Ratio of the mean prices.
    share_above : float
        Part of the pairs in which the first kind is dearer [0-1], weighted.
    pairs : int
        Pairs used [count].
    clusters : int or None
        Clusters [count].
    """

    jevons: float
    low: float
    high: float
    carli: float
    dutot: float
    share_above: float
    pairs: int
    clusters: int | None

    def summary(self, language: Language = "zh") -> str:
        """Say the index in one sentence."""
        return in_language(
            language,
            zh=(
                f"{self.pairs}对可比价格的几何平均比为{self.jevons:.3f}"
                f"（区间{self.low:.3f}至{self.high:.3f}），{self.share_above:.0%}的对子价格更高。"
            ),
            en=(
                f"Over {self.pairs} matched pairs the geometric mean price ratio is "
                f"{self.jevons:.3f} (interval {self.low:.3f} to {self.high:.3f}); "
                f"{self.share_above:.0%} of the pairs are dearer."
            ),
        )


def matched_price_index(
    price: npt.ArrayLike,
    match: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> MatchedPriceIndex:
    """Index of prices over those of matched units (same product, place and time).

    Parameters
    ----------
    price, match : array_like, shape (pairs,)
        Prices of the two units of each pair [one currency], above 0. Pairs with a missing
        price are left out.
    weights : array_like, shape (pairs,), optional
        Weight of each pair, such as its turnover, above 0.
    clusters : array_like, shape (pairs,), optional
        Label by which pairs may correlate (the product, say); the interval then rests on
        the clusters.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    MatchedPriceIndex

    Raises
    ------
    ValueError
        If lengths differ, a price or weight is not above 0, a cluster is missing, or there
        are fewer than two pairs or clusters.

    References
    ----------
    ILO et al. (2004), Consumer Price Index Manual, chapter 20 (Jevons, Carli, Dutot).

    Examples
    --------
    >>> round(matched_price_index([12, 27], [10, 20]).jevons, 4)
    1.2728
    """
    import pandas as pd
    from scipy import stats
    from statsmodels.regression.linear_model import WLS

    require_confidence(confidence)
    first, second = np.asarray(price, dtype=np.float64), np.asarray(match, dtype=np.float64)
    w = np.ones(first.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    labels = np.arange(first.size) if clusters is None else np.asarray(clusters)
    if first.ndim != 1 or not first.shape == second.shape == w.shape == labels.shape:
        raise ValueError("prices, matches, weights and clusters must be vectors of one length")
    kept = ~(np.isnan(first) | np.isnan(second))
    first, second, w = first[kept], second[kept], w[kept]
    if not (np.all(first > 0) and np.all(second > 0) and np.all(w > 0)):
        raise ValueError("prices and weights must be above 0")
    codes, names = pd.factorize(labels[kept])
    if np.any(codes < 0):
        raise ValueError("a cluster is missing")
    if len(names) < 2:
        raise ValueError("at least two pairs, of two clusters, are needed")
    ratio = np.log(first / second)
    model = WLS(ratio, np.ones_like(ratio), weights=w)
    if clusters is None:
        fit, factor = model.fit(), 1.0
    else:
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False})
        factor = len(names) / (len(names) - 1)
    mean, error = float(fit.params[0]), float(np.sqrt(fit.cov_params()[0, 0] * factor))
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(names) - 1)) * error
    return MatchedPriceIndex(
        jevons=float(np.exp(mean)),
        low=float(np.exp(mean - reach)),
        high=float(np.exp(mean + reach)),
        carli=float(np.average(first / second, weights=w)),
        dutot=float(np.average(first, weights=w) / np.average(second, weights=w)),
        share_above=float(np.average(first > second, weights=w)),
        pairs=int(kept.sum()),
        clusters=None if clusters is None else len(names),
    )
