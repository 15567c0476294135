"""Learn the weights of the fusion: ``python -m evals.ranking_training GOLD…``.

Pairwise logistic regression: for each question, the difference between a right fiche's features and
those of each wrong candidate should score above zero. Cross-validation keeps all questions about
one fiche in one fold, so that no question is scored by weights that saw its fiche's other questions.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.chain import open_search
from assistant.question import clean, standalone
from assistant.settings import load_settings
from vectorstore.ranking import FEATURES, WEIGHTS_FILE

Array = NDArray[np.float64]
FOLDS = 10
HARD_NEGATIVES = 40
CUTS = (1, 3, 5, 10)


@dataclass(frozen=True)
class Example:
    """One question's candidates: features (n, len(FEATURES)) and whether each is right (n,)."""

    group: str
    features: Array
    right: NDArray[np.bool_]
    source: str


def read_questions(paths: list[Path]) -> list[tuple[str, list[str], set[str], str]]:
    """(question, history, right fiches, file) of every item that is answered from a fiche."""
    found = []
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            item = json.loads(line)
            if item.get("fiches") and item.get("route", "niveau1") in ("niveau1", "fiscal"):
                found.append(
                    (item["question"], item.get("history", []), set(item["fiches"]), path.stem)
                )
    return found


def examples_of(paths: list[Path]) -> list[Example]:
    """The candidates that the search itself considers, for every question."""
    settings = load_settings()
    search = open_search(settings)
    examples = []
    for question, history, right, source in read_questions(paths):
        text = standalone(clean(question, 10_000), history)
        positions, matrix, _ = search.candidates(text)
        ids = [search.snapshot.ids[int(position)] for position in positions]
        examples.append(
            Example(min(right), matrix, np.array([fiche in right for fiche in ids]), source)
        )
    return examples


def fit(examples: list[Example], strength: float) -> Array:
    """Weights of a pairwise logistic regression, shape (len(FEATURES),).

    No evidence counts against a fiche (but being a mere guide), so that a question in a fiche's own
    words can never push that fiche down, whatever the sample.
    """
    from scipy.optimize import minimize

    rows: list[Array] = []
    weights: list[float] = []
    for example in examples:
        good = example.features[example.right]
        bad = example.features[~example.right]
        if not len(good) or not len(bad):
            continue
        order = np.argsort(-bad.sum(axis=1), kind="stable")[:HARD_NEGATIVES]
        pairs = (good[:, None, :] - bad[order][None, :, :]).reshape(-1, len(FEATURES))
        rows.append(pairs)
        weights.extend([1 / len(pairs)] * len(pairs))
    stacked = np.concatenate(rows)
    shares = np.array(weights) / len(rows)

    def loss(candidate: Array) -> tuple[float, Array]:
        margins = stacked @ candidate
        slope = -shares / (1 + np.exp(margins))
        value = shares @ np.logaddexp(0, -margins) + candidate @ candidate / (2 * strength)
        return float(value), stacked.T @ slope + candidate / strength

    bounds = [(None, 0.0) if name == "guided" else (0.0, None) for name in FEATURES]
    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x, dtype=float)


def ordered_right(example: Example, weights: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Scores in descending order, and which of them are right."""
    values = example.features @ weights
    order = np.argsort(-values, kind="stable")
    return values[order], example.right[order]


def cross_validate(
    examples: list[Example], strength: float
) -> list[tuple[Array, NDArray[np.bool_]]]:
    """Each question ordered by weights that were fitted without its fiche."""
    groups = sorted({example.group for example in examples})
    rng = np.random.default_rng(0)
    folds = dict(zip(rng.permutation(groups), np.arange(len(groups)) % FOLDS, strict=True))
    results: list[Any] = [None] * len(examples)
    for fold in range(FOLDS):
        weights = fit([e for e in examples if folds[e.group] != fold], strength)
        for number, example in enumerate(examples):
            if folds[example.group] == fold:
                results[number] = ordered_right(example, weights)
    return results


def success(results: list[tuple[Array, NDArray[np.bool_]]]) -> dict[str, float]:
    return {
        f"success@{cut}": round(float(np.mean([right[:cut].any() for _, right in results])), 4)
        for cut in CUTS
    }


def calibrate(results: list[tuple[Array, NDArray[np.bool_]]]) -> list[float]:
    """Logistic fit of "the first fiche is right" on its score and its lead, out of fold."""
    from sklearn.linear_model import LogisticRegression

    inputs = np.array([[values[0], values[0] - values[1]] for values, _ in results])
    target = np.array([bool(right[0]) for _, right in results])
    model = LogisticRegression(C=1.0).fit(inputs, target)
    return [float(model.intercept_[0]), *map(float, model.coef_[0])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--strength", type=float, default=300.0)
    parser.add_argument("--write", action="store_true", help="write vectorstore/ranking.json")
    arguments = parser.parse_args()
    examples = examples_of(arguments.gold)
    results = cross_validate(examples, arguments.strength)
    report: dict[str, Any] = {"all": {"n": len(examples), **success(results)}}
    for source in sorted({example.source for example in examples}):
        own = [r for r, e in zip(results, examples, strict=True) if e.source == source]
        report[source] = {"n": len(own), **success(own)}
    print(json.dumps(report, indent=2))
    if arguments.write:
        weights = fit(examples, arguments.strength)
        names = ", ".join(sorted({example.source for example in examples}))
        record = {
            "trained_on": f"{len(examples)} questions of {names}",
            "command": "python -m evals.ranking_training GOLD… --write",
            "cross_validated": report["all"],
            "features": {n: round(float(w), 4) for n, w in zip(FEATURES, weights, strict=True)},
            "calibration": [round(value, 4) for value in calibrate(results)],
        }
        WEIGHTS_FILE.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
