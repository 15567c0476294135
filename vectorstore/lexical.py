"""BM25 over the fields of a fiche and over passages (``bm25s``), saved with the snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from vectorstore.text import stems

FIELDS = ("title", "alias", "description", "breadcrumb", "sections", "questions", "body")
PASSAGES = "passages"

Scores = NDArray[np.float32]


def build_field(texts: Sequence[str], folder: Path) -> None:
    """Index ``texts`` and save the index in ``folder``; document n is text n."""
    tokens = [stems(text) if text.strip() else ["∅"] for text in texts]
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    index.index(tokens, show_progress=False)
    folder.mkdir(parents=True, exist_ok=True)
    index.save(str(folder), show_progress=False)


class LexicalIndex:
    """The saved indexes, memory-mapped."""

    def __init__(self, fields: Mapping[str, bm25s.BM25]) -> None:
        self._fields = fields

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        names = (*FIELDS, PASSAGES)
        return cls({name: bm25s.BM25.load(str(folder / name), mmap=True) for name in names})

    def scores(self, field: str, question_stems: Sequence[str]) -> Scores:
        """BM25 of each document of the field, in the order of indexing; zeros if no stem is known."""
        index = self._fields[field]
        known = [stem for stem in question_stems if stem in index.vocab_dict]
        if not known:
            return np.zeros(index.scores["num_docs"], np.float32)
        return np.asarray(index.get_scores(known), np.float32)
