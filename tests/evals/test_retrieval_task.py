from __future__ import annotations

from collections.abc import Callable
from math import log2

import pytest

from evals import retrieval
from evals.gold import GoldItem
from evals.outputs import Output

Items, Outputs = Callable[..., GoldItem], Callable[..., Output]


def test_measures_by_hand() -> None:
    found = retrieval.measure(["F9", "F1", "F8", "F2"], ["F1", "F2"])
    assert (found["success@1"], found["success@3"], found["mrr"]) == (0.0, 1.0, 0.5)
    ideal = 1 + 1 / log2(3)
    assert found["ndcg@10"] == pytest.approx((1 / log2(3) + 1 / log2(5)) / ideal, abs=1e-6)


def test_equal_scores_keep_the_order_of_the_ranking() -> None:
    assert retrieval.measure(["F2", "F1"], ["F2"])["success@1"] == 1.0
    assert retrieval.measure(["F1", "F2"], ["F2"])["success@1"] == 0.0


def test_a_fiche_listed_twice_counts_once(item_of: Items, output_of: Outputs) -> None:
    found = retrieval.score(item_of(fiches=["F2"]), output_of(ranking=["F1", "F1", "F2"]))
    assert found.rank == 2


def test_metrics_over_items_with_a_failure(item_of: Items, output_of: Outputs) -> None:
    item = item_of(fiches=["F1"])
    scores = {
        "1": retrieval.score(item, output_of(ranking=["F1"])),
        "2": retrieval.score(item, output_of(ranking=["F2", "F3", "F4", "F1"])),
        "3": retrieval.score(item, output_of(ranking=["F2"])),
        "4": retrieval.score(item, output_of(retrieve="TimeoutError: trop long")),
    }
    found = retrieval.metrics(scores, {key: key for key in scores})
    assert [found[f"success@{k}"]["value"] for k in (1, 3, 5, 10)] == [0.25, 0.25, 0.5, 0.5]
    assert found["mrr"]["value"] == pytest.approx((1 + 0.25) / 4, abs=1e-4)
    assert found["success@1"]["n"] == 4
    assert scores["4"].verdict == "erreur : TimeoutError: trop long"


def test_items_routed_elsewhere_are_not_judged(item_of: Items) -> None:
    assert retrieval.applies(item_of(fiches=["F1"]))
    assert retrieval.applies(item_of(fiches=["F1"], route="niveau1"))
    assert not retrieval.applies(item_of(fiches=["F1"], route="fiscal"))
    assert not retrieval.applies(item_of(route="niveau1"))
