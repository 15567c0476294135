"""Which units of a fiche answer a question that callers were expected to ask.

A question of a caller that resembles one of those in ``vectorstore/anticipated.tsv`` is answered by
the same units. The marks hold as long as the unit's words do: figures may change;
``python -m evals.anticipating`` lists the units of a fiche and takes in what a reader wrote.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.units import Unit, units_of
from vectorstore.anticipated import anticipated, runs_of
from vectorstore.fiche import Passage
from vectorstore.text import fold

SHARPNESS = 15.0
"""How much likelier a question that resembles more is the one that is meant."""
SHARES = (1.0, 0.8, 0.65, 0.5, 0.4)
"""What the first, second, third… unit of an answer counts."""
RECENT_FICHES = 64
"""What was read of so many fiches is kept, as agents come back to the page of their call."""

_DIGITS = re.compile(r"\d+(?:[ .,]\d+)*")

Vector = NDArray[np.float64]


def anchor_of(unit: Unit) -> str:
    """What a unit is known by: its words and those of its lead, whatever the figures."""
    return _anchor(unit.lead, unit.text)


@lru_cache(maxsize=2048)
def _anchor(lead: str, words_said: str) -> str:
    text = _DIGITS.sub("0", fold(f"{lead} | {words_said}"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def chances_of(question: str, fiche: str, units: Sequence[Unit]) -> Vector:
    """For each unit, the chance, 0 to 1, that it is of the answer meant, if one anticipated is.

    Args:
        question: the caller's, with the topic of the call in front when it is a follow-up.
        fiche: its id; nothing is known of one that nobody has read yet.
        units: those in force.

    Returns:
        Shape (len(units),).
    """
    chances = np.zeros(len(units))
    known = _runs_of(fiche)
    if not known:
        return chances
    asked = _runs(question)
    cosines = np.array([_cosine(asked, runs) for _, runs in known])
    meant = np.exp(SHARPNESS * (cosines - cosines.max()))
    meant /= meant.sum()
    places: dict[str, list[int]] = {}
    for place, unit in enumerate(units):
        places.setdefault(anchor_of(unit), []).append(place)
    for (anchors, _), chance in zip(known, meant, strict=True):
        for rank, anchor in enumerate(anchors):
            for place in places.get(anchor, ()):
                chances[place] += chance * SHARES[min(rank, len(SHARES) - 1)]
    return chances


def passage_chances(question: str, fiche: str, passages: Sequence[Passage]) -> Vector:
    """The same for each passage: that of its likeliest unit, at most 1; shape (len(passages),)."""
    units = [unit for passage in passages for unit in units_of(passage)]
    best = {passage.id: 0.0 for passage in passages}
    for unit, chance in zip(units, chances_of(question, fiche, units), strict=True):
        best[unit.passage.id] = min(max(best[unit.passage.id], float(chance)), 1.0)
    return np.array([best[passage.id] for passage in passages])


@lru_cache(maxsize=RECENT_FICHES)
def _runs_of(fiche: str) -> tuple[tuple[tuple[str, ...], dict[str, float]], ...]:
    """Of each question anticipated of a fiche, its anchors and runs; some 60 kB a fiche."""
    return tuple((known.anchors, _runs(known.text)) for known in anticipated().get(fiche, ()))


def _runs(text: str) -> dict[str, float]:
    """Runs of letters with their counts, divided so that the squares add up to 1."""
    counts = Counter(runs_of(text))
    length = math.sqrt(sum(count**2 for count in counts.values())) or 1.0
    return {run: count / length for run, count in counts.items()}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(value * other[run] for run, value in one.items() if run in other)
