"""Why a right fiche does not come first: each failed question under the first cause that holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.sayable import UNSAYABLE_TYPES
from evals.ablation import Judged, Weighed
from evals.statistics import rate
from vectorstore.fiche import Fiche
from vectorstore.lexical import FIELDS
from vectorstore.ranking import Weights, scores
from vectorstore.snapshot import Snapshot
from vectorstore.text import stems

LEAST_WORDS_FOUND = 0.5
"""Share of a question's words that a right fiche holds, below which the words are the cause."""


@dataclass(frozen=True)
class Failure:
    """A question whose first fiche is wrong, though a right one is among the candidates."""

    asked: frozenset[str]
    """Stems of the question's own words."""
    first: Fiche
    right: tuple[Fiche, ...]
    """The right fiches among the candidates."""
    snapshot: Snapshot


def _guide_first(failure: Failure) -> bool:
    return failure.first.type.startswith(UNSAYABLE_TYPES)


def _sibling_first(failure: Failure) -> bool:
    dossier = failure.first.dossier
    return dossier is not None and any(
        fiche.dossier is not None and fiche.dossier.id == dossier.id for fiche in failure.right
    )


def _words_missing(failure: Failure) -> bool:
    lexical, position = failure.snapshot.lexical, failure.snapshot.position
    places = [position[fiche.id] for fiche in failure.right]
    held = np.zeros(len(places))
    for stem in failure.asked:
        found = np.zeros(len(places), bool)
        for name in FIELDS:
            found |= lexical.scores(name, {stem: 1.0})[places] > 0
        held += found
    return float(held.max()) < LEAST_WORDS_FOUND * len(failure.asked)


def _other_audience(failure: Failure) -> bool:
    audiences = set(failure.first.audiences)
    return all(audiences.isdisjoint(fiche.audiences) for fiche in failure.right)


def _other_theme(failure: Failure) -> bool:
    def theme(fiche: Fiche) -> str:
        return fiche.theme.id if fiche.theme else ""

    return all(theme(fiche) != theme(failure.first) for fiche in failure.right)


FAILED, NOT_A_CANDIDATE, OTHER = "failed", "not_a_candidate", "other"
_TESTS: dict[str, Callable[[Failure], bool]] = {
    "guide_first": _guide_first,
    "sibling_first": _sibling_first,
    "words_missing": _words_missing,
    "other_audience": _other_audience,
    "other_theme": _other_theme,
}
CAUSES = (FAILED, NOT_A_CANDIDATE, *_TESTS, OTHER)


def causes(judged: Sequence[Judged], weights: Weights, snapshot: Snapshot) -> dict[str, Any]:
    """The ``retrieval.causes`` object of ``evals run --json``.

    Returns:
        Cause -> ``share`` of the failed questions, and their ``items``.
    """
    found = {one.item: (cause_of(one, weights, snapshot), one.cluster) for one in judged}
    failed = {item: cause for item, cause in found.items() if cause[0] is not None}
    clusters = [cluster for _, cluster in failed.values()]
    return {
        name: {
            "share": rate([cause == name for cause, _ in failed.values()], clusters).as_dict(),
            "items": [item for item, (cause, _) in failed.items() if cause == name],
        }
        for name in CAUSES
    }


def cause_of(judged: Judged, weights: Weights, snapshot: Snapshot) -> str | None:
    """Why the first fiche is wrong; None when it is right."""
    weighed = judged.weighed
    if weighed is None:
        return FAILED
    right = tuple(snapshot.fiche(fiche) for fiche in weighed.fiches if fiche in judged.right)
    if not right:
        return NOT_A_CANDIDATE
    first = _first(weighed, weights)
    if first in judged.right:
        return None
    asked = frozenset(stems(weighed.query.embedded()))
    failure = Failure(asked, snapshot.fiche(first), right, snapshot)
    return next((name for name, holds in _TESTS.items() if holds(failure)), OTHER)


def _first(weighed: Weighed, weights: Weights) -> str:
    return weighed.fiches[int(np.argmax(scores(weighed.features, weights)))]
