"""Where the answer stands: how likely in one of the cases left open, and not in all of them.

A question is worth putting back only if what answers the caller differs from case to case. The
chooser's scores tell which unit answers best; where it stands outside the cases, or where each of them
says the same, nothing needs to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from assistant.choose import Asked, sayable_units, scores_of
from assistant.quantities import Quantity
from assistant.question import Understood
from assistant.units import Unit, words_of
from vectorstore.evidence import Query
from vectorstore.fiche import Fiche, Passage

SAME_WORDS = 0.8
"""Share of the stems of two units from which they say the same, if their figures are the same."""
FOLLOW_UP = " — "
"""What stands between the topic of the call and a follow-up."""
_FIGURES = re.compile(r"\d+(?:[ ,.]\d+)*")


class Standing:
    """The chance of each unit of a fiche that it is the one that answers.

    Args:
        question: the standalone question.
        quantities: numbers that the caller said.
        fiche: the page that answers.
        passages: those that nothing excludes.
    """

    def __init__(
        self,
        question: str,
        quantities: tuple[Quantity, ...],
        fiche: Fiche,
        passages: Sequence[Passage],
    ) -> None:
        *topic, own = question.split(FOLLOW_UP)
        asked = Asked.of(Understood(query=Query(own, topic=FOLLOW_UP.join(topic))), quantities)
        self._units = sayable_units(p for p in passages if p.kind != "warning")
        scores = scores_of(asked, fiche, self._units)
        odds = np.exp(scores - scores.max(initial=0.0))
        self._chances = odds / (odds.sum() or 1.0)

    def differing(self, cases: Sequence[Sequence[str]]) -> float:
        """The chance, 0 to 1, that what answers stands in one of the cases and not in all.

        Args:
            cases: for each, the texts of its passages, or its line of a table or list with its mark.
        """
        held = [{n for n, unit in enumerate(self._units) if _stands(unit, own)} for own in cases]
        chance = 0.0
        for n in set.union(*held):
            said = [n in own or any(self._same(n, other) for other in own) for own in held]
            chance += 0.0 if all(said) else float(self._chances[n])
        return chance

    def _same(self, one: int, other: int) -> bool:
        """Whether two units say the same, figures and all."""
        here, there = self._units[one].text, self._units[other].text
        if here == there:
            return True
        mine, theirs = words_of(here).stems, words_of(there).stems
        if len(mine & theirs) < SAME_WORDS * len(mine | theirs):
            return False
        return set(_FIGURES.findall(here)) == set(_FIGURES.findall(there))


def _stands(unit: Unit, own: Sequence[str]) -> bool:
    return unit.passage.text in own or f"- {unit.text}" in own
