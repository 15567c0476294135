"""What each field and stage of the search contributes, from the features weighed for each question.

No question is asked twice: the features are those on which the run's own rankings were decided. The
candidates stay the same throughout; only what orders them changes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.statistics import mean_rate, rate
from vectorstore.evidence import Query
from vectorstore.ranking import FEATURES, Vector, Weights

GROUPS: dict[str, tuple[str, ...]] = {
    "title": ("title", "title_asked"),
    "other_names": ("alias", "names", "rank_names"),
    "spoken": ("spoken", "asked_in_spoken"),
    "anticipated": ("anticipated",),
    "answer": ("answer",),
    "description": ("description",),
    "breadcrumb": ("breadcrumb",),
    "sections": ("sections",),
    "questions": ("questions",),
    "body": ("body", "asked_in_body"),
    "fields_together": ("rank_fields",),
    "passages": ("passages", "rank_passages"),
    "text_vectors": ("dense_texts", "rank_dense_texts"),
    "name_vectors": ("dense_names", "rank_dense_names"),
    "learned_vectors": ("dense_fiches", "rank_dense_fiches"),
    "classifier": ("classifier", "rank_classifier"),
    "siblings": ("siblings",),
    "traits": ("traits_told", "traits_denied", "traits_rare"),
    "mentions": ("mentions",),
    "page_kind": ("guided", "question_page", "professional"),
}
"""Group -> its features; every feature stands in one group."""
CUTS = (1, 5)


@dataclass(frozen=True)
class Weighed:
    """What the search weighed for one question."""

    query: Query
    fiches: tuple[str, ...]
    """The candidates."""
    features: Vector
    """Shape (len(fiches), len(FEATURES))."""


@dataclass(frozen=True)
class Judged:
    """A question, what was weighed for it, and which fiches are right."""

    item: str
    cluster: Hashable
    right: frozenset[str]
    weighed: Weighed | None
    """None when the search failed on it."""

    def marks(self) -> NDArray[np.bool_]:
        """Whether each candidate is right."""
        fiches = self.weighed.fiches if self.weighed else ()
        return np.array([fiche in self.right for fiche in fiches], bool)


def ablation(judged: Sequence[Judged], weights: Weights) -> dict[str, Any]:
    """The ``retrieval.ablation`` object of ``evals run --json``.

    Returns:
        ``candidates``: the share of questions with a right fiche among the candidates. ``stages``:
        success of the plain sum of ranks, which also picks the candidates, and of the learned
        fusion. ``groups``: for each group of features, success with it alone and without it; all
        weights are kept, and a group whose weights are all zero counts its features evenly alone.
    """
    clusters = [one.cluster for one in judged]
    marks = [one.marks() for one in judged]
    learned = weights.vector()
    ranks = np.array([float("rank_" in name) for name in FEATURES])

    def measured(vector: Vector) -> dict[str, Any]:
        return _success(judged, marks, clusters, lambda features: features @ vector)

    groups = {}
    for name, features in GROUPS.items():
        inside = np.array([feature in features for feature in FEATURES])
        alone = np.where(inside, learned, 0.0)
        groups[name] = {
            "alone": measured(alone if alone.any() else inside.astype(float)),
            "without": measured(np.where(inside, 0.0, learned)),
        }
    return {
        "candidates": rate([bool(mark.any()) for mark in marks], clusters).as_dict(),
        "stages": {"sum_of_ranks": measured(ranks), "fusion": measured(learned)},
        "groups": groups,
    }


def _success(
    judged: Sequence[Judged],
    marks: Sequence[NDArray[np.bool_]],
    clusters: Sequence[Hashable],
    scored: Callable[[Vector], Vector],
) -> dict[str, Any]:
    """success@k of an order of the candidates."""
    values = [scored(one.weighed.features) if one.weighed else np.zeros(0) for one in judged]
    return {
        f"success@{cut}": mean_rate(
            [expected_success(v, m, cut) for v, m in zip(values, marks, strict=True)], clusters
        ).as_dict()
        for cut in CUTS
    }


def expected_success(scores: Vector, right: NDArray[np.bool_], cut: int) -> float:
    """The chance of a right fiche among the best ``cut``, equal scores being drawn in any order.

    A field that says nothing gives all candidates the same score; the order in which they happen
    to stand must not count for it.
    """
    if not right.any():
        return 0.0
    best = scores[right].max()
    free = cut - int((scores > best).sum())
    tied = scores == best
    wrong, size = int((tied & ~right).sum()), int(tied.sum())
    missed = 1.0
    for drawn in range(min(free, size)):
        missed *= max(wrong - drawn, 0) / (size - drawn)
    return 1.0 - missed if free > 0 else 0.0
