from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.evidence import best_places, reciprocal_ranks

VALUES = st.lists(st.integers(0, 6), max_size=40).map(lambda found: np.array(found, float))


@given(VALUES, st.integers(1, 50))
def test_the_best_places_are_those_of_a_full_stable_sort(values: np.ndarray, count: int) -> None:
    order = np.argsort(-values, kind="stable")
    assert best_places(values, count).tolist() == order[values[order] > 0][:count].tolist()


def test_ranks_count_from_the_best_and_zero_has_none() -> None:
    assert reciprocal_ranks(np.array([0.0, 2.0, 5.0, 2.0])).tolist() == [0, 10 / 11, 1, 10 / 12]
