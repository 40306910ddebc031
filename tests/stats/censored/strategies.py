"""Left-censored samples with ties for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

# Few different values: ties between values, limits, and both.
VALUE = st.integers(1, 9).map(float)
OBSERVATION = st.tuples(VALUE, st.booleans())


def samples(least: int = 1, most: int = 20) -> st.SearchStrategy[tuple[list[float], list[bool]]]:
    """Values and flags, of one length."""
    return st.lists(OBSERVATION, min_size=least, max_size=most).map(
        lambda pairs: ([v for v, _ in pairs], [c for _, c in pairs])
    )
