"""Baseline *bm25*: the same chunks, lexical search alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evals.baselines.chunks import CHUNKS_RANKED, Chunk, ChunkSystem, Corpus


class Bm25System(ChunkSystem):
    """BM25 with French stop words and stemming, parameters as the library sets them.

    Args:
        corpus: where fiches are read.
        chunks: what is searched; indexed in memory, in seconds.
    """

    name = "bm25"

    def __init__(self, corpus: Corpus, chunks: Sequence[Chunk]) -> None:
        super().__init__(corpus, chunks)
        import bm25s

        self._index = bm25s.BM25()
        self._index.index(self._tokens([chunk.searched for chunk in chunks]), show_progress=False)

    def rank(self, question: str) -> list[tuple[int, float]]:
        tokens = self._tokens([question])
        depth = min(CHUNKS_RANKED, len(self.chunks))
        places, scores = self._index.retrieve(tokens, k=depth, show_progress=False)
        found = [(int(p), float(s)) for p, s in zip(places[0], scores[0], strict=True) if s > 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def _tokens(self, texts: list[str]) -> Any:
        import bm25s
        import Stemmer

        return bm25s.tokenize(
            texts,
            stopwords="fr",
            stemmer=Stemmer.Stemmer("french"),
            show_progress=False,
            return_ids=False,
        )
