"""Baseline *fusion*: dense and bm25 joined by reciprocal rank fusion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from evals.baselines.chunks import CHUNKS_RANKED, ChunkSystem

RANK_CONSTANT = 60
"""k of G. Cormack et al., "Reciprocal Rank Fusion" (SIGIR 2009)."""


class FusionSystem(ChunkSystem):
    """What the best known assistants over these fiches do.

    Args:
        parts: systems over the same chunks.
    """

    name = "fusion"

    def __init__(self, parts: Sequence[ChunkSystem]) -> None:
        super().__init__(parts[0].corpus, parts[0].chunks)
        self._parts = parts

    def rank(self, question: str) -> list[tuple[int, float]]:
        return fuse([part.rank(question) for part in self._parts])


def fuse(rankings: Sequence[Sequence[tuple[int, float]]]) -> list[tuple[int, float]]:
    """Add up 1 / (k + rank) over the rankings; equal sums keep the order of places."""
    sums: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, (place, _) in enumerate(ranking, start=1):
            sums[place] += 1 / (RANK_CONSTANT + rank)
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))[:CHUNKS_RANKED]
