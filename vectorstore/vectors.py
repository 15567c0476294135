"""Embed a corpus, learn its geometry, and fill the Chroma collections of texts, names and fiches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from vectorstore.anticipated import anticipated
from vectorstore.classifier import FicheClassifier, learn_classifier
from vectorstore.download import Report
from vectorstore.fiche import Passage
from vectorstore.geometry import Matrix, learn
from vectorstore.indexing import Corpus, vector_texts
from vectorstore.store import FICHE_VECTORS, NAME_VECTORS, create_store

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from langchain_chroma import Chroma

EMBED_BATCH = 64
STORE_BATCH = 2000
QUESTIONS_SAMPLED = 300
"""How many names are also embedded as questions, to find the centre of questions."""


def write_vectors(
    staging: Path,
    client: Client,
    collection: str,
    corpus: Corpus,
    passages: dict[str, tuple[Passage, ...]],
    names: dict[str, list[str]],
    embeddings: Embeddings,
    scope: str,
    report: Report,
) -> dict[str, int]:
    """Learn the geometry and fill the Chroma collections of texts, names and fiches.

    Args:
        staging: the snapshot's folder, for the geometry.
        client: of the store.
        collection: the collections' common name.
        corpus: all fiches.
        passages: by fiche.
        names: by fiche.
        embeddings: what embeds texts and questions.
        scope: which texts earn a vector (``SOUFFLEUR_VECTORS``).
        report: told how far it is.

    Returns:
        How many vectors the collections of texts and of names hold.
    """
    ids = sorted(corpus.fiches)
    texts = [item for key in ids for item in vector_texts(corpus.fiches[key], passages[key], scope)]
    called = [(f"{key}:{place}", name, key) for key in ids for place, name in enumerate(names[key])]
    text_vectors = _embedded(embeddings, [t for _, t, _ in texts], "Vecteurs des fiches", report)
    name_vectors = _embedded(embeddings, [n for _, n, _ in called], "Vecteurs des noms", report)
    spread = called[:: max(1, len(called) // QUESTIONS_SAMPLED)]
    asked = np.array([embeddings.embed_query(name) for _, name, _ in spread], np.float32)
    report("Géométrie des vecteurs", 0, 1)
    place_of = {key: place for place, key in enumerate(ids)}
    heads = [place for place, (_, _, metadata) in enumerate(texts) if metadata["kind"] == "head"]
    owner = np.array([place_of[key] for _, _, key in called])
    geometry, learned = learn(text_vectors[heads], name_vectors, owner, asked)
    geometry.save(staging)
    report("Géométrie des vecteurs", 1, 1)
    said = [name for _, name, _ in called]
    _classifier(ids, said, owner, geometry.texts(name_vectors), report).save(staging)
    _fill(
        create_store(client, collection, embeddings),
        [key for key, _, _ in texts],
        geometry.texts(text_vectors),
        [metadata for _, _, metadata in texts],
        [text for _, text, _ in texts],
    )
    _fill(
        create_store(client, f"{collection}{NAME_VECTORS}", embeddings),
        [key for key, _, _ in called],
        geometry.texts(name_vectors),
        [{"fiche": key} for _, _, key in called],
        [name for _, name, _ in called],
    )
    titles = [corpus.fiches[key].title for key in ids]
    _fill(
        create_store(client, f"{collection}{FICHE_VECTORS}", embeddings),
        ids,
        learned,
        [{"fiche": key} for key in ids],
        titles,
    )
    return {"vectors": len(texts), "name_vectors": len(called)}


def _classifier(
    ids: list[str],
    said: list[str],
    owner: NDArray[np.int64],
    said_vectors: Matrix,
    report: Report,
) -> FicheClassifier:
    """What tells fiches apart by their names, which have vectors, and the questions foreseen."""
    foreseen = [
        (question.text, place)
        for place, key in enumerate(ids)
        for question in anticipated().get(key, ())
    ]
    texts = [*said, *(text for text, _ in foreseen)]
    owners = np.array([*owner, *(place for _, place in foreseen)])
    vectors = np.zeros((len(texts), said_vectors.shape[1]), np.float32)
    vectors[: len(said)] = said_vectors
    return learn_classifier(texts, vectors, owners, len(ids), report)


def _embedded(embeddings: Embeddings, texts: list[str], phase: str, report: Report) -> Matrix:
    """Vectors of the texts, shape (len(texts), d)."""
    parts = []
    for start in range(0, len(texts), EMBED_BATCH):
        parts.append(np.array(embeddings.embed_documents(texts[start : start + EMBED_BATCH])))
        report(phase, min(start + EMBED_BATCH, len(texts)), len(texts))
    return np.concatenate(parts).astype(np.float32)


def _fill(
    store: Chroma,
    ids: Sequence[str],
    vectors: Matrix,
    metadatas: Sequence[dict[str, str]],
    texts: Sequence[str],
) -> None:
    for start in range(0, len(ids), STORE_BATCH):
        part = slice(start, start + STORE_BATCH)
        store._collection.add(
            ids=list(ids[part]),
            embeddings=vectors[part],
            metadatas=list(metadatas[part]),
            documents=list(texts[part]),
        )
