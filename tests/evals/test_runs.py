from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from assistant.settings import load_settings
from evals.evaluation import Evaluation, Request, evaluate, parse_tasks
from evals.runs import OUTPUTS, read_run, worst
from vectorstore.errors import UsageError


def silent(phase: str, done: int, total: int) -> None:
    """No progress."""


def run_into(folder: Path, gold: Path, **options: Any) -> Evaluation:
    request = Request(gold=(gold,), out=folder, **options)
    return evaluate(request, load_settings(), silent)


def test_metrics_have_the_shape_of_the_design(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    printed = run_into(tmp_path / "run", gold_file).printed()
    assert list(printed) == [
        "run", "snapshot", "items", "retrieval", "routing", "answers", "speech", "latency_ms",
    ]  # fmt: skip
    assert (printed["run"], printed["snapshot"], printed["items"]) == ("run", "2020-11-12-abc", 5)
    assert list(printed["retrieval"]) == [
        "success@1", "success@3", "success@5", "success@10", "mrr", "ndcg@10", "ablation", "causes",
    ]  # fmt: skip
    assert list(printed["routing"]) == ["accuracy", "ece", "labels"]
    assert list(printed["routing"]["labels"]["urgence"]) == ["recall", "precision"]
    assert list(printed["answers"]) == [
        "facts_said", "facts_card", "wrong", "unsupported", "citation_precision",
        "quotes_verbatim", "abstained_rightly", "abstained_wrongly", "asked_rightly",
        "asked_needlessly",
    ]  # fmt: skip
    assert list(printed["speech"]) == ["within_limits", "words_median"]
    assert list(printed["retrieval"]["mrr"]) == ["value", "low", "high", "n"]
    assert printed["latency_ms"]["total"] == {"p50": 10.0, "p95": 28.0}


def test_the_figures_of_a_run_by_hand(fake_assistant: Any, gold_file: Path, tmp_path: Path) -> None:
    metrics = run_into(tmp_path / "run", gold_file).run.metrics
    assert metrics["retrieval"]["success@1"] | {"low": 0, "high": 0} == {
        "value": 0.25, "low": 0, "high": 0, "n": 4,
    }  # fmt: skip
    assert metrics["retrieval"]["success@3"]["value"] == 0.5
    assert metrics["routing"]["accuracy"]["value"] == 0.75
    assert metrics["answers"]["wrong"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert metrics["answers"]["facts_said"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert metrics["speech"]["within_limits"]["value"] == 0.75


def test_two_runs_of_the_same_code_are_equal_to_the_byte(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        run_into(tmp_path / name, gold_file)
    for file in ("metrics.json", "items.jsonl", "tags.json", "config.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_exception_is_a_failure_of_its_item_and_is_shown(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    run = run_into(tmp_path / "run", gold_file).run
    broken = run.results[-1]
    assert broken.error == "KeyError: 'panne'"
    assert {task: score.passed for task, score in broken.scores().items()} == {
        "retrieval": False, "routing": False, "answers": False, "speech": False,
    }  # fmt: skip
    assert worst(run.results)[0].id == "e"
    assert "KeyError: 'panne'" in (run.folder / "report.md").read_text("utf-8")
    suite = ElementTree.parse(run.folder / "junit.xml").getroot()[0]
    assert suite.get("tests") == str(len(suite)) == "15"
    assert suite.get("errors") == "4"


def test_a_run_goes_on_where_it_stopped(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    whole = run_into(folder, gold_file).run.metrics
    outputs = folder / OUTPUTS
    lines = outputs.read_text("utf-8").split("\n")
    outputs.write_text("\n".join(lines[:2]) + "\n" + lines[2][:40], "utf-8")
    fake_assistant.asked.clear()
    request = Request(gold=(gold_file,), resume=folder)
    assert evaluate(request, load_settings(), silent).run.metrics == whole
    assert fake_assistant.asked == ["au feu", "panne"]


def test_a_run_is_not_resumed_with_other_questions(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    run_into(tmp_path / "run", gold_file)
    gold_file.write_text('{"id": "z", "question": "prix adulte"}\n', "utf-8")
    with pytest.raises(UsageError, match="gold"):
        evaluate(Request(gold=(gold_file,), resume=tmp_path / "run"), load_settings(), silent)


def test_a_folder_that_exists_is_not_overwritten(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    run_into(tmp_path / "run", gold_file)
    with pytest.raises(UsageError, match="--resume"):
        run_into(tmp_path / "run", gold_file)


def test_retrieval_alone_asks_for_no_answer(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    printed = run_into(tmp_path / "run", gold_file, tasks=parse_tasks("retrieval")).printed()
    assert list(printed) == ["run", "snapshot", "items", "retrieval"]
    assert fake_assistant.asked == []


def test_one_tag_alone(fake_assistant: Any, gold_file: Path, tmp_path: Path) -> None:
    run = run_into(tmp_path / "run", gold_file, tag="papiers").run
    assert [result.id for result in run.results] == ["a", "b"]


def test_an_unknown_task_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="retrieval, routing"):
        parse_tasks("retrieval,recherche")


def test_a_run_names_what_reproduces_it(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    run_into(tmp_path / "run", gold_file, tag="papiers")
    config = json.loads((tmp_path / "run" / "config.json").read_text("utf-8"))
    assert config["tag"] == "papiers"
    assert len(config["gold"][str(gold_file)]) == 64
    assert len(config["code"]["sha256"]) == 64
    assert config["prompts"]["judge.md"].startswith("1 (")
    assert config["statistics"]["seed"]


def test_a_run_reads_back_as_it_was_written(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    run = run_into(tmp_path / "run", gold_file).run
    again = read_run(tmp_path / "run")
    assert again.results == run.results
    assert again.metrics == run.metrics


def test_a_report_stands_alone_and_escapes_what_callers_write(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    gold_file.write_text('{"id": "x", "question": "<b>|", "route": "niveau1", "fiches": ["F1"]}')
    folder = run_into(tmp_path / "run", gold_file).run.folder
    html = (folder / "report.html").read_text("utf-8")
    assert "<b>" not in html
    assert "<script" not in html
    assert "<svg" in html
    assert "| x | <b>\\| |" in (folder / "report.md").read_text("utf-8")
