"""What speaks for each fiche: a question -> the candidates and one column per feature.

Each column can be compared between questions: BM25 is divided by how much was asked, cosines are
spread out, ranks count from the question's best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vectorstore.anticipated import runs_of
from vectorstore.classifier import FicheClassifier
from vectorstore.geometry import Matrix
from vectorstore.lexical import FIELDS, NAMES, PASSAGES, QUESTIONS
from vectorstore.ranking import FEATURES, Vector
from vectorstore.snapshot import FicheHead, Snapshot
from vectorstore.text import stems
from vectorstore.traits import TitleTraits

CANDIDATES = 100
ADDED_WEIGHT = 0.5
"""Of official words put beside the caller's; those of the caller count 1."""
TOPIC_WEIGHT = 0.8
"""Of the words of the earlier question that a follow-up continues."""
BEST_QUESTIONS = 3
COSINE_SCALE = 5.0
"""Brings cosines of centred vectors, 0.2 to 0.8 for what is near, to the size of other features."""
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

    def runs(self) -> dict[str, float]:
        """Run of letters -> how much it counts; official words are not callers' own."""
        found = dict.fromkeys(runs_of(self.text), 1.0)
        for run in runs_of(self.topic) if self.topic else ():
            found.setdefault(run, TOPIC_WEIGHT)
        return found

    def weights(self) -> dict[str, float]:
        """Stem -> how much it counts."""
        found = dict.fromkeys(stems(self.text), 1.0)
        for text, weight in ((self.topic, TOPIC_WEIGHT), (self.added, ADDED_WEIGHT)):
            for stem in stems(text) if text else ():
                found.setdefault(stem, weight)
        return found


@dataclass(frozen=True)
class Near:
    """What the vectors say: place of a fiche -> cosine, for the nearest; empty without vectors."""

    texts: Mapping[int, float]
    names: Mapping[int, float]
    fiches: Mapping[int, float]
    """Of the fiche's learned vector."""
    question: Matrix | None
    """The question's own vector, centred, of length 1; None without vectors."""


NOTHING_NEAR = Near({}, {}, {}, None)


@dataclass(frozen=True)
class Candidates:
    """The fiches worth ranking, and what speaks for each."""

    positions: NDArray[np.int64]
    """Places in ``Snapshot.ids``, shape (n,)."""
    features: Vector
    """Shape (n, len(FEATURES))."""
    passage_scores: Vector
    """BM25 of every passage of the corpus."""


@dataclass(frozen=True)
class Lexical:
    """What the words of one question say."""

    columns: dict[str, Vector]
    """Name of a feature -> its value for each fiche of the snapshot."""
    passage_scores: Vector
    """For each passage of the snapshot."""


class Evidence:
    """The columns over one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._classifier = FicheClassifier.open(snapshot.folder)
        heads = snapshot.heads
        self._passages = Groups(snapshot.passage_owner, len(heads))
        self._names = Groups(snapshot.name_owner, len(heads))
        self._questions = Groups(snapshot.question_owner, len(heads))
        self._guided = np.array([float(_leads_elsewhere(head)) for head in heads])
        self._question_page = np.array([float("Question" in head.type) for head in heads])
        self._professional = np.array(
            [float("particuliers" not in head.audiences) for head in heads]
        )
        self._traits = TitleTraits([head.title for head in heads])
        self._mentions = np.log1p([float(head.mentions) for head in heads])
        self._title_mass = np.maximum(snapshot.lexical.mass("title"), 1e-6)
        _, self._dossier = np.unique(
            [head.dossier or head.id for head in heads], return_inverse=True
        )

    def lexical(self, query: Query) -> Lexical:
        """What the words of a question say of the fiches."""
        weights = query.weights()
        lexical = self._snapshot.lexical
        asked = float(np.sqrt(lexical.rarity(weights))) or 1.0
        columns: dict[str, Vector] = {
            name: lexical.scores(name, weights) / asked for name in FIELDS
        }
        columns["title_asked"] = lexical.coverage("title", weights) / self._title_mass
        for field in ("spoken", "body"):
            columns[f"asked_in_{field}"] = lexical.coverage(field, weights) / asked**2
        passage_scores = lexical.scores(PASSAGES, weights)
        columns["passages"] = self._passages.best(passage_scores) / asked
        columns["names"] = self._names.best(lexical.scores(NAMES, weights)) / asked
        columns["anticipated"] = self._anticipated(query)
        return Lexical(columns, passage_scores)

    def gather(self, query: Query, words: Lexical, near: Near) -> Candidates:
        """The candidates of a question.

        Args:
            query: the question.
            words: what its words say, as ``lexical`` gives it.
            near: what its vector says.
        """
        columns = dict(words.columns)
        columns["dense_texts"] = self._cosines(near.texts)
        columns["dense_names"] = self._cosines(near.names)
        columns["dense_fiches"] = self._cosines(near.fiches)
        columns["classifier"] = np.maximum(
            self._classifier.cosines(query.embedded(), near.question) * COSINE_SCALE, 0.0
        )
        columns["rank_fields"] = reciprocal_ranks(
            columns["title"] + columns["alias"] + columns["description"] + columns["body"]
        )
        columns["rank_names"] = reciprocal_ranks(columns["names"] + columns["spoken"])
        columns["rank_passages"] = reciprocal_ranks(columns["passages"])
        for name in ("dense_texts", "dense_names", "dense_fiches", "classifier"):
            columns[f"rank_{name}"] = reciprocal_ranks(columns[name])
        rough = np.sum([values for name, values in columns.items() if "rank_" in name], axis=0)
        positions = best_places(rough, CANDIDATES)
        own = rough[positions]
        columns["siblings"] = self._siblings(positions, own)
        columns |= self._traits.compared(query.embedded())
        columns["mentions"] = self._mentions
        columns["answer"] = np.zeros(len(self._guided))
        columns["guided"] = self._guided
        columns["question_page"] = self._question_page
        sounds_professional = bool(PROFESSIONAL & query.weights().keys())
        columns["professional"] = self._professional * (1.0 if sounds_professional else -1.0)
        matrix = np.stack([columns[name][positions] for name in FEATURES], axis=1)
        return Candidates(positions, matrix.astype(float), words.passage_scores)

    def _anticipated(self, query: Query) -> Vector:
        """How much the question resembles the three of each fiche's questions that it resembles most."""
        lexical, runs = self._snapshot.lexical, query.runs()
        asked = float(np.sqrt(lexical.rarity(runs, QUESTIONS))) or 1.0
        found = self._questions.mean_of_best(lexical.scores(QUESTIONS, runs), BEST_QUESTIONS)
        return found / asked

    def _cosines(self, near: Mapping[int, float]) -> Vector:
        """Cosines, scaled; a fiche that is not near gets the least of those that are."""
        if not near:
            return np.zeros(len(self._guided))
        values = np.full(len(self._guided), min(near.values()))
        values[list(near)] = list(near.values())
        return np.asarray(np.maximum(values, 0.0) * COSINE_SCALE)

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


class Groups:
    """Rows that belong to fiches, in ascending order of fiche: the best rows of each.

    Args:
        owner: for each row, the place of its fiche.
        size: how many fiches there are.
    """

    def __init__(self, owner: NDArray[np.int32], size: int) -> None:
        counts = np.bincount(owner, minlength=size)
        starts = np.searchsorted(owner, np.arange(size))
        self._with_rows = np.flatnonzero(counts)
        self._starts = starts[self._with_rows]
        self._column = np.arange(len(owner)) - starts[owner]
        self._owner = owner
        self._shape = (size, int(counts.max(initial=0)))

    def best(self, scores: Vector) -> Vector:
        """The best row of each fiche; 0 for a fiche without any."""
        found = np.zeros(self._shape[0])
        if len(self._owner):
            found[self._with_rows] = np.maximum.reduceat(scores, self._starts)
        return found

    def mean_of_best(self, scores: Vector, count: int) -> Vector:
        """The mean of the ``count`` best rows of each fiche; a row that is missing counts 0."""
        size, width = self._shape
        rows = np.zeros((size, max(width, count)), np.float32)
        if len(self._owner):
            rows[self._owner, self._column] = scores
        return np.asarray(np.partition(rows, -count, axis=1)[:, -count:].mean(axis=1))


def reciprocal_ranks(values: Vector) -> Vector:
    """10 / (10 + rank) of each value, the best having rank 0; zero where the value is zero."""
    order = best_places(values, len(values))
    found = np.zeros(len(values))
    found[order] = 10 / (10 + np.arange(len(order)))
    return found


def best_places(values: Vector, count: int) -> NDArray[np.int64]:
    """Places of the greatest values above zero, greatest first; of equal ones the earlier first.

    Only what can be among them is sorted: sorting is what grows most with the corpus.
    """
    places = np.flatnonzero(values > 0)
    if len(places) > count:
        least = np.partition(values[places], -count)[-count]
        places = places[values[places] >= least]
    return places[np.argsort(-values[places], kind="stable")][:count]


def _leads_elsewhere(head: FicheHead) -> bool:
    """Whether the page is a guide, a list of links or a checklist: it seldom states the rule."""
    return head.type.startswith(
        ("Recherche guidée", "Fiche avec liens externes", "Fiche Comment faire si")
    )
