"""What those who watch the service see: health, readiness, metrics, logs."""

from __future__ import annotations

import io
import json
import logging
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from assistant import metrics
from assistant.chain import Assistant
from assistant.journal import Journal
from assistant.logs import JsonLines
from assistant.settings import Settings
from assistant.watching import State, Watching, watch
from vectorstore.errors import SouffleurError, UsageError


def got(server: Watching, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def value(text: str, line: str) -> float:
    """The value of a line of the exposition."""
    return next(float(row.rsplit(" ", 1)[1]) for row in text.splitlines() if row.startswith(line))


def test_a_process_is_alive_before_it_is_ready() -> None:
    state = State(False, {"application": "en cours d'ouverture"})
    server = watch("127.0.0.1", 0, lambda: state)
    try:
        assert got(server, "/health") == (200, "ok\n")
        status, body = got(server, "/ready")
        assert (status, json.loads(body)) == (503, {"ready": False, "parts": state.parts})
        state = State(True, {"corpus": "en état"})
        assert got(server, "/ready")[0] == 200
        assert got(server, "/autre")[0] == 404
    finally:
        server.shutdown()
        server.server_close()


def test_a_port_that_is_taken_is_said_with_its_remedy() -> None:
    first = watch("127.0.0.1", 0, lambda: State(True))
    try:
        with pytest.raises(SouffleurError, match="--watch-port"):
            watch("127.0.0.1", first.port, lambda: State(True))
    finally:
        first.shutdown()
        first.server_close()


def test_turns_steps_and_errors_are_counted(assistant: Assistant) -> None:
    before = metrics.exposition().decode()
    assistant.ask("comment déclarer mes revenus aux impôts au 06 12 34 56 78")
    with pytest.raises(UsageError):
        assistant.ask("  ")
    after = metrics.exposition().decode()

    def more(line: str) -> float:
        rows = [row for row in before.splitlines() if row.startswith(line)]
        return value(after, line) - (value(before, line) if rows else 0.0)

    assert more('souffleur_turns_total{abstained="false",mode="script",route="fiscal"}') == 1
    assert more("souffleur_turn_seconds_count") == 1
    assert more('souffleur_step_seconds_count{step="retrieve"}') == 1
    assert more('souffleur_masked_total{kind="téléphone"}') == 1
    assert more('souffleur_errors_total{kind="UsageError"}') == 1


def test_a_request_to_a_model_is_counted_with_its_cost() -> None:
    metrics.count_model("answer", "ok", 0.25)
    text = metrics.exposition().decode()
    assert value(text, 'souffleur_model_cost_euros_total{role="answer"}') >= 0.25
    assert value(text, 'souffleur_model_requests_total{outcome="ok",role="answer"}') >= 1


@pytest.fixture
def lines() -> io.StringIO:
    return io.StringIO()


def test_a_turn_is_one_line_of_json_with_its_ids(
    assistant: Assistant, tmp_path: Path, lines: io.StringIO
) -> None:
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("souffleur")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel("INFO")
    journal = Journal.open(Settings(home=tmp_path))
    call = journal.start_call()
    turn = journal.record_turn(call, assistant.ask("combien coûte un passeport"))
    journal.close()
    logger.removeHandler(handler)
    logger.setLevel(level)
    record = json.loads(lines.getvalue().splitlines()[-1])
    assert (record["event"], record["call"], record["turn"]) == ("turn", call, turn)
    assert record["route"] == "niveau1"
    assert record["steps_ms"]["retrieve"] > 0
    assert "passeport" not in lines.getvalue()


def test_an_exception_is_logged_by_its_kind_and_place_alone(lines: io.StringIO) -> None:
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("souffleur.test")
    logger.addHandler(handler)
    try:
        raise ValueError("je m'appelle Jeanne")
    except ValueError:
        logger.exception("fault", extra={"question": "je m'appelle Jeanne"})
    record = json.loads(lines.getvalue())
    assert record["error"] == "ValueError"
    assert record["trace"][0].split(":")[0] == __file__
    assert "Jeanne" not in lines.getvalue()
