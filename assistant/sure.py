"""Whether the figures of an answer are sure enough to be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.aspects import numbers_of
from assistant.units import Unit
from vectorstore.text import fold

FIGURES_FROM = 0.55
"""From which chance on figures are said: that of the fiche, and of the likeliest unit with one."""
UNIT_COUNTS = 0.25
"""Power to which the unit's chance among those of its fiche is raised: its own counts less."""
ROW_COUNTS = 0.8
"""What the chance of a table's row counts: the rows beside it state rivals of its figures."""
RIVAL = 2.0
"""How far behind (in log odds) an item left out may be, whose figure another of its list has."""


@dataclass(frozen=True)
class Rated:
    unit: Unit
    score: float
    answers: Mapping[str, float]
    """Aspect asked -> what of the score comes from answering it."""


def figures_are_sure(chosen: Sequence[Rated], rated: Sequence[Rated], chance: float) -> bool:
    """Whether the likeliest of the chosen units with figures, if there is one, is sure enough."""
    odds = np.exp(np.array([r.score for r in rated]) - max(r.score for r in rated)).sum()
    top = max(r.score for r in rated)
    figures = [r for r in chosen if figures_of(r.unit)]
    if not figures:
        return True
    share = float(np.exp(max(r.score for r in figures) - top) / odds)
    if any(_has_rival(r, chosen, rated) for r in figures):
        return False
    rows = any(r.unit.kind == "row" for r in figures)
    sure = chance * share**UNIT_COUNTS * (ROW_COUNTS if rows else 1.0)
    return bool(sure >= FIGURES_FROM)


def figures_of(unit: Unit) -> set[str]:
    """Kinds of number that a unit states."""
    return numbers_of(fold(f"{unit.lead} {unit.text}"))


def _has_rival(one: Rated, chosen: Sequence[Rated], rated: Sequence[Rated]) -> bool:
    """Whether the list holds an item for another case, left out, that may well be the caller's."""
    return one.unit.kind == "item" and any(
        other.unit.passage is one.unit.passage
        and other.unit.list_place == one.unit.list_place
        and other.unit.kind == "item"
        and other.score >= one.score - RIVAL
        and figures_of(other.unit) & figures_of(one.unit)
        for other in rated
        if other not in chosen
    )
