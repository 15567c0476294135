"""The one search: a question -> fiches in order, each with its passages in order.

Dense (Chroma) and BM25 (fields of the fiche, passages) are features of one learned fusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray

from vectorstore.errors import SnapshotError
from vectorstore.evidence import NOTHING_NEAR, Candidates, Evidence, Query
from vectorstore.fiche import Passage
from vectorstore.nearest import Nearest
from vectorstore.ranking import FEATURES, Weights, probabilities, scores
from vectorstore.snapshot import Snapshot
from vectorstore.variants import Variant, variants_of

PASSAGES_PER_FICHE = 8
READ = 4
"""Fiches that are read, at most, for whether they hold an answer."""
READ_WITHIN = 2.5
"""How far behind the best (in log odds) one is that is read."""

EMBEDDED_AT_ONCE = 8
"""Questions that are sent to the embeddings and the vector store at the same time, at most."""


class Reader(Protocol):
    """Reads the likeliest fiches for an answer."""

    def __call__(self, question: str, fiches: Sequence[str]) -> Sequence[float]:
        """How well the best sentence of each fiche answers, 0 or more."""
        ...

    def prepare(self, fiche: str) -> None:
        """Make a fiche ready, which will be read in all likelihood."""
        ...


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
    variants: tuple[Variant, ...] = ()
    """Of the hits returned, those that are variants of one procedure, this one included."""

    def differs(self) -> str:
        """What sets this fiche apart from its variants; empty when it has none."""
        return next((v.differs for v in self.variants if v.fiche == self.fiche), "")


class Search:
    """Search over one snapshot; loaded once, safe for several threads."""

    def __init__(
        self,
        snapshot: Snapshot,
        embeddings: Embeddings,
        embedding_model: str,
        chroma_url: str | None = None,
        weights: Weights | None = None,
        reader: Reader | None = None,
    ) -> None:
        """Open the indexes.

        Args:
            snapshot: the corpus.
            embeddings: what embeds a question.
            embedding_model: its name.
            chroma_url: of a Chroma server, where one holds the vectors.
            weights: of the fusion; those of the project without any.
            reader: reads the likeliest fiches for an answer; without one the fusion decides alone.

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
        self._embeddings = embeddings
        self._nearest = Nearest(snapshot, embeddings, chroma_url)
        self._evidence = Evidence(snapshot)
        self._reader = reader
        self._embedding = ThreadPoolExecutor(EMBEDDED_AT_ONCE, "embedding")
        self._starts = np.searchsorted(snapshot.passage_owner, np.arange(len(snapshot.ids)))

    @property
    def degraded(self) -> str | None:
        """Why vectors are not used, in French, while the store or the embeddings are lost."""
        return self._nearest.lost

    def search(self, question: Query | str, k: int = 10) -> list[Hit]:
        """The best ``k`` fiches, best first; empty when nothing is near."""
        query = question if isinstance(question, Query) else Query(question)
        return self.ranked(self.candidates(query), k)

    def ranked(self, found: Candidates, k: int) -> list[Hit]:
        """The best ``k`` of the candidates, best first."""
        if not len(found.positions):
            return []
        values = scores(found.features, self.weights)
        order = np.argsort(-values, kind="stable")
        chances = probabilities(values[order], found.features[order[0]], self.weights)
        hits = [
            self._hit(found, int(place), float(values[place]), float(chance))
            for place, chance in zip(order[:k], chances[:k], strict=True)
        ]
        groups = variants_of([self.snapshot.heading(hit.fiche) for hit in hits])
        return [replace(hit, variants=group) for hit, group in zip(hits, groups, strict=True)]

    def vector(self, query: Query) -> list[float]:
        """The question's embedding, as the model gives it."""
        return self._embeddings.embed_query(query.embedded())

    def candidates(self, query: Query) -> Candidates:
        """The features on which fusion decides; without vectors when the store has failed.

        While the question is embedded, which waits for no other work of Python, its words are looked
        up, and the fiches that they make likely are made ready to be read.
        """
        pending = self._embedding.submit(self._nearest.to, query.embedded())
        words = self._evidence.lexical(query)
        reader = self._reader
        if reader is not None:
            for fiche in self._likeliest(self._evidence.gather(query, words, NOTHING_NEAR))[0]:
                if pending.done():
                    break
                reader.prepare(fiche)
        found = self._evidence.gather(query, words, pending.result())
        if reader is not None and len(found.positions):
            self._read(reader, query, found)
        return found

    def _likeliest(self, found: Candidates) -> tuple[list[str], NDArray[np.int64]]:
        """The fiches that are worth reading, best first, and their places among the candidates."""
        if not len(found.positions):
            return [], np.zeros(0, np.int64)
        values = scores(found.features, self.weights)
        best = np.argsort(-values, kind="stable")[:READ]
        best = best[values[best] >= values[best[0]] - READ_WITHIN]
        return [self.snapshot.ids[int(place)] for place in found.positions[best]], best

    def _read(self, reader: Reader, query: Query, found: Candidates) -> None:
        """Fill the column of what the likeliest fiches answer; of the others the least is supposed."""
        fiches, places = self._likeliest(found)
        answers = np.array(reader(query.embedded(), fiches))
        column = found.features[:, FEATURES.index("answer")]
        column[:] = answers.min()
        column[places] = answers

    def _hit(self, found: Candidates, place: int, score: float, chance: float) -> Hit:
        position = int(found.positions[place])
        features = found.features[place]
        fiche = self.snapshot.heading(self.snapshot.ids[position])
        passages = self.snapshot.passages(fiche.id)
        start = int(self._starts[position])
        own = found.passage_scores[start : start + len(passages)]
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


def grouped(hits: Sequence[Hit]) -> list[list[Hit]]:
    """Hits with their variants behind them, in the order of each group's best."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        lead = hit.variants[0].fiche if hit.variants else hit.fiche
        groups.setdefault(lead, []).append(hit)
    return list(groups.values())


def as_records(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Hits as the command line prints them."""
    return [
        {
            "fiche": hit.fiche,
            "title": hit.title,
            "url": hit.url,
            "score": round(hit.score, 4),
            "probability": round(hit.probability, 4),
            "variants": [asdict(variant) for variant in hit.variants],
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
