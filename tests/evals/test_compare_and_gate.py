from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.answers import AnswerScore
from evals.compare import compare
from evals.gate import THRESHOLDS_FILE, Thresholds, load_thresholds, refusals
from evals.retrieval import RetrievalScore, measure
from evals.scoring import ItemResult, metrics_by_tag, metrics_of
from vectorstore.errors import UsageError

TASKS = ("retrieval", "answers")
Result = Callable[..., ItemResult]


@pytest.fixture
def result() -> Result:
    """One item's result: where the right fiche stands, and whether the answer is false."""

    def make(
        key: str, rank: int = 1, wrong: bool = False, tags: tuple[str, ...] = ()
    ) -> ItemResult:
        found = [*(f"F{n}" for n in range(1, rank)), "right"]
        return ItemResult(
            id=key,
            question=f"question {key}",
            tags=list(tags),
            cluster=key,
            retrieval=RetrievalScore(rank=rank, found=found, measures=measure(found, ["right"])),
            answers=AnswerScore(
                expects="answer",
                facts=1,
                answered=True,
                wrong=["dit « 86 € »"] if wrong else [],
                missing_said=["42 €"] if wrong else [],
            ),
        )

    return make


def judged(run: list[ItemResult], baseline: list[ItemResult], **limits: Any) -> list[str]:
    return refusals(
        run,
        metrics_of(run, TASKS),
        metrics_by_tag(run, TASKS),
        baseline,
        Thresholds.model_validate(limits),
    )


def test_changes_are_shown_item_by_item(result: Result) -> None:
    found = compare(
        [result("a", rank=1), result("b", rank=4), result("c")],
        [result("a", rank=2), result("b", rank=1), result("c", wrong=True)],
    )
    changes = {(c.id, c.task): (c.before, c.after, c.better) for c in found.changes}
    assert changes == {
        ("a", "retrieval"): ("rang 1", "rang 2", False),
        ("b", "retrieval"): ("rang 4", "rang 1", True),
        ("c", "answers"): ("juste", "faux : dit « 86 € »", False),
    }
    assert found.differences["answers.wrong"].value == pytest.approx(1 / 3, abs=1e-4)
    assert found.differences["retrieval.success@1"].value == 0.0


def test_only_shared_items_are_compared_and_the_rest_is_named(result: Result) -> None:
    renamed = result("b").model_copy(update={"question": "autre"})
    found = compare([result("a"), result("b")], [result("a"), renamed, result("z")])
    assert found.items == 1
    assert found.left_out == ["b", "z"]
    with pytest.raises(UsageError, match="aucune question en commun"):
        compare([result("a")], [result("z")])


def test_an_equal_run_passes(result: Result) -> None:
    run = [result("a"), result("b")]
    assert judged(run, run, no_regression=["retrieval.success@1", "answers.wrong"]) == []


def test_a_right_answer_that_became_false_is_refused_beyond_the_tolerance(result: Result) -> None:
    before = [result("a"), result("b")]
    after = [result("a", wrong=True), result("b")]
    assert "a (faux : dit « 86 € »)" in judged(after, before)[0]
    assert judged(after, before, new_wrong_answers=1) == []


def test_an_answer_that_was_already_false_is_no_new_one(result: Result) -> None:
    run = [result("a", wrong=True), result("b")]
    assert judged(run, run) == []


def test_a_lower_bound_under_the_floor_is_refused(result: Result) -> None:
    run = [result(str(n)) for n in range(20)]
    assert judged(run, run, floors={"retrieval.success@1": 0.83}) == []
    refused = judged(run, run, floors={"retrieval.success@1": 0.84})
    assert refused == ["retrieval.success@1 : borne basse 0.839 sous le plancher 0.84"]


def test_a_figure_that_was_not_measured_is_refused(result: Result) -> None:
    run = [result("a")]
    assert "absent" in judged(run, run, floors={"routing.accuracy": 0.1})[0]
    assert "absent" in judged(run, run, ceilings={"routing.ece": 0.1})[0]


def test_an_upper_bound_over_the_ceiling_is_refused(result: Result) -> None:
    run = [result(str(n)) for n in range(20)]
    assert judged(run, run, ceilings={"answers.wrong": 0.17, "answers.unsupported": 0}) == []
    assert "plafond" in judged(run, run, ceilings={"answers.wrong": 0.1})[0]


def test_a_category_under_its_floor_or_missing_is_refused(result: Result) -> None:
    run = [result("a", rank=2, tags=("papiers",)), result("b", tags=("social",))]
    floor = {"retrieval.success@1": 0.1}
    assert judged(run, run, categories={"social": floor}) == []
    assert "« papiers »" in judged(run, run, categories={"papiers": floor})[0]
    assert "aucune question" in judged(run, run, categories={"logement": floor})[0]


def test_a_fall_beyond_chance_is_refused_and_one_within_it_is_not(result: Result) -> None:
    before = [result(str(n)) for n in range(30)]
    worse = [result(str(n), rank=2 if n < 15 else 1) for n in range(30)]
    one_less = [result(str(n), rank=2 if n < 1 else 1) for n in range(30)]
    names = ["retrieval.success@1"]
    assert "moins bien" in judged(worse, before, no_regression=names)[0]
    assert judged(one_less, before, no_regression=names) == []


def test_the_thresholds_of_the_project_load() -> None:
    assert load_thresholds(THRESHOLDS_FILE).new_wrong_answers == 0


def test_a_misspelt_threshold_is_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text("floor:\n  retrieval.success@1: 0.5\n")
    with pytest.raises(UsageError, match="floor"):
        load_thresholds(path)
    with pytest.raises(UsageError, match="introuvable"):
        load_thresholds(tmp_path / "none.yaml")
