"""Task *routing*: is the call sent where it should go, and is the confidence honest?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.card import ROUTE_LABELS, RouteLabel
from evals.gold import GoldItem
from evals.outputs import Call, Output
from evals.statistics import expected_calibration_error, rate

CALLS: set[Call] = {"ask"}
FAILED = "erreur"
"""Column of the confusion matrix for items on which the assistant failed."""


class RoutingScore(BaseModel):
    """The label expected and the label given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expected: RouteLabel
    given: RouteLabel | None = None
    """None when the assistant failed."""
    confidence: float | None = None
    error: str | None = None

    @property
    def passed(self) -> bool:
        return self.given == self.expected

    @property
    def verdict(self) -> str:
        """What happened, in a few French words."""
        if self.error:
            return f"erreur : {self.error}"
        return "juste" if self.passed else f"{self.given} au lieu de {self.expected}"


def applies(item: GoldItem) -> bool:
    return item.route is not None


def score(item: GoldItem, output: Output) -> RoutingScore:
    """Judge the route of one card."""
    assert item.route is not None
    route = output.card.route if output.card else None
    return RoutingScore(
        expected=item.route,
        given=route.label if route else None,
        confidence=round(route.confidence, 6) if route else None,
        error=output.errors.get("ask"),
    )


def confusion(scores: Mapping[str, RoutingScore]) -> dict[str, dict[str, int]]:
    """Expected label -> given label -> count, over all labels and the failures."""
    columns = (*ROUTE_LABELS, FAILED)
    matrix: dict[str, dict[str, int]] = {label: dict.fromkeys(columns, 0) for label in ROUTE_LABELS}
    for item in scores.values():
        matrix[item.expected][item.given or FAILED] += 1
    return matrix


def metrics(scores: Mapping[str, RoutingScore], clusters: Mapping[str, str]) -> dict[str, Any]:
    """The ``routing`` object of ``evals run --json``.

    Labels that are neither expected nor given are left out. A failure counts against accuracy and
    recall; it has no confidence, so calibration does not see it.

    Args:
        scores: item id -> score.
        clusters: item id -> cluster.
    """
    labels: dict[str, Any] = {}
    for label in ROUTE_LABELS:
        expected = {item: s for item, s in scores.items() if s.expected == label}
        given = {item: s for item, s in scores.items() if s.given == label}
        if expected or given:
            labels[label] = {
                "recall": _share_right(expected, clusters),
                "precision": _share_right(given, clusters),
            }
    sure = [(s.confidence, s.passed) for s in scores.values() if s.confidence is not None]
    return {
        "accuracy": _share_right(scores, clusters),
        "ece": expected_calibration_error([c for c, _ in sure], [right for _, right in sure]),
        "labels": labels,
    }


def _share_right(scores: Mapping[str, RoutingScore], clusters: Mapping[str, str]) -> dict[str, Any]:
    outcomes = [item.passed for item in scores.values()]
    return rate(outcomes, [clusters[item] for item in scores]).as_dict()
