"""The same snapshot on a Chroma server: a real ``chroma run`` process, lost and found."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from assistant.serving import Serving
from assistant.settings import Settings
from tests.conftest import silent
from tests.faults.conftest import CORPUS, ChromaServer, rebuilt, until
from vectorstore.build import build
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.errors import SnapshotError, UsageError, shown_url
from vectorstore.search import Search, as_records
from vectorstore.snapshot import Snapshot, current_folder
from vectorstore.sources import Fetched
from vectorstore.store import connect

pytestmark = pytest.mark.slow

QUESTION = "Combien coûte un Pacs ?"
QUESTIONS = (QUESTION, "j'ai perdu ma carte d'identité", "préavis pour un meublé")


def collections(server: ChromaServer, home: Path) -> set[str]:
    with connect(home, server.url) as client:
        return {found.name for found in client.list_collections()}


def test_a_server_finds_what_the_embedded_store_finds(
    home: Path, embeddings: Embeddings, chroma_server: ChromaServer, snapshot: Snapshot
) -> None:
    manifest = rebuilt(home, embeddings, chroma_url=chroma_server.url).manifest
    assert {name for name in collections(chroma_server, home) if manifest.id in name} == {
        f"{manifest.collection}{part}" for part in ("", "-names", "-fiches")
    }
    on_server = Search(Snapshot.open(home), embeddings, EMBEDDED_MODEL, chroma_server.url)
    embedded = Search(snapshot, embeddings, EMBEDDED_MODEL)
    for question in QUESTIONS:
        found = [hit["fiche"] for hit in as_records(on_server.search(question))]
        assert found == [hit["fiche"] for hit in as_records(embedded.search(question))]
    assert on_server.degraded is None


def test_words_alone_answer_while_the_server_is_lost_and_meaning_comes_back(
    home: Path, embeddings: Embeddings, chroma_server: ChromaServer
) -> None:
    rebuilt(home, embeddings, chroma_url=chroma_server.url)
    serving = Serving(Settings(home=home, chroma_url=chroma_server.url))
    assert serving.assistant().ask(QUESTION).notes == []
    chroma_server.kill()
    card = serving.assistant().ask(QUESTION)
    assert not card.abstained
    assert any("recherche par le sens indisponible" in note for note in card.notes)
    chroma_server.start()
    until(lambda: serving.assistant().ask(QUESTION).notes == [])


def test_a_server_that_hangs_delays_one_turn_and_no_other(
    home: Path, embeddings: Embeddings, chroma_server: ChromaServer
) -> None:
    rebuilt(home, embeddings, chroma_url=chroma_server.url)
    assistant = Serving(Settings(home=home, chroma_url=chroma_server.url)).assistant()
    chroma_server.pause()
    started = time.monotonic()
    assert assistant.ask(QUESTION).notes
    assert time.monotonic() - started < 5
    started = time.monotonic()
    assert assistant.ask(QUESTIONS[1]).notes
    assert time.monotonic() - started < 2
    chroma_server.resume()
    until(lambda: assistant.ask(QUESTION).notes == [])


def test_the_application_opens_without_its_server_and_finds_it_later(
    home: Path, embeddings: Embeddings, chroma_server: ChromaServer
) -> None:
    rebuilt(home, embeddings, chroma_url=chroma_server.url)
    chroma_server.kill()
    assistant = Serving(Settings(home=home, chroma_url=chroma_server.url)).assistant()
    assert assistant.ask(QUESTION).notes
    chroma_server.start()
    until(lambda: assistant.ask(QUESTION).notes == [])


def test_a_server_that_lost_its_data_is_filled_again_by_the_next_update(
    home: Path, embeddings: Embeddings, chroma_server: ChromaServer
) -> None:
    manifest = rebuilt(home, embeddings, chroma_url=chroma_server.url).manifest
    fetched = Fetched("demo", CORPUS, "corpus de démonstration", "demo", "")

    def updated() -> bool:
        return build(
            home, fetched, embeddings, EMBEDDED_MODEL, "heads", silent,
            chroma_url=chroma_server.url,
        ).built  # fmt: skip

    assert not updated()
    with connect(home, chroma_server.url) as client:
        client.delete_collection(f"{manifest.collection}-names")
    assert updated()
    assert Search(
        Snapshot.open(home), embeddings, EMBEDDED_MODEL, chroma_server.url
    ).degraded is None  # fmt: skip


def test_collections_of_snapshots_that_are_no_longer_kept_are_removed(
    home: Path, embeddings: Embeddings, chroma_server: ChromaServer
) -> None:
    for _ in range(5):
        rebuilt(home, embeddings, chroma_url=chroma_server.url)
    kept = {folder.name for folder in (home / "snapshots").iterdir()}
    assert len(kept) == 3
    assert len(collections(chroma_server, home)) == 9


def test_without_a_server_nothing_is_built_and_the_remedy_is_said(
    home: Path, embeddings: Embeddings, chroma_server: ChromaServer
) -> None:
    before = current_folder(home).name
    chroma_server.kill()
    with pytest.raises(SnapshotError, match="injoignable .* le démarrer"):
        rebuilt(home, embeddings, chroma_url=chroma_server.url)
    assert current_folder(home).name == before


def test_an_address_that_is_none_is_wrong_use(home: Path) -> None:
    with pytest.raises(UsageError, match="attendu http"):
        connect(home, "chroma:8000")


def test_the_token_of_a_server_is_never_shown() -> None:
    assert shown_url("https://secret@chroma.fr/equipe/base") == "https://chroma.fr/equipe/base"
