from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.settings import load_settings
from evals.ablation import GROUPS, Judged, Weighed, ablation, expected_success
from evals.evaluation import Request, evaluate
from evals.report_retrieval import GROUPS_FR
from vectorstore.evidence import Query
from vectorstore.ranking import FEATURES, Weights


def weights(**features: float) -> Weights:
    return Weights(dict.fromkeys(FEATURES, 0.0) | features, (0.0, 0.0, 0.0, 0.0), "rien")


def judged(right: str, name: str = "i", **columns: list[float]) -> Judged:
    """A question with the candidates F0, F1, … and what speaks for each."""
    size = len(next(iter(columns.values())))
    features = np.zeros((size, len(FEATURES)))
    for feature, values in columns.items():
        features[:, FEATURES.index(feature)] = values
    fiches = tuple(f"F{n}" for n in range(size))
    return Judged(name, name, frozenset({right}), Weighed(Query("q"), fiches, features))


def test_every_feature_stands_in_one_group_that_has_a_french_name() -> None:
    grouped = [feature for features in GROUPS.values() for feature in features]
    assert sorted(grouped) == sorted(FEATURES)
    assert list(GROUPS_FR) == list(GROUPS)


@pytest.mark.parametrize(
    ("scores", "right", "cut", "expected"),
    [
        ([3, 2, 1], [0, 1, 0], 1, 0.0),
        ([3, 2, 1], [0, 1, 0], 2, 1.0),
        ([0, 0, 0, 0], [0, 0, 1, 0], 1, 0.25),
        ([0, 0, 0, 0], [0, 1, 1, 0], 2, 1 - (2 / 4) * (1 / 3)),
        ([5, 0, 0], [0, 1, 0], 2, 0.5),
        ([5, 4], [0, 0], 2, 0.0),
        ([1], [1], 5, 1.0),
    ],
)
def test_equal_scores_are_drawn_in_any_order(
    scores: list[float], right: list[int], cut: int, expected: float
) -> None:
    found = expected_success(np.array(scores, float), np.array(right, bool), cut)
    assert found == pytest.approx(expected)


def test_a_field_is_measured_alone_and_left_out() -> None:
    items = [
        judged("F0", "a", title=[1, 0, 0], body=[0, 2, 0]),
        judged("F1", "b", title=[1, 0, 0], body=[0, 2, 0]),
    ]
    found = ablation(items, weights(title=1.0, body=1.0))

    def at_1(figures: dict[str, Any]) -> float:
        return float(figures["success@1"]["value"])

    assert at_1(found["stages"]["fusion"]) == 0.5
    title, body = found["groups"]["title"], found["groups"]["body"]
    assert (at_1(title["alone"]), at_1(title["without"])) == (0.5, 0.5)
    only_title = ablation(items[:1], weights(title=3.0, body=1.0))["groups"]["title"]
    assert (at_1(only_title["alone"]), at_1(only_title["without"])) == (1.0, 0.0)
    assert at_1(body["alone"]) == 0.5
    assert found["candidates"]["value"] == 1.0


def test_a_field_without_weight_is_still_measured_alone() -> None:
    found = ablation([judged("F1", title=[0, 1])], weights(body=1.0))
    assert found["groups"]["title"]["alone"]["success@1"]["value"] == 1.0


def test_a_failed_search_is_a_failure_everywhere() -> None:
    failed = Judged("x", "x", frozenset({"F1"}), None)
    found = ablation([failed], weights(title=1.0))
    assert found["candidates"] == {**found["candidates"], "value": 0.0, "n": 1}
    assert found["stages"]["fusion"]["success@5"]["value"] == 0.0


def test_the_fusion_of_the_table_is_the_run_s_own_figure(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    def silent(phase: str, done: int, total: int) -> None: ...

    request = Request(gold=(gold_file,), out=tmp_path / "run", tasks=("retrieval",))
    run = evaluate(request, load_settings(), silent).run
    found = run.metrics["retrieval"]
    fusion = found["ablation"]["stages"]["fusion"]
    assert fusion["success@1"]["value"] == found["success@1"]["value"] == 0.25
    assert found["causes"]["failed"]["items"] == ["e"]
    assert found["causes"]["not_a_candidate"]["items"] == ["d"]
    for report in ("report.md", "report.html"):
        text = (run.folder / report).read_text("utf-8")
        assert "ce que disent les appelants" in text
        assert "fiche juste absente des candidates" in text


def test_a_run_without_the_retrieval_task_explains_nothing(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    def silent(phase: str, done: int, total: int) -> None: ...

    request = Request(gold=(gold_file,), out=tmp_path / "run", tasks=("answers",))
    assert "retrieval" not in evaluate(request, load_settings(), silent).run.metrics
