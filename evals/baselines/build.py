"""The three baselines over one snapshot, from the settings of the installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from evals.baselines.bm25 import Bm25System
from evals.baselines.chunks import ChunkSystem, chunks_of
from evals.baselines.dense import DenseSystem, open_embeddings, store_path
from evals.baselines.fusion import FusionSystem
from vectorstore.errors import UsageError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from vectorstore.snapshot import Snapshot

SMALLEST_CHUNK = 100


def build_baselines(
    snapshot: Snapshot,
    settings: Settings,
    chunk_size: int,
    report: Callable[[str, int, int], None],
) -> list[ChunkSystem]:
    """Dense, bm25 and fusion, over the same chunks.

    Args:
        snapshot: the one that the assistant uses.
        settings: where the cache is and which embeddings serve.
        chunk_size: in characters.
        report: told of the cost and the progress.
    """
    if chunk_size < SMALLEST_CHUNK:
        raise UsageError(f"--chunk-size {chunk_size} : {SMALLEST_CHUNK} caractères au moins")
    chunks = chunks_of(snapshot, chunk_size)
    embeddings, model = open_embeddings(settings)
    dense = DenseSystem(
        snapshot,
        chunks,
        embeddings,
        store_path(settings, snapshot.manifest.id, model, chunk_size),
        report,
        local=settings.embedding_base_url is None,
    )
    bm25 = Bm25System(snapshot, chunks)
    return [dense, bm25, FusionSystem([dense, bm25])]
