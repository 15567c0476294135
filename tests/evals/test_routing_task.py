from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.card import Card
from evals import routing
from evals.gold import GoldItem
from evals.outputs import Output


@pytest.fixture
def scores(
    item_of: Callable[..., GoldItem],
    output_of: Callable[..., Output],
    card_of: Callable[..., Card],
) -> dict[str, routing.RoutingScore]:
    def one(expected: str, given: str, confidence: float) -> routing.RoutingScore:
        card = card_of(route=given, confidence=confidence)
        return routing.score(item_of(route=expected), output_of(card))

    return {
        "1": one("fiscal", "fiscal", 0.95),
        "2": one("fiscal", "niveau1", 0.95),
        "3": one("niveau1", "niveau1", 0.75),
        "4": one("niveau1", "fiscal", 0.75),
        "5": routing.score(item_of(route="urgence"), output_of(ask="ValueError: x")),
    }


def test_precision_recall_and_calibration_by_hand(scores: dict[str, Any]) -> None:
    found = routing.metrics(scores, {key: key for key in scores})
    assert found["accuracy"]["value"] == 0.4
    assert found["labels"]["fiscal"]["recall"]["value"] == 0.5
    assert found["labels"]["fiscal"]["precision"] == found["labels"]["fiscal"]["recall"]
    assert found["labels"]["urgence"]["recall"]["value"] == 0.0
    assert found["labels"]["urgence"]["precision"]["value"] is None
    assert "dossier" not in found["labels"]
    assert found["ece"] == pytest.approx((0.45 * 2 + 0.25 * 2) / 4)


def test_the_confusion_matrix_has_a_column_for_failures(scores: dict[str, Any]) -> None:
    matrix = routing.confusion(scores)
    assert matrix["fiscal"]["niveau1"] == 1
    assert matrix["niveau1"]["fiscal"] == 1
    assert matrix["urgence"][routing.FAILED] == 1
    assert sum(sum(row.values()) for row in matrix.values()) == 5
