"""The endpoint against a scripted server that speaks the OpenAI protocol over real HTTP."""

from __future__ import annotations

import logging
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.breaker import FAILURES, CircuitBreaker
from assistant.budget import Budget
from assistant.endpoint import Endpoint, EndpointError, Message, Reply
from assistant.settings import AnswerModel, Settings
from tests.endpoint.server import KEY, MODEL, Scripted, ScriptedServer, faults

ASKED: list[Message] = [("system", "Réponds en JSON."), ("user", "Bonjour ?")]
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
RIGHT = '{"ok": true, "texte": "' + "une phrase assez longue pour plusieurs morceaux, " * 3 + '"}'
FAULTS = {name: fault for name, fault in faults(RIGHT).items() if name != "wrong schema"}
"""The endpoint leaves the schema to who asked."""
HURRIED = {"deadline_s": 1.0, "silence_timeout_s": 0.5}
"""Bounds that a fault is seen to reach; the other faults end by themselves."""
STREAM_ONLY = {
    "slow drips", "a stall before the first word", "a stall mid-sentence", "a stream that just ends",
    "an empty body", "an error in the stream", "a page of HTML", "invalid JSON in the protocol",
}  # fmt: skip


def endpoint_of(server: ScriptedServer, **values: Any) -> Endpoint:
    patient = {"deadline_s": 10.0, "silence_timeout_s": 10.0}
    found = Endpoint("answer", server.settings(**{**patient, **values}))
    found.warm()
    return found


def drained(endpoint: Endpoint, **options: Any) -> tuple[list[str], Reply]:
    deltas = list(endpoint.stream(ASKED, schema=SCHEMA, **options))
    reply = deltas[-1].reply
    assert reply is not None
    return [delta.text for delta in deltas[:-1]], reply


def test_a_whole_reply_is_read_with_its_tokens_and_its_price(scripted: ScriptedServer) -> None:
    scripted.always(Scripted(text=RIGHT))
    reply = endpoint_of(scripted, price_in=2.0, price_out=10.0).complete(ASKED, schema=SCHEMA)
    assert reply.data is not None
    assert reply.data["ok"] is True
    assert (reply.prompt_tokens, reply.completion_tokens) == (100, 20)
    assert reply.cost == pytest.approx((100 * 2 + 20 * 10) / 1e6)
    sent = scripted.asked[0]
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == (MODEL, 0.0, 600)
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert scripted.keys == [f"Bearer {KEY}"]


def test_a_stream_comes_in_pieces_and_ends_with_the_whole(scripted: ScriptedServer) -> None:
    scripted.always(Scripted(text=RIGHT, pieces=5))
    pieces, reply = drained(endpoint_of(scripted))
    assert len(pieces) == 5
    assert "".join(pieces) == reply.text == RIGHT
    assert (reply.prompt_tokens, reply.finish, reply.mode) == (100, "stop", "schema")


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_of_a_stream_ends_within_the_deadline_and_says_what_happened(
    scripted: ScriptedServer, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply, kind = FAULTS[name]
    scripted.always(reply)
    endpoint = endpoint_of(scripted, **(HURRIED if kind == "timeout" else {}))
    started = time.monotonic()
    with caplog.at_level(logging.DEBUG), pytest.raises(EndpointError) as raised:
        drained(endpoint)
    assert time.monotonic() - started < endpoint.settings.deadline_s + 1
    assert raised.value.kind == kind
    assert MODEL in str(raised.value)
    assert KEY not in str(raised.value)
    assert KEY not in caplog.text


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in STREAM_ONLY])
def test_every_fault_of_a_whole_reply_ends_within_the_deadline(
    scripted: ScriptedServer, name: str
) -> None:
    reply, kind = FAULTS[name]
    scripted.always(reply)
    endpoint = endpoint_of(scripted, **(HURRIED if kind == "timeout" else {}))
    started = time.monotonic()
    with pytest.raises(EndpointError) as raised:
        endpoint.complete(ASKED, schema=SCHEMA)
    assert time.monotonic() - started < endpoint.settings.deadline_s + 1
    assert raised.value.kind == kind


def test_a_body_of_50_mb_does_not_fill_memory(scripted: ScriptedServer) -> None:
    scripted.always(FAULTS["a body of 50 MB"][0])
    endpoint = endpoint_of(scripted)
    tracemalloc.start()
    try:
        with pytest.raises(EndpointError, match="trop longue"):
            endpoint.complete(ASKED)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_an_endpoint_that_nobody_serves_is_unreachable() -> None:
    settings = AnswerModel(base_url="http://127.0.0.1:9/v1", model=MODEL, retries=0)
    with pytest.raises(EndpointError, match="injoignable") as raised:
        Endpoint("answer", settings).complete(ASKED)
    assert raised.value.kind == "unreachable"


@pytest.mark.parametrize(
    ("refused", "mode", "requests"),
    [(("json_schema",), "json", 2), (("json_schema", "json_object"), "plain", 3)],
)
def test_what_an_endpoint_refuses_is_found_out_once(
    scripted: ScriptedServer, refused: tuple[str, ...], mode: str, requests: int
) -> None:
    scripted.refuses = refused
    endpoint = endpoint_of(scripted)
    assert endpoint.complete(ASKED, schema=SCHEMA).mode == mode
    assert len(scripted.asked) == requests
    assert drained(endpoint)[1].mode == mode
    again = Endpoint("rewrite", endpoint.settings)
    assert again.complete(ASKED, schema=SCHEMA).mode == mode
    assert len(scripted.asked) == requests + 2


@pytest.mark.parametrize("word", ["stream_options", "temperature"])
def test_a_parameter_that_is_refused_is_left_out_and_the_schema_kept(
    scripted: ScriptedServer, word: str
) -> None:
    scripted.refuses = (word,)
    assert drained(endpoint_of(scripted))[1].mode == "schema"
    assert word not in scripted.asked[-1]


def test_a_refusal_of_everything_teaches_nothing(scripted: ScriptedServer) -> None:
    scripted.always(Scripted(status=400, message="prompt too long"))
    endpoint = endpoint_of(scripted)
    with pytest.raises(EndpointError, match="prompt too long"):
        endpoint.complete(ASKED, schema=SCHEMA)
    scripted.always(Scripted(text=RIGHT))
    assert endpoint.complete(ASKED, schema=SCHEMA).mode == "schema"


def test_a_passing_fault_is_tried_again_after_the_time_asked_for(scripted: ScriptedServer) -> None:
    scripted.then(Scripted(status=429, headers={"Retry-After": "0.3"}))
    endpoint = endpoint_of(scripted, retries=1)
    started = time.monotonic()
    assert drained(endpoint)[1].data == {"ok": True}
    assert time.monotonic() - started >= 0.3
    assert len(scripted.asked) == 2


def test_a_wait_that_does_not_fit_in_the_deadline_is_not_begun(scripted: ScriptedServer) -> None:
    scripted.always(Scripted(status=503, headers={"Retry-After": "5"}))
    started = time.monotonic()
    with pytest.raises(EndpointError):
        drained(endpoint_of(scripted, retries=3, deadline_s=4.0))
    assert time.monotonic() - started < 4
    assert len(scripted.asked) == 1


def test_retries_are_bounded(scripted: ScriptedServer) -> None:
    scripted.always(Scripted(status=500))
    with pytest.raises(EndpointError):
        drained(endpoint_of(scripted, retries=2))
    assert len(scripted.asked) == 3


def test_a_stream_that_has_begun_is_not_begun_again(scripted: ScriptedServer) -> None:
    scripted.always(Scripted(text=RIGHT, cut_after=3))
    endpoint = endpoint_of(scripted, retries=3)
    with pytest.raises(EndpointError, match="interrompue"):
        list(endpoint.stream(ASKED))
    assert len(scripted.asked) == 1


def test_a_circuit_opens_after_failures_and_closes_by_itself(scripted: ScriptedServer) -> None:
    now = [0.0]
    breaker = CircuitBreaker(clock=lambda: now[0])
    endpoint = Endpoint("answer", scripted.settings(), breaker=breaker)
    scripted.always(Scripted(status=500))
    for _ in range(FAILURES):
        with pytest.raises(EndpointError, match="panne"):
            endpoint.complete(ASKED)
    with pytest.raises(EndpointError, match="laissé de côté") as raised:
        endpoint.complete(ASKED)
    assert raised.value.kind == "circuit"
    assert len(scripted.asked) == FAILURES
    now[0] += 20
    scripted.always(Scripted(text=RIGHT))
    assert endpoint.complete(ASKED).text == RIGHT
    assert endpoint.complete(ASKED).text == RIGHT


def test_one_request_at_a_time_tries_an_open_circuit_and_its_failure_doubles_the_rest() -> None:
    now = [0.0]
    breaker = CircuitBreaker(clock=lambda: now[0])
    for _ in range(FAILURES):
        assert breaker.wait_s() == 0
        breaker.failed()
    rest = breaker.wait_s()
    now[0] += rest
    assert breaker.wait_s() == 0
    assert breaker.wait_s() > 0
    breaker.failed()
    assert breaker.wait_s() == pytest.approx(2 * rest)
    now[0] += 2 * rest
    assert breaker.wait_s() == 0
    breaker.left()
    assert breaker.wait_s() == 0
    breaker.succeeded()
    assert breaker.wait_s() == breaker.wait_s() == 0


def test_a_model_that_refuses_or_rambles_does_not_open_the_circuit(
    scripted: ScriptedServer,
) -> None:
    scripted.always(Scripted(text="Bavardage."))
    endpoint = endpoint_of(scripted)
    for _ in range(FAILURES + 1):
        with pytest.raises(EndpointError, match="hors du format"):
            endpoint.complete(ASKED, schema=SCHEMA)
    assert len(scripted.asked) == FAILURES + 1


def test_a_reader_that_stops_early_leaves_the_endpoint_usable(scripted: ScriptedServer) -> None:
    scripted.always(Scripted(text=RIGHT, pieces=40, pause_s=0.02))
    endpoint = endpoint_of(scripted)
    stream = endpoint.stream(ASKED)
    assert next(stream).text
    stream.close()  # type: ignore[attr-defined]
    scripted.always(Scripted(text=RIGHT))
    assert endpoint.complete(ASKED).text == RIGHT


@pytest.fixture
def budget_of(tmp_path: Path) -> Callable[[float | None, float | None], Budget]:
    return lambda call, day: Budget(tmp_path / "spend.sqlite", "answer", call, day)


PRICES = {"price_in": 1000.0, "price_out": 1000.0, "max_tokens": 100}
"""A reply of the scripted server costs 0.12 euro, and at most little more than 0.1 is set aside."""


def test_a_budget_of_the_day_holds_over_restarts(
    scripted: ScriptedServer, budget_of: Callable[..., Budget]
) -> None:
    settings = scripted.settings(**PRICES)
    Endpoint("answer", settings, budget_of(None, 0.3)).complete(ASKED, call="a")
    Endpoint("answer", settings, budget_of(None, 0.3)).complete(ASKED, call="b")
    with pytest.raises(EndpointError, match="budget du jour") as raised:
        Endpoint("answer", settings, budget_of(None, 0.3)).complete(ASKED, call="c")
    assert raised.value.kind == "budget_day"
    assert len(scripted.asked) == 2


def test_a_budget_of_a_call_stops_that_call_only(
    scripted: ScriptedServer, budget_of: Callable[..., Budget]
) -> None:
    endpoint = Endpoint("answer", scripted.settings(**PRICES), budget_of(0.2, None))
    endpoint.complete(ASKED, call="a")
    with pytest.raises(EndpointError, match="budget de l'appel"):
        endpoint.complete(ASKED, call="a")
    endpoint.complete(ASKED, call="b")


def test_what_was_refused_costs_nothing(
    scripted: ScriptedServer, budget_of: Callable[..., Budget]
) -> None:
    endpoint = Endpoint("answer", scripted.settings(**PRICES), budget_of(0.15, None))
    scripted.then(Scripted(status=500))
    with pytest.raises(EndpointError, match="panne"):
        endpoint.complete(ASKED, call="a")
    endpoint.complete(ASKED, call="a")


def test_without_a_readable_file_of_expenses_nothing_is_spent(
    scripted: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "spend.sqlite").write_bytes(b"pas une base" * 100)
    budget = Budget(tmp_path / "spend.sqlite", "answer", 1.0, None)
    with pytest.raises(EndpointError, match="dépenses illisibles"):
        Endpoint("answer", scripted.settings(**PRICES), budget).complete(ASKED)
    assert scripted.asked == []


def test_without_a_model_there_is_no_endpoint() -> None:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    assert Endpoint.open(settings, "rewrite") is None


def test_the_probe_says_what_works_and_what_does_not(scripted: ScriptedServer) -> None:
    assert "en état" in endpoint_of(scripted).probe()
    assert "schéma JSON" in endpoint_of(scripted).probe()
    scripted.always(Scripted(status=401))
    assert "SOUFFLEUR_ANSWER_API_KEY" in endpoint_of(scripted).probe()
    scripted.always(Scripted(status=404))
    assert "SOUFFLEUR_ANSWER_MODEL" in endpoint_of(scripted).probe()


def test_the_probe_says_that_there_is_no_json_mode(scripted: ScriptedServer) -> None:
    scripted.refuses = ("response_format",)
    assert "sans mode JSON" in endpoint_of(scripted).probe()
