"""BM25 over the fields of a fiche, its names and its passages (``bm25s``), saved with the snapshot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from vectorstore.anticipated import runs_of
from vectorstore.text import stems

FIELDS = (
    "title",
    "alias",
    "spoken",
    "description",
    "breadcrumb",
    "sections",
    "questions",
    "body",
)
"""One document per fiche."""
NAMES = "names"
"""One document per name of a fiche: its title, its aliases, what callers say."""
PASSAGES = "passages"
"""One document per passage."""
QUESTIONS = "anticipated"
"""One document per question that callers were expected to ask of a fiche; runs of letters, not stems."""
LENGTH_PENALTY = {NAMES: 0.5, QUESTIONS: 0.5}
"""BM25's b where it is not 0.75: names and questions are all short."""

Scores = NDArray[np.float32]


def build_field(name: str, texts: Sequence[str], folder: Path) -> None:
    """Index ``texts`` and save the index in ``folder/name``; document n is text n."""
    read = _distinct_runs if name == QUESTIONS else stems
    tokens = [read(text) if text.strip() else ["∅"] for text in texts] or [["∅"]]
    index = bm25s.BM25(method="lucene", k1=1.2, b=LENGTH_PENALTY.get(name, 0.75))
    index.index(tokens, show_progress=False)
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    index.save(str(place), show_progress=False)


def _distinct_runs(text: str) -> list[str]:
    return list(dict.fromkeys(runs_of(text)))


@dataclass(frozen=True)
class _Postings:
    """One index as its inverted lists: for word w, documents and scores from starts[w] on."""

    words: Mapping[str, int]
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    scores: NDArray[np.float32]
    size: int


class LexicalIndex:
    """The saved indexes, read into memory: files that change under the process must not end it."""

    def __init__(self, indexes: Mapping[str, bm25s.BM25]) -> None:
        self._postings = {
            name: _Postings(
                {stem: word for stem, word in index.vocab_dict.items() if stem},
                np.asarray(index.scores["indptr"]),
                np.asarray(index.scores["indices"]),
                np.asarray(index.scores["data"]),
                int(index.scores["num_docs"]),
            )
            for name, index in indexes.items()
        }

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        names = (*FIELDS, NAMES, QUESTIONS, PASSAGES)
        return cls({name: bm25s.BM25.load(str(folder / name), mmap=False) for name in names})

    def scores(self, field: str, weights: Mapping[str, float]) -> Scores:
        """BM25 of each document of the field, in the order of indexing.

        Args:
            weights: stem -> how much it counts.

        Returns:
            Shape (documents,); zeros where no stem is known.
        """
        index = self._postings[field]
        found = np.zeros(index.size, np.float32)
        for stem, weight in weights.items():
            word = index.words.get(stem)
            if word is not None:
                part = slice(int(index.starts[word]), int(index.starts[word + 1]))
                found[index.documents[part]] += weight * index.scores[part]
        return found

    def coverage(self, field: str, weights: Mapping[str, float]) -> Scores:
        """For each document of the field, the rarity of the asked stems that it holds.

        Args:
            weights: stem -> how much it counts.

        Returns:
            Shape (documents,), to be compared with ``rarity`` or ``mass``.
        """
        index = self._postings[field]
        found = np.zeros(index.size, np.float32)
        for stem, weight in weights.items():
            word = index.words.get(stem)
            if word is not None:
                part = slice(int(index.starts[word]), int(index.starts[word + 1]))
                found[index.documents[part]] += weight * self._inverse_frequency(stem)
        return found

    def mass(self, field: str) -> Scores:
        """For each document of the field, the rarity of all stems that it holds."""
        index = self._postings[field]
        found = np.zeros(index.size, np.float32)
        for stem, word in index.words.items():
            part = slice(int(index.starts[word]), int(index.starts[word + 1]))
            found[index.documents[part]] += self._inverse_frequency(stem)
        return found

    def rarity(self, weights: Mapping[str, float], field: str = PASSAGES) -> float:
        """Sum of the stems' inverse document frequencies over the field: how much was asked."""
        return sum(
            weight * self._inverse_frequency(stem, field) for stem, weight in weights.items()
        )

    def _inverse_frequency(self, stem: str, field: str = PASSAGES) -> float:
        """Over the field's documents; 0 for a stem that none holds."""
        index = self._postings[field]
        word = index.words.get(stem)
        count = int(index.starts[word + 1] - index.starts[word]) if word is not None else 0
        return math.log1p((index.size - count + 0.5) / (count + 0.5)) if count else 0.0
