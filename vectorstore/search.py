"""The one search: a question -> fiches in order, each with its passages in order.

Dense (Chroma) and BM25 (fields of the fiche, passages) are features of one learned fusion.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever

from vectorstore.errors import SnapshotError
from vectorstore.fiche import Passage
from vectorstore.lexical import FIELDS, PASSAGES
from vectorstore.ranking import (
    FEATURES,
    Vector,
    Weights,
    probabilities,
    reciprocal_ranks,
    scaled,
    scores,
)
from vectorstore.snapshot import Snapshot
from vectorstore.text import stems

CANDIDATES = 100
DENSE_RESULTS = 150
PASSAGES_PER_FICHE = 8


@dataclass(frozen=True)
class RankedPassage:
    """A passage with its BM25 for the question."""

    passage: Passage
    score: float


@dataclass(frozen=True)
class Hit:
    """A fiche found, with its best passages."""

    fiche: str
    title: str
    url: str
    score: float
    probability: float
    """That this fiche is a right one, 0 to 1."""
    passages: tuple[RankedPassage, ...]
    features: dict[str, float] = field(default_factory=dict)


class Search:
    """Search over one snapshot; loaded once, safe for several threads."""

    def __init__(
        self,
        snapshot: Snapshot,
        embeddings: Embeddings,
        embedding_model: str,
        chroma_url: str | None = None,
        weights: Weights | None = None,
    ) -> None:
        """Open the indexes.

        Raises:
            SnapshotError: the snapshot was built with another embedding model.
        """
        built_with = snapshot.manifest.embedding_model
        if built_with != embedding_model:
            raise SnapshotError(
                f"le corpus a été construit avec le modèle « {built_with} », les réglages nomment "
                f"« {embedding_model} » ; relancer « souffleur sync » ou rétablir le modèle"
            )
        self.snapshot = snapshot
        self.weights = weights or Weights.load()
        self.degraded: str | None = None
        """Why vectors are not used, in French, when the store has failed."""
        self._embeddings = embeddings
        self._store = snapshot.vectors(embeddings, chroma_url)
        self._store_lock = threading.Lock()
        self._guided = np.zeros(len(snapshot.ids))
        self._titles: list[str] = []
        for n, fiche_id in enumerate(snapshot.ids):
            rows = snapshot._rows(
                "SELECT title, json_extract(json, '$.type'), json_extract(json, '$.url') "
                "FROM fiches WHERE id = ?",
                (fiche_id,),
            )
            self._titles.append(rows[0][0])
            self._guided[n] = rows[0][1] in ("Recherche guidée", "Fiche avec liens externes")
        self._starts = np.searchsorted(snapshot.passage_owner, np.arange(len(snapshot.ids)))

    def search(self, question: str, k: int = 10) -> list[Hit]:
        """The best ``k`` fiches, best first; empty when nothing is near."""
        positions, matrix, passage_scores = self.candidates(question)
        if not len(positions):
            return []
        values = scores(matrix, self.weights)
        order = np.argsort(-values, kind="stable")[: max(k, 2)]
        chances = probabilities(values[order], self.weights)
        return [
            self._hit(
                int(positions[place]),
                float(values[place]),
                float(chance),
                matrix[place],
                passage_scores,
            )
            for place, chance in zip(order[:k], chances[:k], strict=True)
        ]

    def candidates(self, question: str) -> tuple[Vector, Vector, Vector]:
        """The features on which fusion decides.

        Returns:
            positions in ``snapshot.ids``, shape (n,); features, shape (n, len(FEATURES));
            BM25 of every passage of the corpus.
        """
        asked = stems(question)
        lexical = self.snapshot.lexical
        columns = {name: lexical.scores(name, asked).astype(float) for name in FIELDS}
        passage_scores = lexical.scores(PASSAGES, asked).astype(float)
        best_passage = np.zeros(len(self.snapshot.ids))
        np.maximum.at(best_passage, self.snapshot.passage_owner, passage_scores)
        dense = self._dense(question)
        columns = {name: scaled(values) for name, values in columns.items()}
        fields = np.sum(
            [columns[name] for name in ("title", "alias", "description", "body")], axis=0
        )
        columns["passages"] = scaled(best_passage)
        columns["dense"] = np.where(dense > 0, (dense - 0.75) * 5, 0.0)
        columns["rank_fields"] = reciprocal_ranks(fields)
        columns["rank_passages"] = reciprocal_ranks(best_passage)
        columns["rank_dense"] = reciprocal_ranks(dense)
        columns["guided"] = self._guided
        rough = columns["rank_fields"] + columns["rank_passages"] + columns["rank_dense"]
        positions = np.argsort(-rough, kind="stable")[:CANDIDATES]
        positions = positions[rough[positions] > 0]
        matrix = np.stack([columns[name][positions] for name in FEATURES], axis=1)
        return positions, matrix, passage_scores

    def _dense(self, question: str) -> Vector:
        """Cosine of each fiche's best vector among the nearest; 0 for those not near."""
        found = np.zeros(len(self.snapshot.ids))
        try:
            vector = self._embeddings.embed_query(question)
            with self._store_lock:
                near = self._store._collection.query(
                    query_embeddings=[vector],  # type: ignore[arg-type]
                    n_results=min(DENSE_RESULTS, self.snapshot.manifest.counts["vectors"]),
                    include=["distances", "metadatas"],
                )
        except Exception as error:
            self.degraded = f"recherche par le sens indisponible ({type(error).__name__})"
            return found
        self.degraded = None
        metadatas, distances = near["metadatas"], near["distances"]
        if metadatas and distances:
            for metadata, distance in zip(metadatas[0], distances[0], strict=True):
                position = self.snapshot.position[str(metadata["fiche"])]
                found[position] = max(found[position], 1.0 - float(distance))
        return found

    def _hit(
        self, position: int, score: float, chance: float, features: Vector, passage_scores: Vector
    ) -> Hit:
        fiche = self.snapshot.fiche(self.snapshot.ids[position])
        passages = self.snapshot.passages(fiche.id)
        start = int(self._starts[position])
        own = passage_scores[start : start + len(passages)]
        order = np.argsort(-own, kind="stable")[:PASSAGES_PER_FICHE]
        return Hit(
            fiche=fiche.id,
            title=fiche.title,
            url=fiche.url,
            score=score,
            probability=chance,
            passages=tuple(RankedPassage(passages[n], float(own[n])) for n in order),
            features=dict(zip(FEATURES, map(float, features), strict=True)),
        )


class FicheRetriever(BaseRetriever):
    """``Search`` as a LangChain retriever: one document per passage, best fiches first."""

    search: Any
    k: int = 5

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [
            Document(
                page_content=ranked.passage.text,
                metadata={
                    "passage": ranked.passage.id,
                    "fiche": hit.fiche,
                    "title": hit.title,
                    "url": hit.url,
                    "section": " > ".join(ranked.passage.section),
                    "cases": [" > ".join(case) for case in ranked.passage.cases],
                    "probability": hit.probability,
                },
            )
            for hit in self.search.search(query, self.k)
            for ranked in hit.passages[:3]
        ]


def as_records(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Hits as the command line prints them."""
    return [
        {
            "fiche": hit.fiche,
            "title": hit.title,
            "url": hit.url,
            "score": round(hit.score, 4),
            "probability": round(hit.probability, 4),
            "passages": [
                {
                    "id": ranked.passage.id,
                    "section": list(ranked.passage.section),
                    "cases": [list(case) for case in ranked.passage.cases],
                    "score": round(ranked.score, 3),
                    "text": ranked.passage.text,
                }
                for ranked in hit.passages
            ],
        }
        for hit in hits
    ]
