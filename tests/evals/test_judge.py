"""The judge against a scripted server on loopback that speaks the OpenAI protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.card import Card
from assistant.prompts import load_prompt
from assistant.settings import JudgeModel, Settings, load_settings
from evals import agreement, judge
from evals.evaluation import Request, evaluate
from evals.gold import GoldItem
from evals.judge import Judge
from evals.outputs import Output
from vectorstore.errors import UsageError


def reply(*, contradiction: bool = False) -> str:
    return json.dumps(
        {
            "reference_facts": [{"fact": "42 euros", "said": not contradiction}],
            "answer_facts": [
                {"fact": "prix", "status": "contradicted" if contradiction else "confirmed"},
                {"fact": "lieu", "status": "absent"},
            ],
            "contradiction": contradiction,
            "reason": "",
        }
    )


class Script:
    """What the server answers, and what it was asked."""

    def __init__(self) -> None:
        self.replies: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.by_text: Callable[[str], str] | None = None


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def server(script: Script) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.asked.append(body)
            text = body["messages"][0]["content"]
            content = script.by_text(text) if script.by_text else script.replies.pop(0)
            if content == "500":
                self.send_error(400, "non")
                return
            answer = {
                "id": "x", "object": "chat.completion", "created": 0, "model": "m",
                "choices": [{
                    "index": 0, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": content},
                }],
            }  # fmt: skip
            sent = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}/v1"
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def model_judge(server: str) -> Judge:
    own = JudgeModel(base_url=server, model="m", api_key=SecretStr("k"))
    return Judge.open(Settings(judge=own))


def silent(phase: str, done: int, total: int) -> None:
    """No progress."""


def test_the_prompt_is_filled_and_json_is_asked_for(model_judge: Judge, script: Script) -> None:
    script.replies = [reply()]
    found = model_judge.judge("Quel prix ?", "42 euros.", "Texte avec {{reference}}.")
    assert not found.contradiction
    body = script.asked[0]
    assert "<reference>\n42 euros.\n</reference>" in body["messages"][0]["content"]
    assert "Texte avec {{reference}}." in body["messages"][0]["content"]
    assert (body["temperature"], body["response_format"]["type"]) == (0, "json_schema")


def test_a_reply_in_a_code_fence_is_read_and_nonsense_is_asked_again(
    model_judge: Judge, script: Script
) -> None:
    script.replies = ["je ne sais pas", f"```json\n{reply(contradiction=True)}\n```"]
    assert model_judge.judge("q", "r", "a").contradiction
    assert len(script.asked) == 2


def test_a_judge_that_never_replies_json_is_an_error(model_judge: Judge, script: Script) -> None:
    script.replies = ["non", "non"]
    with pytest.raises(ValueError, match="illisible"):
        model_judge.judge("q", "r", "a")


def test_metrics_count_failed_judgements_apart(
    model_judge: Judge,
    script: Script,
    tmp_path: Path,
    item_of: Callable[..., GoldItem],
    output_of: Callable[..., Output],
    card_of: Callable[..., Card],
) -> None:
    def of(text: str) -> str:
        return "500" if "panne" in text else reply(contradiction="<reponse>\n86" in text)

    script.by_text = of
    pairs = [
        (item_of(id=key, route="niveau1", answer="42 euros."), output_of(card_of(say)))
        for key, say in (("a", "42 euros."), ("b", "86 euros."), ("c", "panne"))
    ]
    pairs.append((item_of(id="d", route="niveau1"), output_of(card_of("sans référence"))))
    scores = judge.judge_outputs(model_judge, pairs, tmp_path, silent)
    found = judge.metrics(scores, {"a": "a", "b": "b", "c": "c"})
    assert found["contradiction"]["value"] == 0.5
    assert found["recall"]["value"] == 0.5
    assert (found["precision"]["value"], found["precision"]["n"]) == (0.25, 4)
    assert found["failed"] == 1
    asked = len(script.asked)
    again = judge.judge_outputs(model_judge, pairs[:2], tmp_path, silent)
    assert [score.key for score in again] == [score.key for score in scores[:2]]
    assert len(script.asked) == asked


def test_agreement_with_people(
    model_judge: Judge, script: Script, tmp_path: Path, home: Path
) -> None:
    # Of 4 false answers the judge finds 3; of 4 right ones it accuses 1 (a failure counts so).
    said = ["FAUX a", "FAUX b", "FAUX c", "bon d", "FAUX e", "panne", "bon g", "bon h"]
    said[4] = "bon e"
    labels = ["faux"] * 4 + ["juste"] * 4
    path = tmp_path / "labelled.jsonl"
    rows = [
        {"question": "q", "reference": "r", "answer": answer, "label": label}
        for answer, label in zip(said, labels, strict=True)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")

    def of(text: str) -> str:
        return "500" if "panne" in text else reply(contradiction="FAUX" in text)

    script.by_text = of
    found = agreement.measure(model_judge, agreement.load_labelled(path), silent)
    assert (found.true_positive_rate.value, found.false_positive_rate.value) == (0.75, 0.25)
    assert found.kappa == 0.5
    assert len(found.failed) == 1
    assert "non mesuré" in agreement.note(tmp_path, model_judge)
    agreement.remember(tmp_path, model_judge, found)
    assert "trouve 75 % des réponses fausses" in agreement.note(tmp_path, model_judge)


def test_a_labelled_file_names_its_wrong_line(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text('{"question": "q", "reference": "r", "answer": "a", "label": "bof"}')
    with pytest.raises(UsageError, match=r"l\.jsonl:1 : « label »"):
        agreement.load_labelled(path)
    path.write_text("")
    with pytest.raises(UsageError, match="vide"):
        agreement.load_labelled(path)


def test_without_a_model_the_remedy_is_named() -> None:
    with pytest.raises(UsageError, match="SOUFFLEUR_JUDGE_MODEL"):
        Judge.open(Settings(judge=JudgeModel(_env_file=None, model=None)))


def test_the_prompt_declares_its_variables(tmp_path: Path) -> None:
    assert load_prompt("judge").variables == ["question", "reference", "answer"]
    path = tmp_path / "judge.md"
    path.write_text("---\nname: judge\nversion: 1\nvariables: [question]\n---\n{{answer}}")
    with pytest.raises(UsageError, match="variables"):
        load_prompt("judge", tmp_path)


def test_a_judged_run_shows_the_figures_and_that_agreement_is_unknown(
    fake_assistant: Any,
    gold_file: Path,
    tmp_path: Path,
    server: str,
    script: Script,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOUFFLEUR_JUDGE_BASE_URL", server)
    monkeypatch.setenv("SOUFFLEUR_JUDGE_MODEL", "m")
    script.by_text = lambda text: reply(contradiction="42 euros.\n</reference>" in text)
    request = Request(gold=(gold_file,), out=tmp_path / "run", judged=True)
    printed = evaluate(request, load_settings(), silent).printed()
    assert (printed["judge"]["contradiction"]["value"], printed["judge"]["failed"]) == (0.5, 0)
    report = (tmp_path / "run" / "report.md").read_text("utf-8")
    assert "accord avec des personnes non mesuré" in report
    assert "juge : contredit la référence" in report
