"""Texts as weighed bags of parts: stems, runs of letters, marks. What the learned models read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vectorstore.anticipated import runs_of
from vectorstore.text import stems

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Matrix = NDArray[np.float32]
Bag = tuple[NDArray[np.int64], Matrix]
"""Rows of a vocabulary, and the weight of each."""


def stems_in(text: str) -> list[str]:
    """The distinct stems of a text, as parts."""
    return list(dict.fromkeys(f"s:{stem}" for stem in stems(text)))


def stems_and_runs_in(text: str) -> list[str]:
    """The same with the distinct runs of letters, which survive misspelling."""
    return [*stems_in(text), *dict.fromkeys(f"r:{run}" for run in runs_of(text))]


@dataclass(frozen=True)
class Vocabulary:
    """The parts that a model knows, and how rare each is."""

    rows: dict[str, int]
    rarity: Matrix
    """Inverse document frequency, shape (parts,)."""

    @classmethod
    def of(cls, read: Sequence[Sequence[str]], rare: int) -> Vocabulary:
        """The parts that stand in ``rare`` texts at least.

        Args:
            read: the distinct parts of each text.
            rare: how many texts a part must stand in.
        """
        counts = Counter(part for parts in read for part in parts)
        kept = sorted(part for part, count in counts.items() if count >= rare)
        rarity = [np.log(1 + len(read) / (1 + counts[part])) for part in kept]
        return cls({part: row for row, part in enumerate(kept)}, np.array(rarity, np.float32))

    @classmethod
    def from_array(cls, rows: NDArray[np.uint8], rarity: Matrix) -> Vocabulary:
        """What ``as_array`` gave, read again."""
        words = json.loads(rows.tobytes())
        return cls({word: row for row, word in enumerate(words)}, rarity.astype(np.float32))

    def as_array(self) -> NDArray[np.uint8]:
        """The parts as JSON, for an array file."""
        return np.frombuffer(json.dumps(list(self.rows), ensure_ascii=False).encode(), np.uint8)

    def bag(self, parts: Iterable[str]) -> Bag:
        """The known ones of these parts; the weights of each kind of part have length 1."""
        kinds: dict[str, list[int]] = {}
        for part in parts:
            row = self.rows.get(part)
            if row is not None:
                kinds.setdefault(part[0], []).append(row)
        if not kinds:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        weights = []
        for rows in kinds.values():
            values = self.rarity[rows]
            weights.append(values / np.linalg.norm(values))
        found = np.array([row for rows in kinds.values() for row in rows], np.int64)
        return found, np.concatenate(weights).astype(np.float32)

    def bags(self, read: Sequence[Sequence[str]]) -> csr_matrix:
        """The bag of each text, shape (len(read), parts)."""
        from scipy.sparse import csr_matrix

        found = [self.bag(parts) for parts in read]
        ends = np.cumsum([0, *(len(rows) for rows, _ in found)])
        rows = np.concatenate([rows for rows, _ in found])
        weights = np.concatenate([weights for _, weights in found])
        return csr_matrix((weights, rows, ends), (len(read), len(self.rows)))


def thinned(bags: csr_matrix, share: float, random: np.random.Generator) -> csr_matrix:
    """Bags with a share of their parts hidden by chance, the others raised in proportion."""
    kept = random.random(len(bags.data), np.float32) >= share
    bags.data = bags.data * kept / np.float32(1 - share)
    return bags
