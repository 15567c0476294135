"""Both composers over the same questions, with a model that is a scripted server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.chain import Assistant
from assistant.settings import Settings
from evals import cli, systems
from tests.endpoint.models import honest, writing
from tests.endpoint.server import ScriptedServer
from vectorstore.search import Search

QUESTIONS = ("Combien coûte un Pacs ?", "Quel préavis pour quitter un logement meublé ?")


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    items = [
        {"id": f"q{n}", "question": question, "route": "niveau1"}
        for n, question in enumerate(QUESTIONS)
    ]
    path.write_text("\n".join(map(json.dumps, items)), "utf-8")
    return path


@pytest.fixture
def settings(
    souffleur_home: Path, search: Search, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings that name the scripted server, and the assistant opened with them."""
    scripted.always(writing(honest))
    model = scripted.settings(price_in=1.0, price_out=1.0, deadline_s=5.0, silence_timeout_s=5.0)
    found = Settings(home=souffleur_home, answer=model)
    monkeypatch.setattr(cli, "_settings", lambda: found)
    monkeypatch.setattr(systems, "open_assistant", lambda settings=None: Assistant(found, search))
    return found


def test_both_composers_are_compared_and_the_model_tells_its_cost(
    settings: Settings, gold: Path, tmp_path: Path
) -> None:
    out = tmp_path / "both"
    called = CliRunner().invoke(cli.app, ["composers", str(gold), "--out", str(out), "--json"])
    assert called.exit_code == 0, called.output
    found = json.loads(called.stdout)
    assert found["items"] == 2
    assert "answers.right" in found["differences"]
    assert (found["usage"]["items"], found["usage"]["written"]) == (2, 2)
    assert found["usage"]["prompt_tokens"] == 200
    assert found["usage"]["cost"] == pytest.approx(240 / 1e6)
    assert not (out / "extractive" / "usage.json").exists()
    by_item = json.loads((out / "model" / "usage.json").read_text("utf-8"))["by_item"]
    assert list(by_item) == ["q0", "q1"]
    assert 0 < by_item["q0"]["first_ms"] <= by_item["q0"]["ms"]
    report = (out / "model" / "report.md").read_text("utf-8")
    assert "## Le modèle" in report
    assert "| q1 | modèle | 100 | 20 | 0,00012 |" in report


def test_the_comparison_needs_a_model(
    gold: Path, souffleur_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_settings", lambda: Settings(home=souffleur_home))
    called = CliRunner().invoke(cli.app, ["composers", str(gold)])
    assert called.exit_code != 0
    assert "SOUFFLEUR_ANSWER_MODEL" in str(called.exception)
