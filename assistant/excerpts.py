"""What the fiches near the one that answers say to the same question, in their own words.

Where the search is not sure, the agent reads at a glance whether a neighbouring fiche is the right one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.card import Excerpt
from assistant.choose import read_in_passing, sayable_units
from assistant.units import Unit
from vectorstore.fiche import Fiche, Passage

UNITS = 5
"""Sentences, list items or rows of one fiche that are shown."""
MOST_CHARS = 320
"""A longer one is left to the fiche itself."""


def excerpts_of(question: str, fiche: Fiche, passages: Sequence[Passage]) -> list[Excerpt]:
    """The units that would answer best, in reading order, each under its titles.

    Args:
        question: with the topic of the call in front when it is a follow-up.
        fiche: a page that is near the question.
        passages: those of it that the search found best, whatever the case.
    """
    units = [
        unit
        for unit in sayable_units(p for p in passages if p.kind not in ("warning", "links"))
        if len(unit.text) <= MOST_CHARS
    ]
    if not units:
        return []
    scores = read_in_passing(question, fiche, units)
    best = sorted(np.argsort(-scores, kind="stable")[:UNITS])
    return [Excerpt(section=_titles(units[n]), quote=_quote(units[n])) for n in best]


def _titles(unit: Unit) -> str:
    case = unit.passage.cases[0] if unit.passage.cases else ()
    return " > ".join([*case, *unit.passage.section[-1:]])


def _quote(unit: Unit) -> str:
    """The unit with the words that introduce its list, as they stand."""
    return f"{unit.lead} {unit.text}" if unit.lead else unit.text
