"""Learn the weights of routing: ``python -m evals.route_training --write``.

Trains on ``evals/routes/training.jsonl``, on titles of the fiches in use that are questions (those
of tax themes are ``fiscal``, the others ``niveau1``) and on the gold set. Emergencies are decided by
rules first; what is learned of them is a net for those that the rules miss. Reports what the gold set gives when it was not trained on, and when each tenth
of it is judged by weights that saw the other nine. The confidence is calibrated on the latter.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from assistant.card import RouteLabel
from assistant.chain import Assistant
from assistant.emergency import emergency
from assistant.route_features import Vector, feature_names, features
from assistant.route_model import MODEL_FILE, Weights, centred, chosen
from assistant.routing import near_fiches, themes
from assistant.texts import load_yaml
from evals.gold import load_gold
from evals.statistics import expected_calibration_error

HERE = Path(__file__).parent
LABELS: tuple[RouteLabel, ...] = get_args(RouteLabel)
FOLDS = 10
TITLES = 150
"""Titles that are taken of each side, at most; drawn at random, always the same."""
SHARES = {
    "niveau1": 0.45,
    "urgence": 0.08,
    "fiscal": 0.14,
    "complexe": 0.07,
    "dossier": 0.10,
    "hors_perimetre": 0.10,
    "imprecis": 0.06,
}
"""Share of each label among the written questions, whatever their number: rare labels more than
they are among calls, as their wordings vary most."""
OWN_WEIGHT, TITLE_WEIGHT = 1.0, 0.15
"""Weight of all written questions, and of all titles, beside the gold items' whole."""


@dataclass(frozen=True)
class Example:
    """One question with its label."""

    source: str
    label: RouteLabel
    plain: Vector
    vector: Vector | None


def example_of(
    assistant: Assistant, source: str, label: RouteLabel, question: str, history: Sequence[str] = ()
) -> Example:
    """What the chain would decide the route on; a title does not find its own fiche."""
    turn = assistant.start(question, history)
    hits = [hit for hit in turn.hits if source != "titles" or hit.title != question]
    plain = features(turn.understood.standalone, near_fiches(hits, assistant.snapshot))
    return Example(source, label, plain, assistant.vector(turn))


def read_examples(assistant: Assistant, gold: Sequence[Path]) -> list[Example]:
    examples = []
    for line in (HERE / "routes" / "training.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        examples.append(
            example_of(assistant, "own", item["route"], item["question"], item.get("history", ()))
        )
    for label, title in titles(assistant):
        examples.append(example_of(assistant, "titles", label, title))
    for item in load_gold(gold).items:
        if item.route and (item.route == "urgence" or not emergency(item.question, item.history)):
            examples.append(example_of(assistant, "gold", item.route, item.question, item.history))
    return examples


def titles(assistant: Assistant) -> list[tuple[RouteLabel, str]]:
    """Titles of fiches that are questions, with the label that their theme gives."""
    heads = [head for head in assistant.snapshot.heads if head.title.endswith("?")]
    tax = set(load_yaml("routes")["themes_fiscal"])
    order = np.random.default_rng(0).permutation(len(heads))
    found: dict[RouteLabel, list[str]] = {"fiscal": [], "niveau1": []}
    for place in order:
        head = heads[int(place)]
        is_tax = bool(themes(assistant.snapshot, head.id) & tax)
        side = found["fiscal" if is_tax else "niveau1"]
        if len(side) < TITLES and not emergency(head.title):
            side.append(head.title)
    return [(label, title) for label, all_ in found.items() for title in all_]


def sample_weights(examples: Sequence[Example]) -> Vector:
    """Gold items count 1 each; written questions and titles as much as said above."""
    counts = Counter((example.source, example.label) for example in examples)
    size = max(sum(n for (source, _), n in counts.items() if source == "gold"), 500)
    whole = {"own": OWN_WEIGHT * size, "titles": TITLE_WEIGHT * size}
    weights = []
    for example in examples:
        if example.source == "gold":
            weights.append(1.0)
        else:
            share = whole[example.source] * SHARES[example.label]
            weights.append(share / counts[example.source, example.label])
    return np.array(weights)


def matrix(examples: Sequence[Example], mean: Vector | None) -> Vector:
    """Shape (examples, features); with the vectors when their mean is given."""
    plain = np.stack([example.plain for example in examples])
    if mean is None:
        return plain
    vectors = np.stack([example.vector for example in examples if example.vector is not None])
    return np.concatenate([plain, centred(vectors, mean)], axis=1)


def fit(examples: Sequence[Example], mean: Vector | None, strength: float) -> Weights:
    from sklearn.linear_model import LogisticRegression

    labels = np.array([example.label for example in examples])
    model = LogisticRegression(C=strength, max_iter=1000)
    model.fit(matrix(examples, mean), labels, sample_weight=sample_weights(examples))
    names = tuple(str(label) for label in model.classes_)
    return Weights(names, model.coef_, model.intercept_, (0.0, 1.0))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Judged:
    """Gold items judged: the probability of each label, the highest one, and what was right."""

    given: list[str]
    top: Vector
    right: NDArray[np.bool_]
    expected: list[str]

    def report(self, confidences: Sequence[float]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "n": len(self.given),
            "accuracy": round(float(self.right.mean()), 4),
            "ece": _rounded(expected_calibration_error(list(confidences), list(self.right))),
        }
        for label in LABELS:
            expected = [
                right for right, e in zip(self.right, self.expected, strict=True) if e == label
            ]
            given = [right for right, g in zip(self.right, self.given, strict=True) if g == label]
            found[label] = {
                "recall": round(float(np.mean(expected)), 3) if expected else None,
                "precision": round(float(np.mean(given)), 3) if given else None,
            }
        return found


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def judge(pairs: Sequence[tuple[Weights, Example]], mean: Vector | None) -> Judged:
    given, top = [], []
    for weights, example in pairs:
        shares = weights.probabilities(matrix([example], mean)[0])
        best = chosen(shares)
        given.append(str(best))
        top.append(shares[best])
    expected = [str(example.label) for _, example in pairs]
    right = np.array([g == e for g, e in zip(given, expected, strict=True)])
    return Judged(given, np.array(top), right, expected)


def cross_validated(
    others: list[Example], gold: list[Example], mean: Vector | None, strength: float
) -> Judged:
    """Each tenth of the gold items judged by weights that did not see it."""
    from sklearn.model_selection import StratifiedKFold

    pairs: list[Any] = [None] * len(gold)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for seen, unseen in folds.split(gold, [example.label for example in gold]):
        weights = fit(others + [gold[n] for n in seen], mean, strength)
        for n in unseen:
            pairs[n] = (weights, gold[n])
    return judge(pairs, mean)


def calibrate(judged: Judged) -> tuple[float, float]:
    """Logistic fit of "the label is right" on the logit of its probability, out of fold."""
    from sklearn.linear_model import LogisticRegression

    bounded = np.clip(judged.top, 1e-6, 1 - 1e-6)
    logits = np.log(bounded / (1 - bounded))
    model = LogisticRegression(C=10.0).fit(logits[:, None], judged.right)
    return round(float(model.intercept_[0]), 4), round(float(model.coef_[0][0]), 4)


def trained(
    examples: list[Example], mean: Vector | None, strength: float
) -> tuple[Weights, dict[str, Any]]:
    """The weights learned on everything, and what they are worth."""
    gold = [example for example in examples if example.source == "gold"]
    others = [example for example in examples if example.source != "gold"]
    apart_weights = fit(others, mean, strength)
    apart = judge([(apart_weights, example) for example in gold], mean)
    folded = cross_validated(others, gold, mean, strength)
    raw = fit(examples, mean, strength)
    weights = Weights(raw.labels, raw.coefficients, raw.intercepts, calibrate(folded))
    report = {
        "gold_not_trained_on": apart.report([float(value) for value in apart.top]),
        "gold_cross_validated": folded.report([weights.confidence(float(p)) for p in folded.top]),
    }
    return weights, report


def record(weights: Weights) -> dict[str, Any]:
    return {
        "labels": list(weights.labels),
        "calibration": list(weights.calibration),
        "intercepts": np.round(weights.intercepts, 4).tolist(),
        "coefficients": np.round(weights.coefficients, 4).tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "gold", nargs="*", type=Path, default=sorted((HERE / "gold").glob("*.jsonl"))
    )
    parser.add_argument("--strength", type=float, default=3.0)
    parser.add_argument("--write", action="store_true", help="write assistant/route_model.json")
    arguments = parser.parse_args()
    assistant = Assistant.open()
    examples = read_examples(assistant, arguments.gold)
    vectors = [example.vector for example in examples if example.vector is not None]
    if len(vectors) < len(examples):
        parser.error("la recherche par le sens ne répond pas : rien n'est appris sans vecteurs")
    mean = np.round(np.stack(vectors).mean(axis=0), 5)
    with_vector, report = trained(examples, mean, arguments.strength)
    without_vector, report_without = trained(examples, None, arguments.strength)
    reports = {"with_vector": report, "without_vector": report_without}
    print(json.dumps(reports, indent=1))
    if arguments.write:
        sources = Counter(example.source for example in examples)
        data = {
            "trained_on": ", ".join(f"{n} {source}" for source, n in sources.items()),
            "command": "python -m evals.route_training --write",
            "corpus": assistant.snapshot.manifest.id,
            "results": reports,
            "embedding_model": assistant.snapshot.manifest.embedding_model,
            "features": list(feature_names()),
            "vector_mean": mean.tolist(),
            "with_vector": record(with_vector),
            "without_vector": record(without_vector),
        }
        MODEL_FILE.write_text(json.dumps(data, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
