"""Intervals for rates, and tests for paired comparisons. Everything here is deterministic."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""
SEED = 3939
RESAMPLES = 10_000
DIGITS = 4
"""Figures are rounded to this many decimals, so that two runs print the same text."""


@dataclass(frozen=True)
class Rate:
    """A share or a mean between 0 and 1, with its 95 % interval."""

    value: float | None
    """None when there was nothing to judge."""
    low: float | None
    high: float | None
    n: int
    """How many observations were judged."""

    def as_dict(self) -> dict[str, float | int | None]:
        """The shape that ``evals run --json`` prints."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


NOTHING_JUDGED = Rate(None, None, None, 0)


def wilson(value: float, n: float) -> tuple[float, float]:
    """The 95 % score interval of a proportion (E. B. Wilson, JASA 22, 1927, 209-212).

    Args:
        value: the observed proportion.
        n: the number of observations, which may be an effective, fractional one.
    """
    if n <= 0:
        return 0.0, 1.0
    z2 = Z95 * Z95
    centre = (value + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(value * (1 - value) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half))


def clustered_variance(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """Variance of a mean whose observations come in clusters.

    The formula for clustered standard errors of E. Miller, "Adding Error Bars to Evals"
    (arXiv 2411.00640, section 2.2): residuals are summed inside each cluster before they are
    squared. With one observation a cluster it is the ordinary variance of a mean (divided by n,
    not n - 1).
    """
    n = len(values)
    mean = math.fsum(values) / n
    sums: dict[Hashable, float] = defaultdict(float)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - mean
    return math.fsum(total * total for total in sums.values()) / (n * n)


def rate(outcomes: Sequence[bool], clusters: Sequence[Hashable]) -> Rate:
    """A share of successes with a Wilson interval that knows about clusters.

    The sample size is divided by the design effect (clustered over independent variance, at least
    1) before Wilson's formula is applied: the modified Wilson interval compared by N. Dean and
    M. Pagano (J. Survey Statistics and Methodology 3, 2015) and C. Franco et al. (same journal 7,
    2019). Where all outcomes are equal the design effect cannot be seen in the data, and each
    cluster counts as one observation, which is the widest choice.

    Args:
        outcomes: whether each observation succeeded.
        clusters: the cluster of each observation (see ``evals.gold.clusters``).
    """
    n = len(outcomes)
    if n == 0:
        return NOTHING_JUDGED
    values = [float(outcome) for outcome in outcomes]
    value = math.fsum(values) / n
    independent = value * (1 - value) / n
    if independent == 0:
        effective = float(len(set(clusters)))
    else:
        effective = n / max(1.0, clustered_variance(values, clusters) / independent)
    return _rounded(value, *wilson(value, effective), n)


def mean_rate(values: Sequence[float], clusters: Sequence[Hashable]) -> Rate:
    """A mean of figures between 0 and 1 (such as reciprocal ranks) with a clustered normal interval.

    Where all values are equal the normal interval has no width, and Wilson's stands in for it.
    """
    n = len(values)
    if n == 0:
        return NOTHING_JUDGED
    value = math.fsum(values) / n
    half = Z95 * math.sqrt(clustered_variance(values, clusters))
    if half == 0:
        return _rounded(value, *wilson(value, len(set(clusters))), n)
    return _rounded(value, max(0.0, value - half), min(1.0, value + half), n)


def expected_calibration_error(
    confidences: Sequence[float], outcomes: Sequence[bool], bins: int = 10
) -> float | None:
    """Mean distance between confidence and success over equal-width bins, weighted by their size.

    C. Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017, equation 3).

    Returns:
        None when there is nothing to judge.
    """
    if not outcomes:
        return None
    inside: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, outcome in zip(confidences, outcomes, strict=True):
        inside[min(int(confidence * bins), bins - 1)].append((confidence, outcome))
    gaps = (abs(sum(c for c, _ in part) - sum(o for _, o in part)) for part in inside.values())
    return round(math.fsum(gaps) / len(outcomes), DIGITS)


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Two-sided exact McNemar test: may the two shares be equal?

    Args:
        only_first: pairs where only the first system succeeded.
        only_second: pairs where only the second did.

    Returns:
        The p-value: twice the smaller binomial tail at one half, at most 1.
    """
    discordant = only_first + only_second
    fewer = min(only_first, only_second)
    tail = float(sum(math.comb(discordant, k) for k in range(fewer + 1)) / 2.0**discordant)
    return min(1.0, 2 * tail)


def sign_test(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided exact sign test over pairs; ties are left out. The same test as McNemar's."""
    pairs = list(zip(first, second, strict=True))
    return mcnemar_exact(sum(a > b for a, b in pairs), sum(b > a for a, b in pairs))


@dataclass(frozen=True)
class Difference:
    """Second system minus first, over the same items."""

    value: float
    low: float
    high: float
    p: float
    n: int
    better: int
    worse: int


def paired_difference(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Difference:
    """Compare two systems item by item.

    The interval is a percentile bootstrap of the mean difference that resamples whole clusters
    (Efron and Tibshirani, "An Introduction to the Bootstrap", chapters 8 and 13), with a fixed
    seed; the p-value is the exact sign test, which for yes-or-no outcomes is McNemar's.

    Args:
        first: the outcome of each item under the first system; not empty.
        second: the same items, same order, under the second system.
        clusters: the cluster of each item.
    """
    gaps = [b - a for a, b in zip(first, second, strict=True)]
    sums: dict[Hashable, float] = defaultdict(float)
    sizes: dict[Hashable, int] = defaultdict(int)
    for gap, cluster in zip(gaps, clusters, strict=True):
        sums[cluster] += gap
        sizes[cluster] += 1
    totals = np.array([sums[cluster] for cluster in sums])
    counts = np.array([sizes[cluster] for cluster in sums], dtype=float)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(totals), [1 / len(totals)] * len(totals), size=resamples)
    means = (drawn @ totals) / (drawn @ counts)
    low, high = np.quantile(means, [0.025, 0.975])
    return Difference(
        value=round(math.fsum(gaps) / len(gaps), DIGITS),
        low=round(float(low), DIGITS),
        high=round(float(high), DIGITS),
        p=round(sign_test(first, second), DIGITS),
        n=len(gaps),
        better=sum(gap > 0 for gap in gaps),
        worse=sum(gap < 0 for gap in gaps),
    )


def cohen_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Agreement of two raters beyond chance (J. Cohen, 1960).

    Returns:
        None when it is not defined: no item, or both raters gave one and the same label throughout.
    """
    n = len(first)
    if n == 0:
        return None
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    yes = (sum(first) / n) * (sum(second) / n)
    no = (1 - sum(first) / n) * (1 - sum(second) / n)
    expected = yes + no
    return None if expected == 1 else round((observed - expected) / (1 - expected), DIGITS)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lie, with linear interpolation."""
    return round(float(np.quantile(np.array(values), share)), 1)


def median(values: Sequence[float]) -> float | None:
    """The middle value; None when there is none. Whole numbers stay whole."""
    if not values:
        return None
    middle = float(np.median(np.array(values)))
    return int(middle) if middle.is_integer() else middle


def _rounded(value: float, low: float, high: float, n: int) -> Rate:
    return Rate(round(value, DIGITS), round(low, DIGITS), round(high, DIGITS), n)
