"""Random numbers that can be had again one realisation at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats


def weight_realisations(count: int, nodes: int, *, seed: int) -> Floats:
    """Draw the noise of weights, the first realisations being the same for any count.

    Parameters
    ----------
    count : int
        Number of realisations.
    nodes : int
        Number of weights, of all levels together.
    seed : int
        0 or above.

    Returns
    -------
    ndarray of float, shape (count, nodes)
        Uniform from -1 to 1.

    Examples
    --------
    >>> few, many = (weight_realisations(n, 3, seed=1) for n in (2, 9))
    >>> bool((few == many[:2]).all())
    True
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0]))
    return 2 * rng.random((count, nodes)) - 1


def error_realisations(
    realisations: npt.NDArray[np.int64], shape: tuple[int, ...], *, seed: int
) -> Floats:
    """Draw sampling errors, each realisation from its own counter of one generator.

    Parameters
    ----------
    realisations : ndarray of int, shape (draws,)
        Which ones, from 0; -1 for none.
    shape : tuple of int
        Of one realisation.
    seed : int
        0 or above.

    Returns
    -------
    ndarray of float, shape (draws, *shape)
        Standard normal; 0 for realisation -1.

    References
    ----------
    Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3 (Philox).

    Examples
    --------
    >>> drawn = error_realisations(np.array([7, -1, 7]), (2,), seed=1)
    >>> bool((drawn[0] == drawn[2]).all()), drawn[1].tolist()
    (True, [0.0, 0.0])
    """
    key = np.random.SeedSequence([seed, 1]).generate_state(2, np.uint64)
    stream = np.random.Philox(key=key)
    generator, state = np.random.Generator(stream), stream.state
    drawn = np.zeros((len(realisations), *shape))
    for place, realisation in enumerate(realisations.tolist()):
        if realisation >= 0:
            # The last word of the counter: 2**192 numbers lie between two realisations.
            state["state"]["counter"][3] = realisation
            stream.state = state
            generator.standard_normal(out=drawn[place])
    return drawn
