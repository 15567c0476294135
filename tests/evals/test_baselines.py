from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings

from assistant.settings import load_settings
from evals.baselines import build, dense
from evals.baselines.bm25 import Bm25System
from evals.baselines.chunks import CHUNK_SIZE, chunks_of, first_sentences
from evals.baselines.fusion import fuse
from evals.evaluation import Request, evaluate
from evals.gold import GoldItem
from vectorstore.errors import UsageError


class WordEmbeddings(Embeddings):
    """A bag of hashed words: texts that share words are near."""

    def embed_query(self, text: str) -> list[float]:
        vector = [0.01] * 64
        for word in text.lower().replace(".", " ").replace(",", " ").split():
            vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 64] += 1.0
        return vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


def test_reciprocal_rank_fusion_by_hand() -> None:
    found = fuse([[(7, 9.0), (3, 8.0)], [(3, 0.9), (5, 0.8)]])
    assert [place for place, _ in found] == [3, 7, 5]
    assert found[0][1] == pytest.approx(1 / 62 + 1 / 61)


def test_chunks_are_cut_by_size_and_stay_in_their_fiche(texts: Any) -> None:
    whole = chunks_of(texts, CHUNK_SIZE)
    assert [chunk.fiche for chunk in whole] == ["F1", "F2", "F3"]
    small = chunks_of(texts, 100)
    assert all(len(chunk.text) <= 100 for chunk in small)


def test_bm25_finds_the_words_and_ignores_what_it_does_not_know(
    texts: Any, item_of: Callable[..., GoldItem]
) -> None:
    system = Bm25System(texts, chunks_of(texts, CHUNK_SIZE))
    found = system.retrieve(item_of(question="préavis en zone tendue"), 10)
    assert found[0].fiche == "F3"
    assert system.retrieve(item_of(question="zzz"), 10) == []
    assert system.ask(item_of(question="zzz")).abstained


def test_a_follow_up_carries_its_history(texts: Any, item_of: Callable[..., GoldItem]) -> None:
    system = Bm25System(texts, chunks_of(texts, CHUNK_SIZE))
    card = system.ask(item_of(question="et combien ?", history=["préavis zone tendue"]))
    assert card.sources[0].fiche == "F3"
    assert card.say == "Préavis. Le préavis est de 3 mois, ou de 1 mois en zone tendue."


def test_the_naive_answer_keeps_to_three_sentences() -> None:
    assert first_sentences("Un. Deux.\nTrois. Quatre.") == "Un. Deux. Trois."


def test_the_cost_is_said_before_vectors_are_computed_and_only_once(
    texts: Any, tmp_path: Path
) -> None:
    told: list[str] = []
    chunks = chunks_of(texts, CHUNK_SIZE)
    for _ in range(2):
        system = dense.DenseSystem(
            texts,
            chunks,
            WordEmbeddings(),
            tmp_path / "store",
            lambda phase, done, total: told.append(phase),
        )
    assert "3 extraits à vectoriser" in told[0]
    assert "1 min" in told[0]
    assert told[1:] == ["Vecteurs de la référence"]
    assert system.rank("préavis en zone tendue")[0][0] == 2


def test_baselines_run_side_by_side_in_one_command(
    fake_assistant: Any, gold_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "open_embeddings", lambda settings: (WordEmbeddings(), "words"))
    request = Request(gold=(gold_file,), out=tmp_path / "run", with_baselines=True)
    told: list[str] = []
    found = evaluate(request, load_settings(), lambda phase, done, total: told.append(phase))
    printed = found.printed()
    assert list(printed["baselines"]) == ["dense", "bm25", "fusion"]
    assert printed["baselines"]["bm25"]["items"] == printed["items"]
    assert printed["baselines"]["dense"]["answers"]["quotes_verbatim"]["value"] == 1.0
    report = (tmp_path / "run" / "report.md").read_text("utf-8")
    assert "souffleur moins fusion" in report
    assert (tmp_path / "run" / "baselines" / "bm25" / "metrics.json").is_file()


def test_a_chunk_size_that_is_too_small_is_wrong_use(fake_assistant: Any) -> None:
    with pytest.raises(UsageError, match="--chunk-size 5"):
        build.build_baselines(fake_assistant.snapshot, load_settings(), 5, print)
