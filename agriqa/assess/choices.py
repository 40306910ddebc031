"""The choices an index is built by, one model per step."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agriqa.measures.settings import Settings

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Scope = Literal["period", "pooled", "fixed"]
WeightMethod = Literal[
    "given", "equal", "analytic_hierarchy", "entropy", "critic", "component", "balanced"
]
AggregationMethod = Literal[
    "arithmetic", "geometric", "harmonic", "generalised", "benefit_of_the_doubt", "copeland",
    "mazziotta_pareto", "topsis",
]  # fmt: skip


class Denominate(Settings):
    """Divide indicators by their denominators.

    Attributes
    ----------
    method : {"none", "given"}
        "given": by the framework's denominators.
    scale : float
        Factor, e.g. 1000 for figures per 1,000 inhabitants.
    """

    method: Literal["none", "given"] = "given"
    scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0


class Screen(Settings):
    """Leave out units of which too little is known.

    Attributes
    ----------
    method : {"none", "missing", "zero", "missing_or_zero"}
        What counts against a unit: missing values, zeros, or either test.
    minimum_share : float
        Least share of the indicators that must be known (not zero) [0-1].
    """

    method: Literal["none", "missing", "zero", "missing_or_zero"] = "missing"
    minimum_share: Share = 2 / 3


class Impute(Settings):
    """Fill gaps in.

    Attributes
    ----------
    method : {"none", "mean", "median", "latest", "linear", "constant"}
        By the units' mean or median of the period; from the unit's own years: the latest
        before, or a line between those on both sides (flat before the first and after the
        last); or by a stated constant.
    group : str, optional
        Column of the data: mean and median of the unit's own group.
    value : float, optional
        The constant, in every indicator's own unit.
    max_gap : int, optional
        Most years that "latest" and "linear" reach over.
    """

    method: Literal["none", "mean", "median", "latest", "linear", "constant"] = "none"
    group: str | None = None
    value: Number | None = None
    max_gap: Annotated[int, Field(ge=1)] | None = None


class Treat(Settings):
    """Take the edge off outliers.

    Attributes
    ----------
    method : {"none", "winsorise", "log", "winsorise_or_log"}
        "winsorise_or_log" is COINr's rule: winsorise, and take the logarithm of the raw
        values where that does not do. Only indicators that fail the test are treated, over
        all periods together.
    max_points : int
        Most points to winsorise.
    skewness, kurtosis : float
        Limits that an indicator must pass both of to fail the test.
    """

    method: Literal["none", "winsorise", "log", "winsorise_or_log"] = "none"
    max_points: Annotated[int, Field(ge=0)] = 5
    skewness: Limit = 2.0
    kurtosis: Limit = 3.5


class Normalise(Settings):
    """Bring indicators to one scale.

    Attributes
    ----------
    method : str
        min_max, z_score, rank, borda, percentile, distance_to_target,
        distance_to_reference, fraction_of_maximum or goalposts.
    scope : {"period", "pooled", "fixed"}
        What the scale is taken from: each period for itself (years cannot be compared),
        all periods, or the period named by `fixed`. Goalposts are fixed anyway.
    fixed : int or str, optional
        The base period of scope "fixed".
    reference : str, optional
        The unit of distance_to_reference, which gets the upper end.
    capped : bool
        For distance_to_target: whether values beyond the target get the upper end, not more.
    lower, upper : float
        Ends of the scale; scores of a method without ends, z_score, may lie beyond.
    deviations : float
        For z_score: how many sample standard deviations from the mean the ends stand for.
    """

    method: Literal[
        "min_max", "z_score", "rank", "borda", "percentile", "distance_to_target",
        "distance_to_reference", "fraction_of_maximum", "goalposts",
    ] = "min_max"  # fmt: skip
    scope: Scope = "period"
    fixed: int | str | None = None
    reference: str | None = None
    capped: bool = True
    lower: Number = 0.0
    upper: Number = 100.0
    deviations: Annotated[float, Field(gt=0)] = 3.0


class Weigh(Settings):
    """Weigh indicators within their groups, and groups within theirs.

    Weights that come from the data come from all periods together, so that years compare.

    Attributes
    ----------
    method : str
        given, equal, analytic_hierarchy, entropy, critic, component (the first principal
        component's squared loadings; refused where a loading is negative) or balanced (so
        that correlations with the group's mean are in proportion to the given weights).
    levels : {"indicators", "all"}
        Levels that the method is used at; the given weights hold above.
    judgements : dict of str to dict of str to float
        For analytic_hierarchy: by group, ``{"a/b": 3}`` for "a is 3 times as important as
        b"; every pair once. Groups that are left out keep their given weights.
    consistency : float
        Highest consistency ratio that is accepted.
    shift : float
        For entropy: what is added to the values scaled to 0-1.
    combine_with_given : {"none", "multiplicative", "linear"}
        Whether the weights are combined with the given ones, and how.
    share : float
        Part of the given weights in the combination [0-1].
    """

    method: WeightMethod = "given"
    levels: Literal["indicators", "all"] = "indicators"
    judgements: dict[str, dict[str, Annotated[float, Field(gt=0)]]] = Field(default_factory=dict)
    consistency: Share = 0.1
    shift: Limit = 0.01
    combine_with_given: Literal["none", "multiplicative", "linear"] = "none"
    share: Share = 0.5


class Aggregate(Settings):
    """Make one score of a group's children.

    Attributes
    ----------
    methods : tuple of str
        One for all levels, or one per level from the indicators up: arithmetic, geometric,
        harmonic, generalised, benefit_of_the_doubt, copeland, mazziotta_pareto or topsis.
        The latter four need complete rows; mazziotta_pareto and benefit_of_the_doubt use no
        weights.
    power : float
        Of the generalised mean.
    floor : float
        Values below it are raised to it before a geometric or harmonic mean, which a
        single 0 would bring to 0.
    minimum_share : float
        Least share of a group's children that must be known; below, its score is missing.
    lower_share, upper_share : float
        Bounds of a child's part in the score, for benefit_of_the_doubt.
    """

    methods: Annotated[tuple[AggregationMethod, ...], Field(min_length=1)] = ("arithmetic",)
    power: Number = 1.0
    floor: Annotated[float, Field(gt=0)] = 1.0
    minimum_share: Share = 0.5
    lower_share: Share = 0.0
    upper_share: Share = 1.0


class Choices(Settings):
    """All the choices, in the order of the steps."""

    denominate: Denominate = Denominate()
    screen: Screen = Screen()
    impute: Impute = Impute()
    treat: Treat = Treat()
    normalise: Normalise = Normalise()
    weigh: Weigh = Weigh()
    aggregate: Aggregate = Aggregate()

    @model_validator(mode="after")
    def _fit_each_other(self) -> Self:
        scale = self.normalise
        if not scale.lower < scale.upper:
            raise ValueError(f"lower must be below upper, got {scale.lower} and {scale.upper}")
        on_scale = scale.method not in ("rank", "borda")
        if on_scale and not self.aggregate.floor < scale.upper:
            raise ValueError(
                f"the floor of the aggregation, {self.aggregate.floor:g}, must be below the upper "
                f"end of the scale, {scale.upper:g}"
            )
        logs = self.treat.method in ("log", "winsorise_or_log")
        if logs and scale.method in ("goalposts", "distance_to_target"):
            raise ValueError(
                f"{scale.method} stands in the unit of the values: their logarithm does not fit it"
            )
        return self
