"""The learned fusion: features of a fiche for a question -> a score and a probability.

The weights stand in ``ranking.json``, which says on what they were trained and by which command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

FEATURES = (
    "title",
    "alias",
    "description",
    "breadcrumb",
    "sections",
    "questions",
    "body",
    "passages",
    "dense",
    "rank_fields",
    "rank_passages",
    "rank_dense",
    "guided",
)
WEIGHTS_FILE = Path(__file__).parent / "ranking.json"


@dataclass(frozen=True)
class Weights:
    """One weight per feature, and the calibration of the best fiche's probability."""

    features: Mapping[str, float]
    calibration: tuple[float, float, float]
    """Intercept, slope of the best score, slope of its lead over the second."""
    trained_on: str

    @classmethod
    def load(cls, path: Path = WEIGHTS_FILE) -> Weights:
        data = json.loads(path.read_text("utf-8"))
        return cls(data["features"], tuple(data["calibration"]), data["trained_on"])

    def vector(self) -> Vector:
        return np.array([self.features[name] for name in FEATURES])


def scores(matrix: Vector, weights: Weights) -> Vector:
    """Scores of candidates.

    Args:
        matrix: shape (candidates, len(FEATURES)).
    """
    return matrix @ weights.vector()


def probabilities(ordered: Vector, weights: Weights) -> Vector:
    """Probability that each candidate is a right fiche, for scores in descending order.

    The best one's comes from the calibration; the others share what is left by their odds.
    """
    if not len(ordered):
        return ordered
    lead = float(ordered[0] - ordered[1]) if len(ordered) > 1 else 1.0
    intercept, slope, lead_slope = weights.calibration
    best = 1 / (1 + np.exp(-(intercept + slope * float(ordered[0]) + lead_slope * lead)))
    share = np.exp(ordered - ordered[0])
    return np.asarray(best * share / share[0])


def scaled(values: Vector) -> Vector:
    """Values divided by their maximum; zeros stay zeros."""
    top = float(values.max()) if len(values) else 0.0
    return values / top if top > 0 else values


def reciprocal_ranks(values: Vector) -> Vector:
    """1 / (10 + rank) of each value, the best having rank 0; zero where the value is zero."""
    order = np.argsort(-values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    return np.where(values > 0, 10 / (10 + ranks), 0.0)
