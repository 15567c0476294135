"""The dense side's own geometry: vectors seen from their centre, and one learned vector per fiche.

Vectors of a general model all point much the same way, and questions lie apart from texts. Seen from
the centre of their own kind they tell fiches apart far better. What callers say of each fiche then
teaches one vector per fiche, and a small turn of the question's space, by softmax regression: the
names are the examples, the fiches the classes. No question of an evaluation takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from vectorstore.descent import Adam
from vectorstore.errors import SnapshotError

GEOMETRY = "geometry.npz"
EPOCHS = 3
BATCH = 1024
CLASSES_PER_BATCH = 4096
"""How many fiches compete in one step; with more fiches than this, a sample of them."""
SHARPNESS = 12.0
NOISE = 0.02
LEARNING_RATES = (2e-3, 5e-4)
"""Of the fiches' vectors and of the turn."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Geometry:
    """How a vector of the model becomes one that is compared."""

    question_centre: Matrix
    """Shape (d,)."""
    text_centre: Matrix
    """Shape (d,)."""
    turn: Matrix
    """Shape (d, d): applied to a centred question before it meets the fiches' learned vectors."""

    def texts(self, vectors: Matrix) -> Matrix:
        """Vectors of texts or names, shape (n, d), as they are stored."""
        return unit(vectors - self.text_centre)

    def question(self, vector: list[float]) -> Matrix:
        """A question's vector as it meets texts and names, shape (d,)."""
        return unit(np.asarray(vector, np.float32) - self.question_centre)

    def turned(self, question: Matrix) -> Matrix:
        """A centred question as it meets the fiches' learned vectors, shape (d,)."""
        return unit(question @ self.turn)

    def save(self, folder: Path) -> None:
        np.savez(
            folder / GEOMETRY,
            question_centre=self.question_centre,
            text_centre=self.text_centre,
            turn=self.turn,
        )

    @classmethod
    def open(cls, folder: Path) -> Geometry:
        """Read a snapshot's geometry.

        Raises:
            SnapshotError: missing or unreadable.
        """
        try:
            with np.load(folder / GEOMETRY, allow_pickle=False) as data:
                return cls(data["question_centre"], data["text_centre"], data["turn"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            path = folder / GEOMETRY
            raise SnapshotError(f"{path} : illisible ; relancer « souffleur sync »") from error


def learn(
    heads: Matrix, names: Matrix, owner: NDArray[np.int64], questions: Matrix
) -> tuple[Geometry, Matrix]:
    """The geometry of a corpus, and each fiche's vector in it.

    Args:
        heads: vectors of titles with descriptions, shape (fiches, d).
        names: vectors of names, shape (n, d).
        owner: for each name, the place of its fiche, ascending; every fiche has one at least.
        questions: vectors of some names embedded as questions.

    Returns:
        The geometry, and the learned vectors, shape (fiches, d), of length 1.
    """
    text_centre = names.mean(axis=0)
    size = heads.shape[1]
    plain = Geometry(questions.mean(axis=0), text_centre, np.eye(size, dtype=np.float32))
    examples = plain.texts(names)
    starts = np.searchsorted(owner, np.arange(len(heads)))
    fiches = unit(unit(np.add.reduceat(examples, starts)) + unit(heads - heads.mean(axis=0)))
    turn = plain.turn
    steps = (Adam(fiches, LEARNING_RATES[0]), Adam(turn, LEARNING_RATES[1]))
    random = np.random.default_rng(0)
    for _ in range(EPOCHS):
        order = random.permutation(len(examples))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            noise = random.normal(0, NOISE, (len(batch), size)).astype(np.float32)
            _step(examples[batch] + noise, owner[batch], fiches, turn, steps, random)
    return Geometry(plain.question_centre, text_centre, turn), unit(fiches)


def _step(
    examples: Matrix,
    right: NDArray[np.int64],
    fiches: Matrix,
    turn: Matrix,
    steps: tuple[Adam, Adam],
    random: np.random.Generator,
) -> None:
    """One step of softmax regression; ``fiches`` and ``turn`` are changed in place."""
    classes = np.arange(len(fiches))
    if len(classes) > CLASSES_PER_BATCH:
        others = random.choice(len(classes), CLASSES_PER_BATCH, replace=False)
        classes = np.union1d(right, others)
    rivals = fiches[classes]
    turned = examples @ turn
    chances = SHARPNESS * turned @ rivals.T
    chances = np.exp(chances - chances.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances[np.arange(len(right)), np.searchsorted(classes, right)] -= 1
    slope = np.zeros_like(fiches)
    slope[classes] = SHARPNESS * chances.T @ turned / len(examples)
    steps[1].move(SHARPNESS * examples.T @ (chances @ rivals) / len(examples))
    steps[0].move(slope)


def unit(vectors: NDArray[Any]) -> Matrix:
    """Vectors of length 1; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)
