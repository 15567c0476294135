from __future__ import annotations

import numpy as np

from assistant.choose import FEATURES, Weights
from evals.composing_training import Example, fit, half, recall


def example(item: str, right: int) -> Example:
    features = np.zeros((4, len(FEATURES)))
    features[right, FEATURES.index("words")] = 1.0
    holds = np.zeros((4, 1), dtype=bool)
    holds[right, 0] = True
    return Example(item, features, holds)


EXAMPLES = [example(str(n), n % 4) for n in range(12)]


def test_what_marks_the_right_units_is_learned() -> None:
    weights = fit(EXAMPLES, 50.0)
    assert weights[FEATURES.index("words")] > 1.0
    assert recall(EXAMPLES, weights)["facts@1"] == 1.0


def test_a_fact_that_stands_nowhere_teaches_nothing() -> None:
    nowhere = Example("x", EXAMPLES[0].features, np.zeros((4, 1), dtype=bool))
    assert np.allclose(fit([*EXAMPLES, nowhere], 50.0), fit(EXAMPLES, 50.0))


def test_halves_are_stable_and_both_used() -> None:
    assert {half(str(n)) for n in range(20)} == {0, 1}
    assert half("papiers-001") == half("papiers-001")


def test_the_weights_in_use_name_every_feature() -> None:
    assert set(Weights.load().features) == set(FEATURES)
