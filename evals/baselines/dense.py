"""Baseline *dense*: chunks' vectors in Chroma, nearest first."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.settings import Settings
from evals.baselines.chunks import CHUNKS_RANKED, Chunk, ChunkSystem, Corpus

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

BATCH = 64
MS_PER_CHARACTER = 0.26
"""Embedded model on two cores: 230 ms for 200 tokens of about 4.5 characters."""
COMPLETE = "complete"
"""File that marks a store as built to the end."""


class DenseSystem(ChunkSystem):
    """The usual vector search.

    Args:
        corpus: where fiches are read.
        chunks: what is searched, in the order in which the store was filled.
        embeddings: the same as the assistant's.
        store: an embedded Chroma directory; made and filled when it is not complete.
        report: told of the progress, and of the cost before it begins.
        local: whether the embeddings are computed on this machine.
    """

    name = "dense"

    def __init__(
        self,
        corpus: Corpus,
        chunks: Sequence[Chunk],
        embeddings: Embeddings,
        store: Path,
        report: Callable[[str, int, int], None],
        *,
        local: bool = True,
    ) -> None:
        super().__init__(corpus, chunks)
        if not (store / COMPLETE).is_file():
            shutil.rmtree(store, ignore_errors=True)
            report(cost(chunks, local), 0, 0)
            self._fill(embeddings, store, report)
        from langchain_chroma import Chroma

        self._store = Chroma(
            collection_name="baseline",
            embedding_function=embeddings,
            persist_directory=str(store),
            collection_configuration={"hnsw": {"space": "cosine", "ef_search": 300}},
        )

    def rank(self, question: str) -> list[tuple[int, float]]:
        found = self._store.similarity_search_with_score(
            question, k=min(CHUNKS_RANKED, len(self.chunks))
        )
        return [(int(document.metadata["place"]), 1 - distance) for document, distance in found]

    def _fill(
        self, embeddings: Embeddings, store: Path, report: Callable[[str, int, int], None]
    ) -> None:
        from langchain_chroma import Chroma

        filled = Chroma(
            collection_name="baseline",
            embedding_function=embeddings,
            persist_directory=str(store),
            collection_configuration={"hnsw": {"space": "cosine", "ef_search": 300}},
        )
        for start in range(0, len(self.chunks), BATCH):
            part = self.chunks[start : start + BATCH]
            filled.add_texts(
                [chunk.searched for chunk in part],
                metadatas=[{"place": start + offset} for offset in range(len(part))],
                ids=[str(start + offset) for offset in range(len(part))],
            )
            report("Vecteurs de la référence", start + len(part), len(self.chunks))
        (store / COMPLETE).write_text("", "utf-8")


def cost(chunks: Sequence[Chunk], local: bool) -> str:
    """What filling the store will cost, said before it begins."""
    counted = f"{len(chunks)} extraits à vectoriser pour la référence « dense »"
    if not local:
        return f"{counted} par le serveur d'embeddings configuré ; ceux du cache ne coûtent rien"
    minutes = sum(len(chunk.searched) for chunk in chunks) * MS_PER_CHARACTER / 60_000
    return (
        f"{counted} : environ {max(1, round(minutes))} min sur deux cœurs libres, une fois ; "
        "ceux du cache ne coûtent rien"
    )


def store_path(settings: Settings, snapshot: str, model: str, size: int) -> Path:
    """Where the chunks' vectors of one snapshot, model and chunk size are kept."""
    key = hashlib.sha256(f"{snapshot}\0{model}\0{size}".encode()).hexdigest()[:12]
    return settings.cache_dir / "baselines" / f"{snapshot}-{size}-{key}"


def open_embeddings(settings: Settings) -> tuple[Embeddings, str]:
    """The assistant's embeddings with their cache, and the model's name."""
    from assistant.opening import embeddings_cache
    from vectorstore.embeddings import build_embeddings, model_name

    base_url, model = settings.embedding_base_url, settings.embedding_model
    cache = embeddings_cache(settings)
    embeddings = build_embeddings(base_url, model, settings.embedding_api_key, cache)
    return embeddings, model_name(base_url, model)
