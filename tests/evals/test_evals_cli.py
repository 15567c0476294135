from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from evals.cli import app
from vectorstore.errors import UsageError

REPOSITORY = Path(__file__).resolve().parents[2]


def called(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_json_output_is_one_object(fake_assistant: Any, gold_file: Path, tmp_path: Path) -> None:
    found = called("run", gold_file, "--task", "routing", "--out", tmp_path / "r", "--json")
    assert found.exit_code == 0
    assert json.loads(found.stdout)["routing"]["accuracy"]["n"] == 4
    assert "1 question(s) en panne" in found.stderr


def test_a_run_without_a_folder_lands_among_the_runs_of_the_installation(
    fake_assistant: Any, gold_file: Path, home: Path
) -> None:
    assert called("run", gold_file).exit_code == 0
    made = list((home / "runs").iterdir())
    assert [path.name[-2:] for path in made] == ["-5"]
    assert called("compare", made[0].name, made[0].name).exit_code == 0


def test_compare_shows_items(fake_assistant: Any, gold_file: Path, tmp_path: Path) -> None:
    called("run", gold_file, "--out", tmp_path / "before")
    fake_assistant.cards["prix mineur"] = fake_assistant.cards["prix mineur"].model_copy(
        update={"say": "Il coûte 42 euros."}
    )
    called("run", gold_file, "--out", tmp_path / "after")
    found = called("compare", tmp_path / "before", tmp_path / "after")
    assert "Mieux : 1" in found.stdout
    assert "Moins bien" not in found.stdout
    as_json = called("compare", tmp_path / "before", tmp_path / "after", "--json")
    assert json.loads(as_json.stdout)["changes"][0]["id"] == "b"


def test_gate_accepts_refuses_and_says_why(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    called("run", gold_file, "--out", tmp_path / "r")
    limits = tmp_path / "t.yaml"
    limits.write_text("floors: {routing.accuracy: 0.1}\n")
    common = ["gate", tmp_path / "r", "--baseline", tmp_path / "r", "--thresholds", limits]
    assert called(*common).exit_code == 0
    limits.write_text("floors: {routing.accuracy: 0.9}\n")
    refused = called(*common)
    assert refused.exit_code == 1
    assert "routing.accuracy : borne basse" in refused.stderr


def test_check_exits_with_one_on_a_problem(
    fake_assistant: Any, gold_file: Path, tmp_path: Path
) -> None:
    assert "5 questions, 0 problème(s)" in called("check", gold_file).stdout
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"id": "w", "question": "q", "fiches": ["F404"]}')
    found = called("check", wrong)
    assert found.exit_code == 1
    assert f"{wrong}:1 : w : la fiche F404" in found.stdout


def test_import_writes_a_gold_file_and_keeps_existing_ones(tmp_path: Path) -> None:
    source, out = tmp_path / "q.csv", tmp_path / "gold.jsonl"
    source.write_text("Libellé\nune ?\n", "utf-8")
    common = ["import", source, "--format", "csv", "--map", "Libellé=question", "--out", out]
    assert "1 questions écrites" in called(*common).stdout
    assert json.loads(out.read_text("utf-8")) == {"id": "q-0001", "question": "une ?"}
    assert isinstance(called(*common).exception, UsageError)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "{gold}", "--task", "recherche"],
        ["run", "none.jsonl"],
        ["run", "{gold}", "--tag", "rien"],
        ["run", "{gold}", "--out", "a", "--resume", "b"],
        ["run", "{gold}", "--task", "retrieval", "--judge"],
        ["compare", "none", "none"],
        ["import", "{gold}", "--format", "xml", "--out", "x"],
    ],
)
def test_wrong_use_is_one_clear_error_with_status_two(
    fake_assistant: Any, gold_file: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("SOUFFLEUR_JUDGE_MODEL", "m")
    found = called(*(argument.format(gold=gold_file) for argument in arguments))
    assert isinstance(found.exception, UsageError)
    assert found.exception.exit_code == 2
    assert "\n" not in str(found.exception)
    assert fake_assistant.asked == []


def test_the_command_exits_with_two_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "a", "question": "q", "rout": "niveau1"}')
    found = subprocess.run(
        [sys.executable, "-c", "from assistant.cli import main; main()", "evals", "run", str(bad)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={"PATH": "", "PYTHONPATH": str(REPOSITORY), "SOUFFLEUR_HOME": str(tmp_path)},
    )
    assert found.returncode == 2
    assert f"{bad}:1 : clé inconnue « rout »" in found.stderr
    assert len(found.stderr.strip().split("\n")) == 1
