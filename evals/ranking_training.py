"""Learn the weights of the fusion: ``python -m evals.ranking_training GOLD…``.

A listwise (conditional) logistic regression: for each question, the chance that a right fiche is
drawn from the candidates in proportion to ``exp(features · weights)`` is made as great as possible.
Cross-validation keeps all questions about one fiche in one fold, so that no question is scored by
weights that saw it or another question about its fiche.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.opening import open_search, open_understanding
from assistant.settings import load_settings
from vectorstore.ranking import FEATURES, WEIGHTS_FILE, best_features

Array = NDArray[np.floating[Any]]
Right = NDArray[np.bool_]
FOLDS = 10
CUTS = (1, 3, 5, 10)
SIGNED = frozenset(
    {"guided", "question_page", "professional", "traits_told", "traits_denied", "traits_rare"}
)
"""Features that may count against a fiche; no other evidence may, whatever the sample."""


@dataclass(frozen=True)
class Example:
    """One question's candidates: features (n, len(FEATURES)) and whether each is right (n,)."""

    group: str
    features: Array
    right: Right
    source: str


@dataclass(frozen=True)
class Ordered:
    """One question's candidates, best first."""

    scores: Array
    features: Array
    right: Right


def read_questions(
    paths: Sequence[Path], outside: bool = False
) -> list[tuple[str, list[str], set[str], str]]:
    """(question, history, right fiches, file) of every item that is answered from a fiche.

    Args:
        paths: gold files.
        outside: those of another world instead, which no fiche answers.
    """
    found = []
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            item = json.loads(line)
            fiches, route = set(item.get("fiches", [])), item.get("route", "niveau1")
            if route == "hors_perimetre" if outside else fiches and route == "niveau1":
                found.append((item["question"], item.get("history", []), fiches, path.stem))
    return found


def examples_of(paths: Sequence[Path], outside: bool = False) -> list[Example]:
    """The candidates that the search itself considers, for every question of ``read_questions``."""
    settings = load_settings()
    search = open_search(settings)
    understanding = open_understanding(search.snapshot, settings)
    examples = []
    for question, history, right, source in read_questions(paths, outside):
        found = search.candidates(understanding.read(question, history).query)
        ids = [search.snapshot.ids[int(position)] for position in found.positions]
        marks = np.array([fiche in right for fiche in ids])
        examples.append(Example(min(right, default=question), found.features, marks, source))
    return examples


def fit(examples: Sequence[Example], strength: float) -> Array:
    """Weights of the listwise regression, shape (len(FEATURES),).

    Args:
        examples: those without a right candidate teach nothing and are left out.
        strength: inverse of the L2 penalty.
    """
    from scipy.optimize import minimize

    usable = [example for example in examples if example.right.any()]
    stacked = np.concatenate([example.features for example in usable])
    right = np.concatenate([example.right for example in usable]).astype(float)
    sizes = [len(example.right) for example in usable]
    starts = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat(np.arange(len(usable)), sizes)

    def loss(weights: Array) -> tuple[float, Array]:
        values = stacked @ weights
        odds = np.exp(values - np.maximum.reduceat(values, starts)[owner])
        every = np.add.reduceat(odds, starts)
        good = np.add.reduceat(odds * right, starts)
        slope = odds / every[owner] - odds * right / good[owner]
        value = -np.log(good / every).sum() / len(usable) + weights @ weights / strength
        return float(value), stacked.T @ slope / len(usable) + 2 * weights / strength

    bounds = [(None, None) if name in SIGNED else (0.0, None) for name in FEATURES]
    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x, dtype=float)


def ordered(example: Example, weights: Array) -> Ordered:
    values = example.features @ weights
    order = np.argsort(-values, kind="stable")
    return Ordered(values[order], example.features[order], example.right[order])


def cross_validate(examples: Sequence[Example], strength: float) -> list[Ordered]:
    """Each question ordered by weights that were fitted without its fiche."""
    fold = folds_of(examples)
    results: list[Any] = [None] * len(examples)
    for number in range(FOLDS):
        weights = fit([e for e in examples if fold[e.group] != number], strength)
        for place, example in enumerate(examples):
            if fold[example.group] == number:
                results[place] = ordered(example, weights)
    return results


def folds_of(examples: Sequence[Example]) -> dict[str, int]:
    """Cluster -> fold: the only place that decides which questions are left out together."""
    groups = sorted({example.group for example in examples})
    shuffled = np.random.default_rng(0).permutation(groups)
    return {str(group): place % FOLDS for place, group in enumerate(shuffled)}


def success(results: Sequence[Ordered]) -> dict[str, float]:
    return {
        f"success@{cut}": round(float(np.mean([r.right[:cut].any() for r in results])), 4)
        for cut in CUTS
    }


def calibrate(results: Sequence[Ordered]) -> list[float]:
    """Logistic fit of "the first fiche is right" on what is known of the two best, out of fold.

    Args:
        results: with those of questions that no fiche answers, or a question of another world that
            has one candidate far before the others would pass for sure.

    Returns:
        Intercept, then one weight per feature of ``vectorstore.ranking.best_features``.
    """
    from sklearn.linear_model import LogisticRegression

    inputs = np.array([best_features(r.scores, r.features[0]) for r in results])
    target = np.array([bool(r.right[0]) for r in results])
    model = LogisticRegression(C=1.0).fit(inputs, target)
    return [float(model.intercept_[0]), *map(float, model.coef_[0])]


def calibration_error(
    results: Sequence[Ordered], examples: Sequence[Example], outside: Sequence[Ordered]
) -> float:
    """Expected calibration error of the first fiche's probability, each fold by the others' fit."""
    from evals.statistics import expected_calibration_error

    fold = folds_of(examples)
    chances, right = [], []
    for number in range(FOLDS):
        others = [r for r, e in zip(results, examples, strict=True) if fold[e.group] != number]
        weights = np.array(calibrate([*others, *outside]))
        for result, example in zip(results, examples, strict=True):
            if fold[example.group] == number:
                value = weights[0] + best_features(result.scores, result.features[0]) @ weights[1:]
                chances.append(float(1 / (1 + np.exp(-value))))
                right.append(bool(result.right[0]))
    return expected_calibration_error(chances, right) or 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--strength", type=float, default=100.0)
    parser.add_argument("--write", action="store_true", help="write vectorstore/ranking.json")
    arguments = parser.parse_args()
    examples = examples_of(arguments.gold)
    results = cross_validate(examples, arguments.strength)
    weights = fit(examples, arguments.strength)
    outside = [ordered(e, weights) for e in examples_of(arguments.gold, outside=True)]
    report: dict[str, Any] = {
        "all": {"n": len(examples), **success(results)},
        "ece": round(calibration_error(results, examples, outside), 4),
    }
    for source in sorted({example.source for example in examples}):
        own = [r for r, e in zip(results, examples, strict=True) if e.source == source]
        report[source] = {"n": len(own), **success(own)}
    print(json.dumps(report, indent=2))
    if arguments.write:
        names = ", ".join(sorted({example.source for example in examples}))
        record = {
            "trained_on": f"{len(examples)} questions of {names}",
            "command": "python -m evals.ranking_training evals/gold/*.jsonl --write",
            "cross_validated": {**report["all"], "ece": report["ece"]},
            "features": {n: round(float(w), 4) for n, w in zip(FEATURES, weights, strict=True)},
            "calibration": [round(value, 4) for value in calibrate([*results, *outside])],
        }
        WEIGHTS_FILE.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
