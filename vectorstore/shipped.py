"""Vectors that come with the project: those of ``spoken.tsv``, which are the same for every corpus.

They are most of what a first build would have to compute. ``python -m evals.shipping`` writes them again
once phrases have changed; a phrase without its vector is embedded like any other text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SHIPPED_FILE = Path(__file__).parent / "spoken.npz"
STEPS = 127
"""A value is kept as a whole number of steps, of which the vector's greatest has this many."""

Matrix = NDArray[np.float32]


def key_of(text: str) -> int:
    """What a text is found by."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@cache
def shipped_vectors(path: Path = SHIPPED_FILE) -> Mapping[int, Matrix]:
    """Key of a text -> its vector by the embedded model, of length 1, shape (384,)."""
    with np.load(path, allow_pickle=False) as data:
        vectors = data["vectors"].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return dict(zip(map(int, data["keys"]), vectors, strict=True))


def write_shipped(texts: Sequence[str], vectors: Matrix, path: Path = SHIPPED_FILE) -> None:
    """Write vectors, shape (len(texts), d), in one byte a value."""
    keys = np.array([key_of(text) for text in texts], np.uint64)
    np.savez_compressed(path, keys=keys, vectors=in_steps(vectors)[0])


def in_steps(vectors: Matrix) -> tuple[NDArray[np.int8], Matrix]:
    """Vectors, shape (…, d), in one byte a value, and how long a step is in each, shape (…, 1)."""
    scale = np.abs(vectors).max(axis=-1, keepdims=True) / STEPS
    return np.round(vectors / scale).astype(np.int8), scale.astype(np.float32)
