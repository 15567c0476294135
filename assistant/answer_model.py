"""Which unit of a fiche answers a question, as learned from the questions foreseen of all fiches.

Readers marked the units that answer 60,000 questions; from these pairs two towers are learned: the
parts of a question on one side, those of a unit and of what stands around it on the other, each with
a vector. They know that "combien" is answered by a sum and "toubib" by a doctor in fiches that nobody
has read, too; and as they were learned against the units of like fiches also, they tell which of two
fiches holds the answer. ``answer_model.npz`` holds the vectors; ``python -m evals.answer_training``
learns them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.aspects import numbers_of
from assistant.units import Unit, words_of
from vectorstore.bags import Bag, Matrix, Vocabulary, stems_and_runs_in

MODEL_FILE = Path(__file__).parent / "answer_model.npz"
SHARPNESS = 4.0
UNITS_KEPT = 4096
"""Of so many units the vector is kept, as agents come back to the page of their call."""
Surroundings = tuple[str, str, tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Title of the fiche, lead, sections and cases."""
WORDS_A_STEP = 6
LONGEST, LAST_PLACE = 7, 4


@dataclass(frozen=True)
class Side:
    """One vocabulary and its vectors, shape (members, parts, size)."""

    vocabulary: Vocabulary
    vectors: Matrix

    def place(self, bag: Bag) -> Matrix:
        """The vector of a bag, shape (members, size)."""
        rows, weights = bag
        return np.asarray(weights @ self.vectors.take(rows, axis=1), np.float32)


@dataclass(frozen=True, eq=False)
class AnswerModel:
    """Two towers: the question's side, and that of a unit's own words and of what is around it."""

    question: Side
    own: Side
    around: Side

    def scores(self, question: str, title: str, units: Sequence[Unit]) -> NDArray[np.float64]:
        """How well each unit answers, the mean over the members; differences are log odds.

        Args:
            question: the caller's, with the topic of the call in front when it is a follow-up.
            title: of the fiche.
            units: of that fiche.

        Returns:
            Shape (len(units),).
        """
        return self.compared(self.asked(question), self.places(title, units))

    def asked(self, question: str) -> Matrix:
        """Where a question stands, shape (members, size)."""
        return self.question.place(self.question.vocabulary.bag(question_parts(question)))

    def places(self, title: str, units: Sequence[Unit]) -> Matrix:
        """Where units stand, shape (len(units), members, size)."""
        return np.stack([_place(self, title, unit) for unit in units])

    @staticmethod
    def compared(asked: Matrix, places: Matrix) -> NDArray[np.float64]:
        """How well the units at these places answer what is asked, shape (units,)."""
        products = np.einsum("ums,ms->u", places, asked) / len(asked)
        return np.asarray(SHARPNESS * products, float)

    @classmethod
    @cache
    def load(cls, path: Path = MODEL_FILE) -> AnswerModel:
        with np.load(path, allow_pickle=False) as data:
            return cls(
                *(
                    Side(
                        Vocabulary.from_array(data[f"{name}_words"], data[f"{name}_rarity"]),
                        data[f"{name}_steps"] * data[f"{name}_scale"],
                    )
                    for name in ("question", "own", "around")
                )
            )


@lru_cache(maxsize=UNITS_KEPT)
def _place(model: AnswerModel, title: str, unit: Unit) -> Matrix:
    own = model.own.place(model.own.vocabulary.bag(own_parts(unit)))
    passage = unit.passage
    return own + _around(model, (title, unit.lead, passage.section, passage.cases))


@lru_cache(maxsize=UNITS_KEPT // 4)
def _around(model: AnswerModel, near: Surroundings) -> Matrix:
    return model.around.place(model.around.vocabulary.bag(parts_of(*near)))


def question_parts(question: str) -> list[str]:
    """The parts of a question, and one that all questions have."""
    return [*stems_and_runs_in(question), "k:question"]


def own_parts(unit: Unit) -> list[str]:
    """The stems of a unit and what kind of thing it is."""
    own = words_of(unit.text)
    length = min(len(own.folded.split()) // WORDS_A_STEP, LONGEST)
    return [
        *(f"s:{stem}" for stem in sorted(own.stems)),
        f"k:{unit.kind}",
        f"k:{unit.passage.kind}",
        f"k:place {min(unit.place, LAST_PLACE)}",
        f"k:length {length}",
        *(f"k:{kind}" for kind in sorted(numbers_of(own.folded))),
    ]


def around_parts(title: str, unit: Unit) -> list[str]:
    """The stems of the lead, the sections and the cases of a unit, and those of the fiche's title."""
    return parts_of(title, unit.lead, unit.passage.section, unit.passage.cases)


def parts_of(
    title: str, lead: str, section: Sequence[str], cases: Sequence[Sequence[str]]
) -> list[str]:
    """The same of what is around a unit, which many have in common."""
    texts = (lead, " / ".join(section), " / ".join(name for case in cases for name in case))
    near = sorted({stem for text in texts for stem in words_of(text).stems})
    return [
        *(f"s:{stem}" for stem in near),
        *(f"t:{stem}" for stem in sorted(words_of(title).stems)),
    ]
