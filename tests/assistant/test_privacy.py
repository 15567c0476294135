"""Personal data typed by an agent: nowhere in the journal's files, the logs, or what models are sent."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.embeddings import Embeddings
from langchain_core.tracers.context import register_configure_hook

from assistant.chain import Assistant
from assistant.journal import CuratedAnswer, Journal
from assistant.logs import JsonLines
from assistant.settings import Settings
from tests.endpoint.models import honest, writing
from tests.endpoint.server import Scripted, serving
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.search import Search
from vectorstore.snapshot import Snapshot

TYPED = (
    "combien coûte un passeport, je m'appelle Zébulon Quidampoix",
    "passeport perdu, sécu 1 84 12 76 451 089 46",
    "un passeport pour un mineur, iban fr76 3000 6000 0112 3456 7890 189",
    "passeport payé par carte 4111 1111 1111 1111",
    "rappeler au zéro six douze trente-quatre cinquante-six soixante-dix-huit pour le passeport",
    "passeport, écrire à zebulon point quidampoix arobase exemple point fr ou zq@exemple.fr",
    "passeport, mon numéro fiscal est le 30 12 345 678 901, tél 06.12.34.56.78",
    "c'est mme quidampoix, carte d'identité au nom de Zébulon Quidampoix",
    "et pour sa mère, mme quidampoix a perdu le sien, au 06.12.34.56.78",
)
SECRETS = (
    "quidampoix", "zébulon", "zebulon", "451 089", "451089", "3456 7890", "1111 1111", "trente-quatre",
    "zq@", "345 678", "34.56",
)  # fmt: skip


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text.lower()]


class Spy(Embeddings, BaseCallbackHandler):
    """Keeps what the embedding model and any tracer of the chain are given."""

    def __init__(self, model: Embeddings) -> None:
        self._model = model
        self.seen: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.seen += texts
        return self._model.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        self.seen.append(text)
        return self._model.embed_query(text)

    def on_chain_start(self, *args: Any, **kwargs: Any) -> None:
        self.seen.append(repr(args) + repr(kwargs))

    def on_chain_end(self, *args: Any, **kwargs: Any) -> None:
        self.seen.append(repr(args))


@pytest.fixture
def spy(embeddings: Embeddings) -> Spy:
    return Spy(embeddings)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """All that is logged, ours as it is written and everyone else's with its arguments."""
    written = io.StringIO()
    ours, others = logging.StreamHandler(written), logging.StreamHandler(written)
    ours.setFormatter(JsonLines())
    root, own = logging.getLogger(), logging.getLogger("souffleur")
    levels = root.level, own.level
    root.addHandler(others)
    own.addHandler(ours)
    root.setLevel("DEBUG")
    own.setLevel("DEBUG")
    yield written
    root.removeHandler(others)
    own.removeHandler(ours)
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def worked(assistant: Assistant, journal: Journal) -> list[str]:
    """A whole day's work with personal data in every field that an agent or the QA team types in."""
    call = journal.start_call("agent")
    shown: list[str] = []
    history: list[str] = []
    for typed in TYPED:
        card = assistant.ask(typed, history=history, cases=[typed], commune=typed)
        turn = journal.record_turn(call, card)
        changed = assistant.with_cases(card, [typed, "un adulte"], history=history, commune=typed)
        written = assistant.improved(changed, history=history, commune=typed, call=call)
        journal.update_turn(turn, written)
        entry = journal.report(turn, "down", ["faux"], typed)
        journal.decide(entry, "wrong", "qa", typed)
        journal.audit("qa", "note", typed)
        now = datetime.now(UTC)
        answer = CuratedAnswer(typed, "86 euros.", "F1", "0", date(2027, 1, 1), "qa", now)
        journal.approve(answer)
        history.append(typed)
        shown += [made.model_dump_json() for made in (card, changed, written)]
    journal.end_call(call, "answered")
    return shown


@pytest.mark.parametrize("database", [None, "postgresql://x@127.0.0.1:1/x"], ids=["up", "lost"])
def test_personal_data_is_in_no_file_no_log_and_no_request(
    tmp_path: Path,
    snapshot: Snapshot,
    spy: Spy,
    lines: io.StringIO,
    database: str | None,
) -> None:
    tracer: ContextVar[BaseCallbackHandler | None] = ContextVar("tracer", default=spy)
    register_configure_hook(tracer, inheritable=True)
    journal = Journal.open(Settings(home=tmp_path, database_url=database))
    with serving() as model, serving() as reader:
        model.always(writing(honest))
        reader.always(Scripted(text=json.dumps({"questions": ["Combien coûte un passeport ?"]})))
        settings = Settings(
            home=tmp_path,
            answer=model.settings(deadline_s=20.0),
            rewrite=reader.settings(deadline_s=20.0),
        )
        assistant = Assistant(settings, Search(snapshot, spy, EMBEDDED_MODEL))
        shown = worked(assistant, journal)
    tracer.set(None)
    assert model.asked
    read = [json.dumps(request, ensure_ascii=False) for request in reader.asked]
    assert any("et pour sa mère" in request and "numéro fiscal" in request for request in read)
    spy.seen += read
    spy.seen += [json.dumps(request, ensure_ascii=False) for request in model.asked]
    found = [file for file in tmp_path.rglob("*") if file.is_file()]
    files = {file: file.read_bytes().decode("utf-8", "ignore") for file in found}
    journal.close()
    assert any("passeport" in text for text in files.values())
    assert any("passeport" in text for text in spy.seen)
    assert '"event": "turn"' in lines.getvalue()
    assert {file.name: leaks(text) for file, text in files.items() if leaks(text)} == {}
    assert leaks(lines.getvalue()) == []
    assert [leaks(text) for text in spy.seen if leaks(text)] == []
    assert [leaks(text) for text in shown if leaks(text)] == []


def test_the_secrets_of_this_test_are_in_what_is_typed() -> None:
    typed = " ".join(TYPED).lower()
    assert all(secret in typed or secret == "451089" for secret in SECRETS)
