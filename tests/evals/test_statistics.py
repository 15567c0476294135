"""Against published values and hand-computed cases."""

from __future__ import annotations

import math

import pytest

from evals.statistics import (
    clustered_variance,
    cohen_kappa,
    expected_calibration_error,
    mcnemar_exact,
    mean_rate,
    median,
    paired_difference,
    percentile,
    rate,
    sign_test,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # R. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_has_published_values(
    successes: int, n: int, low: float, high: float
) -> None:
    found = wilson(successes / n, n)
    assert found == pytest.approx((low, high), abs=5e-5)


def test_one_item_a_cluster_is_the_plain_wilson_interval() -> None:
    outcomes = [True] * 15 + [False] * 133
    found = rate(outcomes, range(148))
    assert (found.low, found.high, found.n) == (0.0624, 0.1605, 148)


def test_clustered_variance_by_hand() -> None:
    # mean 1/2; residuals of the clusters: a = 1/2 + 1/2, b = -1/2 - 1/2; (1 + 1) / 16.
    assert clustered_variance([1, 1, 0, 0], ["a", "a", "b", "b"]) == pytest.approx(1 / 8)
    assert clustered_variance([1, 1, 0, 0], "abcd") == pytest.approx(0.25 / 4)


def test_items_that_repeat_each_other_count_once() -> None:
    tripled = rate([True, False, True, False] * 3, list("abcd") * 3)
    single = rate([True, False, True, False], list("abcd"))
    assert (tripled.low, tripled.high) == (single.low, single.high)
    assert tripled.n == 12


def test_clusters_never_narrow_an_interval() -> None:
    opposed = rate([True, False] * 10, [n // 2 for n in range(20)])
    plain = rate([True, False] * 10, range(20))
    assert opposed == plain


def test_all_right_still_has_a_lower_bound_and_counts_clusters() -> None:
    found = rate([True] * 20, range(20))
    assert (found.value, found.low, found.high) == (1.0, 0.8389, 1.0)
    assert rate([True] * 40, [n % 20 for n in range(40)]).low == 0.8389


def test_nothing_to_judge_is_not_zero() -> None:
    assert rate([], []).as_dict() == {"value": None, "low": None, "high": None, "n": 0}
    assert mean_rate([], []).value is None


def test_mean_interval_by_hand() -> None:
    found = mean_rate([1.0, 0.5, 0.0, 0.5], range(4))
    half = 1.959964 * math.sqrt(0.5 / 16)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - half, abs=1e-4)
    assert found.high == pytest.approx(0.5 + half, abs=1e-4)


def test_calibration_error_by_hand() -> None:
    # Bin 0.9: confidence 0.95, half right, gap 0.45, 2 of 4; bin 0.2: gap 0.25, 2 of 4.
    found = expected_calibration_error([0.95, 0.95, 0.25, 0.25], [True, False, False, False])
    assert found == pytest.approx(0.35)
    assert expected_calibration_error([1.0], [True]) == 0.0
    assert expected_calibration_error([], []) is None


def test_exact_mcnemar_has_known_values() -> None:
    # Twice the binomial tail: P(X <= 1 | 10, 1/2) = 11/1024.
    assert mcnemar_exact(1, 9) == pytest.approx(22 / 1024)
    assert mcnemar_exact(9, 1) == mcnemar_exact(1, 9)
    assert mcnemar_exact(5, 5) == 1.0
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(0, 6) == pytest.approx(0.03125)


def test_sign_test_leaves_ties_out() -> None:
    assert sign_test([0.0] * 6 + [0.5], [1.0] * 6 + [0.5]) == pytest.approx(0.03125)


def test_paired_difference_is_deterministic_and_covers_the_mean() -> None:
    first = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0] * 10
    second = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0] * 10
    one = paired_difference(first, second, range(60))
    assert one == paired_difference(first, second, range(60))
    assert (one.better, one.worse, one.n) == (20, 10, 60)
    assert one.value == pytest.approx(10 / 60, abs=1e-4)
    assert one.low < one.value < one.high


def test_equal_systems_differ_by_nothing() -> None:
    found = paired_difference([1.0, 0.0], [1.0, 0.0], "ab")
    assert (found.value, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_kappa_has_the_textbook_value() -> None:
    # 50 items, 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: kappa 0.4 (Wikipedia, "Cohen's kappa").
    first = [True] * 25 + [False] * 25
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)
    assert cohen_kappa([True], [True]) is None


def test_percentiles_and_medians() -> None:
    assert percentile([10, 20, 30], 0.5) == 20.0
    assert percentile([0, 100], 0.95) == 95.0
    assert (median([3, 1, 2]), median([1, 2]), median([])) == (2, 1.5, None)
