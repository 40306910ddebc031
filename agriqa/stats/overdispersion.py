"""Over-dispersion: areas that vary around a target more than chance allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import require_choice

TRIMMING = ("winsorise", "truncate", "none")


@dataclass(frozen=True)
class Dispersion:
    """How much areas vary around a target.

    Attributes
    ----------
    phi : float
        Mean of the squared z scores after trimming; about 1 where only chance is at
        work, a little less if scores are trimmed.
    tau_squared : float
        Variance between areas beyond chance [unit of the standard errors, squared].
    areas : int
        Areas counted: those with data, less the truncated ones.
    """

    phi: float
    tau_squared: float
    areas: int


def dispersion(
    z: npt.ArrayLike,
    standard_errors: npt.ArrayLike,
    *,
    trimming: str = "winsorise",
    trim: float = 0.1,
) -> Dispersion:
    """Dispersion ratio and between-area variance from z scores.

    Parameters
    ----------
    z : array_like, shape (areas,)
        Distances from the target in standard errors; missing ones are left out.
    standard_errors : array_like, shape (areas,)
        Standard errors > 0.
    trimming : {"winsorise", "truncate", "none"}
        What happens to the outer z scores first, so that true outliers do not count as
        dispersion: "winsorise" sets them to the quantile (linear interpolation, R's
        type 7), "truncate" leaves them out (by rank), "none" keeps them.
    trim : float
        Share trimmed at each end, at least 0 and below 0.5.

    Returns
    -------
    Dispersion
        phi = sum(z^2) / areas and tau^2 = max(0, (areas phi - (areas - 1)) /
        (sum(w) - sum(w^2) / sum(w))), w = 1 / standard error^2; tau^2 is 0 for fewer
        than two areas.

    Raises
    ------
    ValueError
        If lengths differ, a standard error is not above 0, trimming leaves no area, or an
        option is unknown.

    References
    ----------
    Spiegelhalter (2005), Qual. Saf. Health Care 14, 347-351; DerSimonian and Laird
    (1986), Control. Clin. Trials 7, 177-188.

    Examples
    --------
    >>> found = dispersion([-3, -1, 0, 1, 3], [0.1] * 5, trimming="none")
    >>> found.phi, round(found.tau_squared, 3)
    (4.0, 0.04)
    """
    from scipy.stats import rankdata

    require_choice("trimming", trimming, TRIMMING)
    if not 0 <= trim < 0.5:
        raise ValueError(f"trim must be at least 0 and below 0.5, got {trim}")
    scores = np.asarray(z, dtype=np.float64)
    errors = np.asarray(standard_errors, dtype=np.float64)
    if scores.ndim != 1 or scores.shape != errors.shape:
        raise ValueError("z and standard_errors must be one-dimensional and of equal length")
    known = ~np.isnan(scores)
    scores, errors = scores[known], errors[known]
    if not np.all(errors > 0):
        raise ValueError("standard_errors must be above 0")
    if trim > 0 and trimming == "winsorise" and scores.size:
        scores = np.clip(scores, np.quantile(scores, trim), np.quantile(scores, 1 - trim))
    elif trim > 0 and trimming == "truncate":
        group = np.floor(rankdata(scores) / trim / (scores.size + 1))
        kept = (group > 0) & (group < 1 / trim - 1)
        scores, errors = scores[kept], errors[kept]
    areas = scores.size
    if areas == 0:
        raise ValueError("at least one area must remain after trimming")
    squares, weights = float(np.sum(scores**2)), 1 / errors**2
    tau_squared = 0.0
    if areas > 1:
        scale = float(weights.sum() - np.sum(weights**2) / weights.sum())
        tau_squared = max(0.0, (squares - (areas - 1)) / scale)
    return Dispersion(squares / areas, tau_squared, areas)
