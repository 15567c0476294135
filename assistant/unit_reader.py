"""Which of the fiches found holds an answer: the best of its units, by the learned answer model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from assistant.answer_model import AnswerModel
from assistant.choose import sayable_units
from assistant.units import Unit
from vectorstore.bags import Matrix
from vectorstore.snapshot import Snapshot

FICHES_KEPT = 256
"""Of so many fiches the places of the units are kept; some 30 kB each."""


def units_to_read(snapshot: Snapshot, fiche: str) -> list[Unit]:
    """All units of a fiche that can be said, whatever the case; their places are their numbers."""
    return sayable_units(p for p in snapshot.passages(fiche) if p.kind != "warning")


class UnitReader:
    """Reads fiches of one snapshot; see ``vectorstore.search.Reader``."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._model = AnswerModel.load()
        self._kept = lru_cache(maxsize=FICHES_KEPT)(self._places)

    def __call__(self, question: str, fiches: Sequence[str]) -> list[float]:
        """How well the best unit of each fiche answers, whatever the case; 0 where none does."""
        asked = self._model.asked(question)
        return [
            float(self._model.compared(asked, self._kept(fiche)).max(initial=0.0))
            for fiche in fiches
        ]

    def prepare(self, fiche: str) -> None:
        """Have the places of a fiche's units at hand."""
        self._kept(fiche)

    def _places(self, fiche: str) -> Matrix:
        units = units_to_read(self._snapshot, fiche)
        if not units:
            return np.zeros((0, *self._model.own.vectors.shape[::2]), np.float32)
        return self._model.places(self._snapshot.heading(fiche).title, units)
