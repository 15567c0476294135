from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from assistant.emergency import emergency
from assistant.route_features import feature_names
from evals.gold import load_gold
from evals.route_training import HERE, LABELS, Example, fit, judge, matrix, sample_weights

QUESTIONS = HERE / "routes" / "training.jsonl"


def items() -> list[dict[str, object]]:
    return [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]


def test_each_label_has_at_least_sixty_written_questions() -> None:
    counts = Counter(item["route"] for item in items())
    assert set(counts) == set(LABELS)
    assert min(counts.values()) >= 60


def test_at_least_sixty_written_questions_only_look_like_taxes() -> None:
    alike = [item for item in items() if item.get("tags") == ["sosie"]]
    assert len(alike) >= 60
    assert all(item["route"] == "niveau1" for item in alike)


def test_no_written_question_is_a_gold_question() -> None:
    gold = {item.question for item in load_gold(sorted((HERE / "gold").glob("*.jsonl"))).items}
    assert not gold & {item["question"] for item in items()}


def test_what_only_sounds_alarming_is_no_emergency_to_the_rules() -> None:
    calm = [str(item["question"]) for item in items() if item["route"] != "urgence"]
    alarmed = [question for question in calm if emergency(question)]
    assert len(alarmed) <= len(calm) * 0.01, alarmed


def example(source: str, label: str, place: int) -> Example:
    plain = np.zeros(len(feature_names()))
    plain[place] = 1.0
    return Example(source, label, plain, None)  # type: ignore[arg-type]


def test_written_questions_of_a_label_weigh_together_whatever_their_number() -> None:
    few = [example("own", "fiscal", 0)] * 2
    many = [example("own", "fiscal", 0)] * 20
    assert sample_weights(few).sum() == pytest.approx(sample_weights(many).sum())


def test_what_is_learned_on_clear_examples_judges_them_rightly() -> None:
    pytest.importorskip("sklearn")
    examples = [example("gold", label, place) for place, label in enumerate(LABELS)] * 30
    weights = fit(examples, None, 10.0)
    judged = judge([(weights, one) for one in examples], None)
    report = judged.report([float(value) for value in judged.top])
    assert report["accuracy"] == 1.0
    assert matrix(examples, None).shape == (len(examples), len(feature_names()))
