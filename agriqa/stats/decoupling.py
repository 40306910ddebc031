"""Decoupling of a pressure from the output it goes with (Tapio's elasticity)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language

_CHINESE = {
    "strong decoupling": "强脱钩",
    "weak decoupling": "弱脱钩",
    "expansive coupling": "扩张连结",
    "expansive negative decoupling": "扩张负脱钩",
    "recessive decoupling": "衰退脱钩",
    "recessive coupling": "衰退连结",
    "weak negative decoupling": "弱负脱钩",
    "strong negative decoupling": "强负脱钩",
    "not defined": "无法判断",
}

#: Tapio's eight states, and the answer where output does not change.
STATES: tuple[str, ...] = tuple(_CHINESE)


@dataclass(frozen=True)
class Decoupling:
    """Tapio's decoupling of a pressure from output, one entry per pair.

    Attributes
    ----------
    pressure_change, output_change : ndarray of float
        Change relative to the first value [fraction].
    elasticity : ndarray of float
        Their ratio [-]; missing where output does not change.
    state : ndarray of str
        One of `STATES`.
    """

    pressure_change: Floats
    output_change: Floats
    elasticity: Floats
    state: npt.NDArray[np.str_]

    def summary(self, language: Language = "zh") -> str:
        """Return the state in one sentence (one pair) or the number per state."""
        if self.state.size == 1:
            state = str(self.state.item())
            u, y, e = (
                float(x.item()) for x in (self.pressure_change, self.output_change, self.elasticity)
            )
            defined = state != "not defined"
            chinese = f"，弹性{e:.3g}" if defined else ""
            english = f", elasticity {e:.3g}" if defined else ""
            return in_language(
                language,
                zh=f"压力变化{u:+.1%}，产出变化{y:+.1%}{chinese}：{_CHINESE[state]}。",
                en=f"Pressure {u:+.1%}, output {y:+.1%}{english}: {state}.",
            )
        counts = {s: int(np.sum(self.state == s)) for s in STATES}
        return in_language(
            language,
            zh="；".join(f"{_CHINESE[s]}：{n}" for s, n in counts.items() if n) + "。",
            en="; ".join(f"{s}: {n}" for s, n in counts.items() if n) + ".",
        )


def decoupling_state(
    pressure_change: npt.ArrayLike, output_change: npt.ArrayLike
) -> npt.NDArray[np.str_]:
    """Tapio's state for relative changes of pressure u and output y.

    With e = u / y:

    ===== ===== ============== =================================
    y     u     e              state
    ===== ===== ============== =================================
    > 0   < 0   e < 0          strong decoupling
    > 0   >= 0  0 <= e < 0.8   weak decoupling
    > 0   > 0   0.8 to 1.2     expansive coupling
    > 0   > 0   e > 1.2        expansive negative decoupling
    < 0   < 0   e > 1.2        recessive decoupling
    < 0   < 0   0.8 to 1.2     recessive coupling
    < 0   <= 0  0 <= e < 0.8   weak negative decoupling
    < 0   > 0   e < 0          strong negative decoupling
    = 0   any   not defined    not defined
    ===== ===== ============== =================================

    The limits 0.8 and 1.2 themselves belong to coupling, and a pressure that does
    not change (e = 0) to the weak states; Tapio's figure leaves the limits open.
    The comparison allows a relative rounding error of 1e-12, so that 0.08 / 0.1
    is 0.8.

    Parameters
    ----------
    pressure_change, output_change : array_like
        Relative changes [fraction or %, the same for both]; they broadcast.

    Returns
    -------
    ndarray of str
        State; "not defined" where output does not change or a value is missing.

    References
    ----------
    Tapio (2005), Transport Policy 12, 137-151, figure 1.

    Examples
    --------
    >>> decoupling_state([-0.02, 0.02, 0.08], [0.05, 0.05, 0.1]).tolist()
    ['strong decoupling', 'weak decoupling', 'expansive coupling']
    """
    u, y = np.broadcast_arrays(
        np.asarray(pressure_change, dtype=np.float64), np.asarray(output_change, dtype=np.float64)
    )
    # Comparing |u| with multiples of |y| needs no division by a small output change.
    tolerance = 1e-12 * np.abs(y)
    low = np.abs(u) < 0.8 * np.abs(y) - tolerance
    high = np.abs(u) > 1.2 * np.abs(y) + tolerance
    defined = np.isfinite(u) & np.isfinite(y)
    grows, shrinks = defined & (y > 0), defined & (y < 0)
    return np.select(
        [
            grows & (u < 0),
            grows & low,
            grows & ~high,
            grows,
            shrinks & (u > 0),
            shrinks & low,
            shrinks & ~high,
            shrinks,
        ],
        [
            "strong decoupling",
            "weak decoupling",
            "expansive coupling",
            "expansive negative decoupling",
            "strong negative decoupling",
            "weak negative decoupling",
            "recessive coupling",
            "recessive decoupling",
        ],
        "not defined",
    )


def tapio_decoupling(
    pressure_start: npt.ArrayLike,
    pressure_end: npt.ArrayLike,
    output_start: npt.ArrayLike,
    output_end: npt.ArrayLike,
) -> Decoupling:
    """Tapio's elasticity and state between two times.

    Parameters
    ----------
    pressure_start, pressure_end : array_like
        Pressure (an input, an emission) at both times, in one unit.
    output_start, output_end : array_like
        Output at both times, in one unit. All four broadcast; missing values
        give "not defined".

    Returns
    -------
    Decoupling
        Changes are relative to the first time.

    Raises
    ------
    ValueError
        If a first value is not above 0 or a last value is below 0: a relative
        change then has no meaning.

    References
    ----------
    Tapio (2005), Transport Policy 12, 137-151.

    Examples
    --------
    >>> tapio_decoupling(100, 96, 50, 55).summary("en")
    'Pressure -4.0%, output +10.0%, elasticity -0.4: strong decoupling.'
    """
    u0, u1, y0, y1 = np.broadcast_arrays(
        *(
            np.asarray(x, dtype=np.float64)
            for x in (pressure_start, pressure_end, output_start, output_end)
        )
    )
    if np.any(u0 <= 0) or np.any(y0 <= 0):
        raise ValueError("first values must be above 0")
    if np.any(u1 < 0) or np.any(y1 < 0):
        raise ValueError("last values must be 0 or more")
    u, y = (u1 - u0) / u0, (y1 - y0) / y0
    with np.errstate(divide="ignore", invalid="ignore"):
        elasticity = np.where(y == 0, np.nan, u / y)
    return Decoupling(u, y, elasticity, decoupling_state(u, y))
