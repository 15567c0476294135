"""What speaks for each fiche: a question -> the candidates and one column per feature.

Each column can be compared between questions: BM25 is divided by how much was asked, cosines are
spread out, ranks count from the question's best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vectorstore.lexical import FIELDS, NAMES, PASSAGES
from vectorstore.ranking import FEATURES, Vector
from vectorstore.snapshot import FicheHead, Snapshot
from vectorstore.text import stems

CANDIDATES = 100
ADDED_WEIGHT = 0.5
"""Of official words put beside the caller's; those of the caller count 1."""
TOPIC_WEIGHT = 0.8
"""Of the words of the earlier question that a follow-up continues."""
COSINE_FLOOR = 0.75
"""Cosines of this embedding lie between about 0.75 and 0.95."""
PROFESSIONAL = frozenset(
    stems(
        "entreprise société auto-entrepreneur micro-entrepreneur entrepreneur commerçant artisan "
        "gérant salariés employés embaucher embauche clients client fournisseur magasin boutique "
        "restaurant TVA siret kbis chantier cabinet libéral profession indépendant SARL SAS EURL "
        "facture facturation marché appel association asso loi-1901 bénévole bénévoles adhérents "
        "adhérent trésorier statuts club subvention"
    )
)
"""Stems by which a question sounds like one of a professional or of an association."""


@dataclass(frozen=True)
class Query:
    """A question as it is searched."""

    text: str
    """The caller's own words, spelling mended; what is embedded, after ``topic``."""
    added: str = ""
    """Official words for the caller's; they count less."""
    topic: str = ""
    """The earlier question of the call that this one follows; its words count less."""

    def embedded(self) -> str:
        return f"{self.topic} — {self.text}" if self.topic else self.text

    def weights(self) -> dict[str, float]:
        """Stem -> how much it counts."""
        found = dict.fromkeys(stems(self.text), 1.0)
        for text, weight in ((self.topic, TOPIC_WEIGHT), (self.added, ADDED_WEIGHT)):
            for stem in stems(text) if text else ():
                found.setdefault(stem, weight)
        return found


@dataclass(frozen=True)
class Candidates:
    """The fiches worth ranking, and what speaks for each."""

    positions: NDArray[np.int64]
    """Places in ``Snapshot.ids``, shape (n,)."""
    features: Vector
    """Shape (n, len(FEATURES))."""
    passage_scores: Vector
    """BM25 of every passage of the corpus."""


class Evidence:
    """The columns over one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        heads = snapshot.heads
        self._passages = _Groups(snapshot.passage_owner, len(heads))
        self._names = _Groups(snapshot.name_owner, len(heads))
        self._guided = np.array([float(_leads_elsewhere(head)) for head in heads])
        self._question_page = np.array([float("Question" in head.type) for head in heads])
        self._professional = np.array(
            [float("particuliers" not in head.audiences) for head in heads]
        )
        _, self._dossier = np.unique(
            [head.dossier or head.id for head in heads], return_inverse=True
        )

    def gather(
        self, query: Query, near: Mapping[int, float], near_names: Mapping[int, float]
    ) -> Candidates:
        """Candidates of a question.

        Args:
            query: the question.
            near: place of a fiche -> cosine of its nearest text, for the nearest.
            near_names: the same for its nearest name.
        """
        weights = query.weights()
        lexical = self._snapshot.lexical
        asked = float(np.sqrt(lexical.rarity(weights))) or 1.0
        columns: dict[str, Vector] = {
            name: lexical.scores(name, weights) / asked for name in FIELDS
        }
        passage_scores = lexical.scores(PASSAGES, weights)
        columns["passages"] = self._passages.best(passage_scores) / asked
        columns["names"] = self._names.best(lexical.scores(NAMES, weights)) / asked
        columns["dense"] = self._cosines(near)
        columns["dense_names"] = self._cosines(near_names)
        columns["rank_fields"] = reciprocal_ranks(
            columns["title"] + columns["alias"] + columns["description"] + columns["body"]
        )
        columns["rank_names"] = reciprocal_ranks(columns["names"] + columns["spoken"])
        columns["rank_passages"] = reciprocal_ranks(columns["passages"])
        columns["rank_dense"] = reciprocal_ranks(columns["dense"])
        columns["rank_dense_names"] = reciprocal_ranks(columns["dense_names"])
        rough = np.sum([values for name, values in columns.items() if "rank_" in name], axis=0)
        positions = np.argsort(-rough, kind="stable")[:CANDIDATES]
        positions = positions[rough[positions] > 0]
        own = rough[positions]
        columns["siblings"] = self._siblings(positions, own)
        columns["guided"] = self._guided
        columns["question_page"] = self._question_page
        sounds_professional = bool(PROFESSIONAL & weights.keys())
        columns["professional"] = self._professional * (1.0 if sounds_professional else -1.0)
        matrix = np.stack([columns[name][positions] for name in FEATURES], axis=1)
        return Candidates(positions, matrix.astype(float), passage_scores)

    def _cosines(self, near: Mapping[int, float]) -> Vector:
        """Spread cosines; a fiche that is not near gets the least of those that are."""
        if not near:
            return np.zeros(len(self._guided))
        values = np.full(len(self._guided), min(near.values()))
        values[list(near)] = list(near.values())
        return np.maximum(values - COSINE_FLOOR, 0.0) * 10

    def _siblings(self, positions: NDArray[np.int64], rough: Vector) -> Vector:
        """How well the other candidates of the same dossier fit: the mean of the best three."""
        found = np.zeros(len(self._guided))
        dossiers = self._dossier[positions]
        for dossier in np.unique(dossiers):
            members = np.flatnonzero(dossiers == dossier)
            values = rough[members]
            for member in members:
                others = np.sort(values[members != member])[::-1][:3]
                found[positions[member]] = others.sum() / 3
        return found


class _Groups:
    """Rows that belong to fiches, in ascending order of fiche: the best row of each.

    Args:
        owner: for each row, the place of its fiche.
        size: how many fiches there are.
    """

    def __init__(self, owner: NDArray[np.int32], size: int) -> None:
        starts = np.searchsorted(owner, np.arange(size))
        self._with_rows = np.flatnonzero(np.bincount(owner, minlength=size))
        self._starts = starts[self._with_rows]
        self._size = size

    def best(self, scores: Vector) -> Vector:
        found = np.zeros(self._size)
        if len(scores):
            found[self._with_rows] = np.maximum.reduceat(scores, self._starts)
        return found


def reciprocal_ranks(values: Vector) -> Vector:
    """10 / (10 + rank) of each value, the best having rank 0; zero where the value is zero."""
    order = np.argsort(-values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    return np.where(values > 0, 10 / (10 + ranks), 0.0)


def _leads_elsewhere(head: FicheHead) -> bool:
    return head.type in ("Recherche guidée", "Fiche avec liens externes")
