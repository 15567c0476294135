from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever

from vectorstore import search as module
from vectorstore.anticipated import anticipated
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.errors import SnapshotError
from vectorstore.evidence import Query
from vectorstore.ranking import FEATURES, Weights
from vectorstore.search import FicheRetriever, Search, as_records
from vectorstore.snapshot import Snapshot


class BrokenEmbeddings(Embeddings):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise ConnectionError("serveur injoignable")

    def embed_query(self, text: str) -> list[float]:
        raise ConnectionError("serveur injoignable")


@pytest.fixture
def title(snapshot: Snapshot) -> str:
    """The title of one fiche of the small corpus, asked as a question."""
    return snapshot.fiche("F90001").title


def test_a_fiche_is_found_by_its_title(search: Search, title: str) -> None:
    assert "F90001" in [hit.fiche for hit in search.search(title, 3)]


def test_hits_come_best_first_with_passages_of_their_fiche(search: Search, title: str) -> None:
    hits = search.search(title, 5)
    assert len(hits) == 5
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert 0 <= hit.probability <= 1
        assert hit.passages
        assert {ranked.passage.fiche for ranked in hit.passages} == {hit.fiche}


def test_a_snapshot_of_another_model_is_refused(snapshot: Snapshot, embeddings: Embeddings) -> None:
    with pytest.raises(SnapshotError, match=r"« autre ».*souffleur sync"):
        Search(snapshot, embeddings, "autre")


def test_the_retriever_is_langchains_and_names_its_sources(search: Search, title: str) -> None:
    retriever = FicheRetriever(search=search, k=2)
    assert isinstance(retriever, BaseRetriever)
    documents = retriever.invoke(title)
    assert 0 < len(documents) <= 6
    assert len({document.metadata["fiche"] for document in documents}) == 2
    for document in documents:
        assert {"passage", "fiche", "title", "url", "section", "cases", "probability"} <= set(
            document.metadata
        )
        assert document.metadata["passage"].startswith(document.metadata["fiche"] + "#")
        assert document.metadata["url"].startswith("https://")


@pytest.mark.parametrize(
    "question", ["", "   ", "?!", "zxqv wkjh", "の", "a" * 5000, "'; DROP TABLE"]
)
def test_a_question_of_unknown_words_breaks_nothing(search: Search, question: str) -> None:
    assert isinstance(search.search(question), list)


def test_without_vectors_unknown_words_find_nothing(snapshot: Snapshot) -> None:
    assert Search(snapshot, BrokenEmbeddings(), EMBEDDED_MODEL).search("zxqv wkjh") == []


def test_a_failed_store_of_vectors_still_answers_and_says_so(
    snapshot: Snapshot, title: str
) -> None:
    search = Search(snapshot, BrokenEmbeddings(), EMBEDDED_MODEL)
    assert "F90001" in [hit.fiche for hit in search.search(title, 10)]
    assert search.degraded is not None
    assert "ConnectionError" in search.degraded


def test_searches_in_several_threads_agree(search: Search, title: str) -> None:
    expected = as_records(search.search(title))
    with ThreadPoolExecutor(4) as pool:
        for hits in pool.map(search.search, [title] * 8):
            assert as_records(hits) == expected


def test_a_question_that_was_anticipated_speaks_for_its_fiche_despite_misspelling(
    search: Search, snapshot: Snapshot
) -> None:
    fiche = next(key for key in snapshot.ids if key in anticipated())
    question = anticipated()[fiche][0].text
    misspelt = f"{question[:8]}{question[9:]}"
    found = search.candidates(Query(misspelt))
    column = FEATURES.index("anticipated")
    best = int(found.positions[int(found.features[:, column].argmax())])
    assert snapshot.ids[best] == fiche


class LastIsBest:
    """A reader that finds the answer in the last fiche that it is given."""

    def __init__(self) -> None:
        self.asked = ""
        self.read: list[str] = []
        self.prepared: list[str] = []

    def __call__(self, question: str, fiches: Sequence[str]) -> list[float]:
        self.asked = question
        self.read.extend(fiches)
        return [20.0 if fiche == fiches[-1] else 2.0 for fiche in fiches]

    def prepare(self, fiche: str) -> None:
        self.prepared.append(fiche)


def test_the_likeliest_fiches_are_read_and_of_the_others_the_least_is_supposed(
    embeddings: Embeddings, snapshot: Snapshot, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_WITHIN", 1000.0)
    known = Weights.load()
    weights = Weights({**known.features, "answer": 1.0}, known.calibration, known.trained_on)
    alone = Search(snapshot, embeddings, EMBEDDED_MODEL, weights=weights)
    order = [hit.fiche for hit in alone.search(title, 10)]
    reader = LastIsBest()
    hits = Search(snapshot, embeddings, EMBEDDED_MODEL, weights=weights, reader=reader).search(
        title, 10
    )
    assert reader.asked == title
    assert reader.read == order[: module.READ]
    assert set(reader.prepared) <= set(snapshot.ids)
    assert hits[0].fiche == reader.read[-1]
    assert [hit.features["answer"] for hit in hits] == [20.0] + [2.0] * (len(hits) - 1)
