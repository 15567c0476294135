from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.evidence import Groups, best_places, reciprocal_ranks

VALUES = st.lists(st.integers(0, 6), max_size=40).map(lambda found: np.array(found, float))


@given(VALUES, st.integers(1, 50))
def test_the_best_places_are_those_of_a_full_stable_sort(values: np.ndarray, count: int) -> None:
    order = np.argsort(-values, kind="stable")
    assert best_places(values, count).tolist() == order[values[order] > 0][:count].tolist()


def test_ranks_count_from_the_best_and_zero_has_none() -> None:
    assert reciprocal_ranks(np.array([0.0, 2.0, 5.0, 2.0])).tolist() == [0, 10 / 11, 1, 10 / 12]


ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=30).map(sorted)


@given(ROWS, st.integers(1, 4))
def test_the_mean_of_a_fiches_best_rows_counts_missing_ones_as_nothing(
    rows: list[tuple[int, int]], count: int
) -> None:
    owner = np.array([fiche for fiche, _ in rows], np.int32)
    scores = np.array([score for _, score in rows], float)
    found = Groups(owner, 6).mean_of_best(scores, count)
    for fiche in range(6):
        best = sorted((score for own, score in rows if own == fiche), reverse=True)[:count]
        assert found[fiche] == pytest.approx(sum(best) / count)
