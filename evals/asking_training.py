"""Learn when a question is worth putting back: ``python -m evals.asking_training GOLD…``.

With the right fiche given, each item chooses between asking nothing and each case that is left open, by
a conditional logistic regression over ``assistant.questions.features_of``. An item that depends on a case
should choose one whose question is about what tells the cases apart; all others should choose nothing.
The base is then set so that a share of these others, ``NEEDLESS``, is asked all the same. Two halves of
the gold set, split by the hash of the item's id, are each decided by weights learned on the other.

It prints what is to be written under ``ask_weights`` in ``prompts/caller.yaml``.
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

from assistant.caller import read_caller
from assistant.card import Ask
from assistant.cases import in_force
from assistant.opening import open_understanding
from assistant.questions import (
    differing,
    features_of,
    least_differing,
    may_be_asked,
    spoken,
)
from assistant.settings import load_settings
from evals.composing_training import half
from evals.gold import GoldItem
from evals.matching import holds
from vectorstore.snapshot import Snapshot

Array = NDArray[np.float64]
NEEDLESS = 0.03
"""Share of the items that need no question which the base lets be asked."""
STRENGTH = 2.0
"""Inverse of the L2 penalty; the base bears none."""
FEATURES = (
    "differing", "trait", "number", "page", "table", "common", "detail", "known", "gap",
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    """One item: what each case left open is weighed by, and which of them should be asked about."""

    item: str
    features: Array
    """Shape (choices, 1 + len(FEATURES)); the first column is 1."""
    right: NDArray[np.bool_]
    depends: bool
    """The item depends on a case that is not told."""


def examples_of(paths: Sequence[Path]) -> list[Example]:
    """The choices that each item's first right fiche leaves open."""
    settings = load_settings()
    snapshot = Snapshot.open(settings.home)
    understanding = open_understanding(snapshot, settings)
    items = [
        GoldItem.model_validate_json(line)
        for path in paths
        for line in path.read_text("utf-8").splitlines()
    ]
    examples = []
    for item in items:
        name = next((fiche for fiche in item.fiches if fiche in snapshot.position), None)
        if item.route != "niveau1" or name is None:
            continue
        understood = understanding.read(item.question, item.history)
        told = [*item.case, *([item.commune] if item.commune else [])]
        caller = read_caller(understood.standalone, item.history, told)
        held = in_force(
            snapshot.fiche(name), snapshot.passages(name), caller, understood.standalone
        )
        rows, right = [], []
        for choice in held.choices:
            asking = held.asking
            if asking is None or not may_be_asked(choice, asking):
                continue
            chance = differing(choice, asking)
            if chance < least_differing(choice):
                continue
            found = {"differing": chance, **features_of(choice, asking)}
            rows.append([1.0, *(found[name] for name in FEATURES)])
            right.append(item.expects_question and _is_about(spoken(choice), item.ask))
        features = np.array(rows) if rows else np.zeros((0, 1 + len(FEATURES)))
        marks = np.array(right, dtype=bool)
        examples.append(Example(item.id, features, marks, item.expects_question))
    return examples


def _is_about(ask: Ask, words: Sequence[str]) -> bool:
    return any(holds(" ; ".join([ask.text, *ask.options]), word) for word in words)


def fit(examples: Sequence[Example]) -> Array:
    """The base and one weight per feature; the base then set by ``NEEDLESS``."""
    from scipy.optimize import minimize

    taught = [e for e in examples if len(e.features) and (e.right.any() or not e.depends)]

    def loss(candidate: Array) -> tuple[float, Array]:
        free = np.array([0.0, *candidate[1:]])
        value = float(free @ free) / (2 * STRENGTH)
        slope = free / STRENGTH
        for example in taught:
            scores = np.append(example.features @ candidate, 0.0)
            odds = np.exp(scores - scores.max())
            right = np.append(example.right, not example.depends)
            aim = np.where(right, odds, 0.0)
            value += float(np.log(odds.sum()) - np.log(aim.sum()))
            pull = (odds / odds.sum() - aim / aim.sum())[:-1]
            slope = slope + pull @ example.features
        return value, slope

    found = minimize(loss, np.zeros(1 + len(FEATURES)), jac=True, method="L-BFGS-B")
    weights = np.asarray(found.x, dtype=float)
    others = [e for e in examples if not e.depends]
    best = sorted((_best(e, weights)[0] for e in others), reverse=True)
    weights[0] -= best[int(NEEDLESS * len(others))]
    return weights


def _best(example: Example, weights: Array) -> tuple[float, bool]:
    """How much the choice most worth asking is worth, and whether it is a right one."""
    if not len(example.features):
        return -np.inf, False
    scores = example.features @ weights
    place = int(scores.argmax())
    return float(scores[place]), bool(example.right[place])


def asked(examples: Sequence[Example], weights: Array) -> dict[str, str]:
    """How many items that depend on a case are asked rightly, and how many others needlessly."""
    found = [(_best(example, weights), example.depends) for example in examples]
    rightly = [worth > 0 and right for (worth, right), depends in found if depends]
    needlessly = [worth > 0 for (worth, _), depends in found if not depends]
    return {
        "right": f"{sum(rightly)}/{len(rightly)}",
        "needless": f"{sum(needlessly)}/{len(needlessly)}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    examples = examples_of(parser.parse_args().gold)
    halves = [[e for e in examples if half(e.item) == side] for side in (0, 1)]
    learned = [fit(side) for side in halves]
    weights = fit(examples)
    report: dict[str, Any] = {
        f"half {side}, learned on the other": asked(halves[side], learned[1 - side])
        for side in (0, 1)
    }
    report["all, learned on all"] = asked(examples, weights)
    report["ask_weights"] = {
        name: round(float(weight), 2)
        for name, weight in zip(("base", *FEATURES), weights, strict=True)
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
