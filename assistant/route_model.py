"""The learned part of routing: features of a question -> the probability of each label.

Multinomial logistic regression. The weights stand in ``route_model.json``, which says on what they
were trained and by which command. There are two sets: with the question's vector, and without it
for when the search by meaning is out of order or uses another embedding model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.card import RouteLabel
from assistant.route_features import Vector, feature_names
from assistant.texts import load_yaml
from vectorstore.errors import SouffleurError

MODEL_FILE = Path(__file__).parent / "route_model.json"
VECTOR_SCALE = 3.0
"""Coordinates of a normalised vector are small beside features of 0 or 1."""


@dataclass(frozen=True)
class Weights:
    """One linear model, and how its highest probability becomes a confidence."""

    labels: tuple[RouteLabel, ...]
    coefficients: Vector
    """Shape (labels, features)."""
    intercepts: Vector
    calibration: tuple[float, float]
    """Intercept and slope of the confidence's logit on that of the probability."""

    def probabilities(self, inputs: Vector) -> dict[RouteLabel, float]:
        values = self.coefficients @ inputs + self.intercepts
        odds = np.exp(values - values.max())
        shares = odds / odds.sum()
        return {label: float(share) for label, share in zip(self.labels, shares, strict=True)}

    def confidence(self, probability: float) -> float:
        """That a label with this probability, the highest of all, is right."""
        intercept, slope = self.calibration
        bounded = min(max(probability, 1e-6), 1 - 1e-6)
        logit = float(np.log(bounded / (1 - bounded)))
        return float(1 / (1 + np.exp(-(intercept + slope * logit))))


@dataclass(frozen=True)
class RouteModel:
    """Both sets of weights."""

    embedding_model: str
    """The model whose vectors the first set was trained on."""
    vector_mean: Vector
    with_vector: Weights
    without_vector: Weights

    def inputs(self, plain: Vector, vector: Vector | None) -> tuple[Weights, Vector]:
        """The weights that apply, and what they are applied to."""
        if vector is None or len(vector) != len(self.vector_mean):
            return self.without_vector, plain
        return self.with_vector, np.concatenate([plain, centred(vector, self.vector_mean)])


def chosen(shares: Mapping[RouteLabel, float]) -> RouteLabel:
    """The label that follows from the probabilities, by what ``routes.yaml`` asks of each.

    A label with ``wins_from`` is taken from that probability on, though another be more probable:
    what must never be answered is worth a doubt. Otherwise it is the most probable one, unless it
    does not reach its ``at_least``: a question of level 1 that is routed away is an answer lost.
    """
    rules = load_yaml("routes")
    for label, share in shares.items():
        if share >= rules.get(label, {}).get("wins_from", 1.0):
            return label
    best = max(shares, key=lambda label: shares[label])
    asked = rules.get(best, {}).get("at_least", 0.0)
    return best if shares[best] >= asked else "niveau1"


def centred(vector: Vector, mean: Vector) -> Vector:
    return (vector - mean) * VECTOR_SCALE


@cache
def load_model(path: Path = MODEL_FILE) -> RouteModel:
    """The weights in use.

    Raises:
        SouffleurError: they were trained on other features than those of today.
    """
    data = json.loads(path.read_text("utf-8"))
    if tuple(data["features"]) != feature_names():
        raise SouffleurError(
            f"{path.name} : appris sur d'autres signes que ceux de prompts/route_signals.yaml ; "
            "relancer « python -m evals.route_training --write »"
        )
    return RouteModel(
        data["embedding_model"],
        np.array(data["vector_mean"]),
        _weights(data["with_vector"]),
        _weights(data["without_vector"]),
    )


def _weights(data: dict[str, Any]) -> Weights:
    return Weights(
        tuple(data["labels"]),
        np.array(data["coefficients"]),
        np.array(data["intercepts"]),
        tuple(data["calibration"]),
    )
