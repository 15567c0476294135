"""Learn which units of a fiche answer: ``python -m evals.composing_training GOLD… [--write]``.

A listwise (conditional) logistic regression with the right fiche given: for each key fact, the chance
that a unit which holds it is drawn from the units in force, in proportion to
``exp(features · weights)``, is made as great as possible. Two halves of the gold set, split by the
hash of the item's id, are each scored by weights learned on the other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.caller import read_caller
from assistant.cases import in_force
from assistant.choose import FEATURES, WEIGHTS_FILE, Asked, features_of, sayable_units
from assistant.opening import open_understanding
from assistant.settings import load_settings
from assistant.speech import speakable
from evals.gold import GoldItem
from evals.matching import holds_any
from vectorstore.snapshot import Snapshot

Array = NDArray[np.float64]
Marks = NDArray[np.bool_]
CUTS = (1, 2, 3, 5, 8)


@dataclass(frozen=True)
class Example:
    """One question: features of its units, and which unit holds which key fact (units, facts)."""

    item: str
    features: Array
    holds: Marks


def half(item_id: str) -> int:
    """0 or 1: in which half of the gold set an item stands."""
    return int(hashlib.sha256(item_id.encode()).hexdigest(), 16) % 2


def read_items(paths: Sequence[Path]) -> list[GoldItem]:
    """The first-level items with key facts."""
    items = [
        GoldItem.model_validate_json(line)
        for path in paths
        for line in path.read_text("utf-8").splitlines()
    ]
    return [item for item in items if item.route == "niveau1" and item.facts and item.fiches]


def examples_of(paths: Sequence[Path]) -> list[Example]:
    """The units in force of each item's first right fiche."""
    settings = load_settings()
    snapshot = Snapshot.open(settings.home)
    understanding = open_understanding(snapshot, settings)
    examples = []
    for item in read_items(paths):
        name = next((fiche for fiche in item.fiches if fiche in snapshot.position), None)
        if name is None:
            continue
        fiche = snapshot.fiche(name)
        understood = understanding.read(item.question, item.history)
        told = [*item.case, *([item.commune] if item.commune else [])]
        caller = read_caller(understood.standalone, item.history, told)
        held = in_force(fiche, snapshot.passages(name), caller, understood.standalone)
        units = sayable_units(p for p in held.passages if p.kind != "warning")
        if not units:
            continue
        texts = [speakable(f"{unit.lead} {unit.text}") for unit in units]
        holds = np.array([[holds_any(text, fact) for fact in item.facts] for text in texts])
        features = features_of(Asked.of(understood, caller.quantities), fiche, units)
        examples.append(Example(item.id, features, holds))
    return examples


def fit(examples: Sequence[Example], strength: float) -> Array:
    """Weights of the listwise regression, shape (len(FEATURES),).

    Args:
        examples: a fact that no unit or every unit holds teaches nothing and is left out.
        strength: inverse of the L2 penalty.
    """
    from scipy.optimize import minimize

    lists = [
        (example.features, example.holds[:, n], 1 / example.holds.shape[1])
        for example in examples
        for n in range(example.holds.shape[1])
        if example.holds[:, n].any() and not example.holds[:, n].all()
    ]

    def loss(candidate: Array) -> tuple[float, Array]:
        value = float(candidate @ candidate) / (2 * strength)
        slope = candidate / strength
        for features, holds, share in lists:
            scores = features @ candidate
            odds = np.exp(scores - scores.max())
            right = odds[holds].sum()
            value += share * float(np.log(odds.sum()) - np.log(right)) / len(lists)
            pull = odds @ features / odds.sum() - odds[holds] @ features[holds] / right
            slope = slope + share * pull / len(lists)
        return value, slope

    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, dtype=float)


def recall(examples: Sequence[Example], weights: Array) -> dict[str, float]:
    """Share of the key facts that stand in the best one, two, three… units."""
    total = sum(example.holds.shape[1] for example in examples)
    found: dict[str, float] = {}
    for cut in CUTS:
        held = 0
        for example in examples:
            order = np.argsort(-(example.features @ weights), kind="stable")[:cut]
            held += int(example.holds[order].any(axis=0).sum())
        found[f"facts@{cut}"] = round(held / total, 4)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--strength", type=float, default=10.0)
    parser.add_argument("--write", action="store_true", help="write assistant/choosing.json")
    arguments = parser.parse_args()
    examples = examples_of(arguments.gold)
    halves = [[e for e in examples if half(e.item) == side] for side in (0, 1)]
    learned = [fit(side, arguments.strength) for side in halves]
    report: dict[str, Any] = {"items": len(examples)}
    for side in (0, 1):
        report[f"half {side}, learned on the other"] = recall(halves[side], learned[1 - side])
    print(json.dumps(report, indent=2))
    if arguments.write:
        weights = fit(examples, arguments.strength)
        record = {
            "trained_on": f"{len(examples)} questions of the gold set",
            "command": "python -m evals.composing_training GOLD… --write",
            "cross_validated": {k: v for k, v in report.items() if k != "items"},
            "features": {n: round(float(w), 4) for n, w in zip(FEATURES, weights, strict=True)},
        }
        WEIGHTS_FILE.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
