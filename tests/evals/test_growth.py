from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from evals.growth import Cost, cost_of, grown, questions_of
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.lexical import PASSAGES
from vectorstore.search import Search
from vectorstore.snapshot import Snapshot

QUESTIONS = [("Combien coûte un passeport ?", []), ("et pour un mineur ?", ["prix passeport"])]


@pytest.fixture(scope="module")
def tripled(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("grown")
    grown(snapshot, 3, folder)
    return Snapshot(folder)


def test_a_grown_corpus_has_every_fiche_several_times_under_ids_of_their_own(
    snapshot: Snapshot, tripled: Snapshot
) -> None:
    assert len(set(tripled.ids)) == 3 * len(snapshot.ids)
    assert len(tripled.passage_owner) == 3 * len(snapshot.passage_owner)
    copy = tripled.fiche("F14929x2")
    assert copy.title == snapshot.fiche("F14929").title
    assert {passage.fiche for passage in tripled.passages("F14929x2")} == {"F14929x2"}
    assert tripled.names("F14929x1") == snapshot.names("F14929")


def test_a_copy_says_other_words_and_its_dossier_is_its_own(
    snapshot: Snapshot, tripled: Snapshot
) -> None:
    scores = tripled.lexical.scores(PASSAGES, {"passeport": 1.0})
    first, second, third = np.split(scores, 3)
    assert (first > 0).any()
    assert ((first > 0) != (second > 0)).any()
    assert ((second > 0) != (third > 0)).any()
    head = tripled.heads[tripled.position["F14929x1"]]
    assert head.dossier == tripled.heads[tripled.position["F14929"]].dossier + "x1"


def test_a_grown_corpus_is_searched_like_any_other(
    tripled: Snapshot, embeddings: Embeddings
) -> None:
    search = Search(tripled, embeddings, EMBEDDED_MODEL)
    found = [hit.fiche for hit in search.search("prix du passeport d'un adulte", 10)]
    assert search.degraded is None
    assert "F14929" in found
    assert any("x" in fiche for fiche in found)


def test_every_cost_is_measured(snapshot: Snapshot, tmp_path: Path) -> None:
    cost = cost_of(snapshot, 1, tmp_path, QUESTIONS)
    assert isinstance(cost, Cost)
    assert cost.fiches == len(snapshot.ids)
    assert 0 < cost.search_p50_ms <= cost.search_p95_ms
    assert cost.disk_mb > 0
    assert cost.resident_mb > 0


def test_the_questions_are_spread_over_the_gold_set() -> None:
    assert len(questions_of(Path("evals/gold"))) == 100
