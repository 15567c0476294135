"""The learned fusion: features of a fiche for a question -> a score and a probability.

The weights stand in ``ranking.json``, which says on what they were trained and by which command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating[Any]]

FEATURES = (
    "title",
    "alias",
    "spoken",
    "description",
    "breadcrumb",
    "sections",
    "questions",
    "body",
    "title_asked",
    "asked_in_spoken",
    "asked_in_body",
    "names",
    "anticipated",
    "passages",
    "dense_texts",
    "dense_names",
    "dense_fiches",
    "classifier",
    "rank_fields",
    "rank_names",
    "rank_passages",
    "rank_dense_texts",
    "rank_dense_names",
    "rank_dense_fiches",
    "rank_classifier",
    "siblings",
    "traits_told",
    "traits_denied",
    "traits_rare",
    "mentions",
    "answer",
    "guided",
    "question_page",
    "professional",
)
WEIGHTS_FILE = Path(__file__).parent / "ranking.json"


@dataclass(frozen=True)
class Weights:
    """One weight per feature, and the calibration of the best fiche's probability."""

    features: Mapping[str, float]
    calibration: tuple[float, ...]
    """Intercept, then one weight per value of ``best_features``."""
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


def probabilities(ordered: Vector, features: Vector, weights: Weights) -> Vector:
    """Probability that each candidate is a right fiche, for scores in descending order.

    The best one's comes from the calibration; each of the others has its odds against the best.

    Args:
        ordered: the scores.
        features: of the best candidate, shape (len(FEATURES),).
        weights: those that gave the scores.
    """
    if not len(ordered):
        return ordered
    intercept, *slopes = weights.calibration
    value = intercept + float(best_features(ordered, features) @ np.array(slopes))
    best = 1 / (1 + np.exp(-value))
    return np.asarray(best * np.exp(ordered - ordered[0]))


def best_features(ordered: Vector, features: Vector) -> Vector:
    """What tells whether the best candidate is right, from all scores in descending order.

    Returns:
        The best score, its lead over the second, the logarithm of its share among all candidates, and
        how much the question sounds like those asked of the best: a question of another world may
        well have one candidate far before all others.
    """
    odds = np.exp(ordered - ordered[0])
    lead = float(ordered[0] - ordered[1]) if len(ordered) > 1 else 1.0
    likeness = float(features[FEATURES.index("classifier")])
    return np.array([float(ordered[0]), lead, -float(np.log(odds.sum())), likeness])
