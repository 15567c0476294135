"""A text classifier whose classes are the fiches, learned at build time from what callers say.

A question is read as its stems, its runs of letters and, where there is one, its embedding; each has
a learned vector, their sum is compared with one learned vector per fiche, and softmax regression
teaches them all. The examples are the fiches' names and the questions foreseen of them: no question
of an evaluation takes part. Two such models that started apart are averaged, which steadies both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from vectorstore.bags import Matrix, Vocabulary, stems_and_runs_in, thinned
from vectorstore.descent import Adam
from vectorstore.download import Report
from vectorstore.errors import SnapshotError
from vectorstore.geometry import unit

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

CLASSIFIER = "classifier.npz"
MEMBERS = 2
SIZE = 192
"""Dimensions of the space in which questions meet fiches."""
RARE = 3
"""A part of a text seen less often is left out: a name that one page alone uses teaches nothing."""
EPOCHS = 5
BATCH = 1024
SHARPNESS = 12.0
PARTS_DROPPED = 0.3
"""Share of a text's parts hidden at each step, as callers leave words out."""
NOISE = 0.02
LEARNING_RATES = (2e-3, 5e-4)
"""Of the parts' and the fiches' vectors, and of the turn of embeddings."""


@dataclass(frozen=True)
class FicheClassifier:
    """How much a question sounds like those that are asked of each fiche."""

    vocabulary: Vocabulary
    parts: NDArray[np.float16]
    """The largest part of the memory: two bytes a value; shape (members, parts, size)."""
    turn: Matrix
    """What brings a centred embedding into the space, shape (members, d, size)."""
    fiches: Matrix
    """Of length 1, shape (members, fiches, size)."""

    def cosines(self, question: str, embedding: Matrix | None) -> Matrix:
        """Cosine of a question with every fiche, the mean over the members, shape (fiches,).

        Args:
            question: its text.
            embedding: centred, of length 1, shape (d,); None while embeddings are lost.
        """
        rows, weights = self.vocabulary.bag(stems_and_runs_in(question))
        total = np.zeros(self.fiches.shape[1], np.float32)
        for parts, turn, fiches in zip(self.parts, self.turn, self.fiches, strict=True):
            place = weights @ parts[rows].astype(np.float32)
            if embedding is not None:
                place = place + embedding @ turn
            total += fiches @ unit(place)
        return np.asarray(total / len(self.parts), np.float32)

    def save(self, folder: Path) -> None:
        """Write it in a snapshot's folder, two bytes a value."""
        np.savez(
            folder / CLASSIFIER,
            vocabulary=self.vocabulary.as_array(),
            rarity=self.vocabulary.rarity,
            parts=self.parts,
            turn=self.turn.astype(np.float16),
            fiches=self.fiches.astype(np.float16),
        )

    @classmethod
    def open(cls, folder: Path) -> FicheClassifier:
        """Read a snapshot's classifier.

        Raises:
            SnapshotError: missing or unreadable.
        """
        path = folder / CLASSIFIER
        try:
            with np.load(path, allow_pickle=False) as data:
                return cls(
                    Vocabulary.from_array(data["vocabulary"], data["rarity"]),
                    data["parts"],
                    data["turn"].astype(np.float32),
                    data["fiches"].astype(np.float32),
                )
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise SnapshotError(f"{path} : illisible ; relancer « souffleur sync »") from error


def learn_classifier(
    texts: Sequence[str],
    embeddings: Matrix,
    owner: NDArray[np.int64],
    fiches: int,
    report: Report,
) -> FicheClassifier:
    """Learn to tell the fiches apart.

    Args:
        texts: what is said of fiches.
        embeddings: of the texts, centred, of length 1, shape (len(texts), d); a row of zeros where
            a text has none.
        owner: for each text, the place of its fiche.
        fiches: how many there are.
        report: told how far it is.
    """
    read = [stems_and_runs_in(text) for text in texts]
    vocabulary = Vocabulary.of(read, RARE)
    bags = vocabulary.bags(read)
    members = [_Member(bags, embeddings, owner, fiches, seed) for seed in range(MEMBERS)]
    for done, (member, _) in enumerate(product(members, range(EPOCHS)), 1):
        member.epoch()
        report("Apprentissage des questions", done, MEMBERS * EPOCHS)
    return FicheClassifier(
        vocabulary,
        np.stack([member.parts.astype(np.float16) for member in members]),
        np.stack([member.turn for member in members]),
        np.stack([unit(member.fiches) for member in members]),
    )


class _Member:
    """One model while it learns."""

    def __init__(
        self,
        bags: csr_matrix,
        embeddings: Matrix,
        owner: NDArray[np.int64],
        fiches: int,
        seed: int,
    ) -> None:
        self._bags = bags
        self._embeddings = embeddings
        self._owner = owner
        self._random = np.random.default_rng(seed)
        self.parts: Matrix = self._drawn(bags.shape[1]) * np.float32(0.5)
        self.turn = self._drawn(embeddings.shape[1])
        sums = np.zeros((fiches, SIZE), np.float32)
        np.add.at(sums, owner, embeddings @ self.turn + bags @ self.parts)
        self.fiches: Matrix = unit(sums)
        own, turn = LEARNING_RATES
        self._steps = (Adam(self.parts, own), Adam(self.turn, turn), Adam(self.fiches, own))

    def _drawn(self, rows: int) -> Matrix:
        drawn = self._random.standard_normal((rows, SIZE), np.float32)
        return np.asarray(drawn / np.sqrt(SIZE), np.float32)

    def epoch(self) -> None:
        """Go through all examples once, in a new order."""
        order = self._random.permutation(len(self._owner))
        for start in range(0, len(order), BATCH):
            self._step(order[start : start + BATCH])

    def _step(self, batch: NDArray[np.int64]) -> None:
        bags = thinned(self._bags[batch], PARTS_DROPPED, self._random)
        embeddings = self._embeddings[batch]
        known = embeddings.any(axis=1, keepdims=True)
        noise = self._random.standard_normal(embeddings.shape, np.float32)
        embeddings = embeddings + noise * (np.float32(NOISE) * known)
        places = embeddings @ self.turn + bags @ self.parts
        length = np.linalg.norm(places, axis=1, keepdims=True) + np.float32(1e-9)
        places /= length
        chances = SHARPNESS * (places @ self.fiches.T)
        chances = np.exp(chances - chances.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        chances[np.arange(len(batch)), self._owner[batch]] -= 1
        chances *= SHARPNESS / len(batch)
        slope = chances @ self.fiches
        slope = (slope - places * (slope * places).sum(axis=1, keepdims=True)) / length
        parts, turn, fiches = self._steps
        fiches.move(chances.T @ places)
        turn.move(embeddings.T @ slope)
        parts.move(bags.T @ slope)
