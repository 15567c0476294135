from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assistant.bench import GOLD, Load, Report, as_json, as_text, load_questions, other_corpus
from assistant.bench_chart import chart
from assistant.bench_most import Tried, as_line, find_most, most_agents
from assistant.chain import Assistant
from assistant.settings import Settings
from vectorstore.errors import UsageError

QUESTIONS = ["Combien coûte un Pacs ?", "carte d'identité perdue", "préavis pour un meublé"]


@pytest.fixture(scope="module")
def report(souffleur_home: Path) -> Report:
    """Five agents for four seconds over the small corpus."""
    return Load(Settings(home=souffleur_home), QUESTIONS, agents=5, every_s=1, seconds=4).run()


def test_every_agent_asks_about_once_per_period(report: Report) -> None:
    assert 10 <= report.questions <= 40
    assert report.errors == {}
    assert report.degraded == 0


def test_latencies_are_in_order_and_steps_are_told(report: Report) -> None:
    cuts = list(report.latency_ms.values())
    assert cuts == sorted(cuts)
    assert {"retrieve", "compose", "total"} <= set(report.steps_ms)


def test_the_report_is_one_json_object_and_a_chart(report: Report) -> None:
    record = json.loads(as_json(report))
    assert record["agents"] == 5
    assert record["memory_mb"]["end"] > 0
    drawn = ElementTree.fromstring(chart(report))
    assert len(drawn.findall(".//{*}polyline")) == 3
    assert "5 agents" in as_text(report)


def test_a_question_that_fails_is_counted_and_ends_nothing(
    souffleur_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: Assistant, question: str, **_: object) -> None:
        raise RuntimeError("panne")

    monkeypatch.setattr(Assistant, "warm", lambda self: None)
    monkeypatch.setattr(Assistant, "ask", failing)
    found = Load(Settings(home=souffleur_home), QUESTIONS, agents=2, every_s=0.5, seconds=1).run()
    assert found.errors == {"RuntimeError: panne": found.questions}
    assert found.questions >= 2


def test_a_slow_answer_makes_the_next_question_late(
    souffleur_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    def slow(self: Assistant, question: str, **_: object) -> None:
        time.sleep(0.4)
        raise RuntimeError("lent")

    monkeypatch.setattr(Assistant, "warm", lambda self: None)
    monkeypatch.setattr(Assistant, "ask", slow)
    found = Load(Settings(home=souffleur_home), QUESTIONS, agents=1, every_s=0.2, seconds=2).run()
    assert found.latency_ms["max"] > 800


def test_questions_come_from_gold_or_from_a_text_file(tmp_path: Path) -> None:
    assert len(load_questions(GOLD)) > 700
    plain = tmp_path / "questions.txt"
    plain.write_text("une question ?\n\nune autre\n", "utf-8")
    assert load_questions(plain) == ["une question ?", "une autre"]


@pytest.mark.parametrize("content", ["{", '{"id": "x"}', ""])
def test_a_file_without_questions_is_wrong_use(tmp_path: Path, content: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=r"gold\.jsonl"):
        load_questions(path)


def test_an_update_needs_another_corpus(souffleur_home: Path) -> None:
    with pytest.raises(UsageError, match="un seul corpus"):
        other_corpus(souffleur_home)


def test_the_most_agents_are_found_between_those_who_wait_and_those_who_do_not(
    souffleur_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(load: Load) -> Report:
        late = load._agents > 70
        return Report(
            load._agents, 1, 1, 9, 9.0, {"p95": 1500.0 if late else 900.0, "p99": 2000.0}, {}, {},
            0, 1.0, {}, 0.0, {},
        )  # fmt: skip

    monkeypatch.setattr(Load, "run", run)
    told: list[Tried] = []
    tried = find_most(Settings(home=souffleur_home), QUESTIONS, 20, 1, 1, told.append)
    assert told == tried
    assert [load.agents for load in tried] == [20, 40, 80, 60, 70, 75]
    assert most_agents(tried) == 70
    assert "p95 900 ms" in as_line(tried[0])


def test_a_machine_too_slow_for_those_tried_first_serves_fewer(
    souffleur_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(load: Load) -> Report:
        wait = 100.0 if load._agents <= 3 else 5000.0
        return Report(load._agents, 1, 1, 9, 9.0, {"p95": wait, "p99": wait}, {}, {}, 0, 1.0, {}, 0.0, {})  # fmt: skip

    monkeypatch.setattr(Load, "run", run)
    tried = find_most(Settings(home=souffleur_home), QUESTIONS, 16, 1, 1, lambda _: None)
    assert [load.agents for load in tried] == [16, 8, 4, 2, 3]
    assert most_agents(tried) == 3
