"""Which fiches' vectors are nearest to a question's, in the three collections of a snapshot.

What is lost, an embedding server or a store, is tried again every few seconds by one turn; the others
do without meanwhile, and wait for nothing.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

from vectorstore.evidence import NOTHING_NEAR, Near
from vectorstore.geometry import Geometry, Matrix
from vectorstore.store import FICHE_VECTORS, NAME_VECTORS, connect, open_store

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection
    from langchain_core.embeddings import Embeddings

    from vectorstore.snapshot import Snapshot

NEAREST_TEXTS = 150
NEAREST_NAMES = 400
NEAREST_FICHES = 150
RETRY_AFTER_S = 5.0


class Nearest:
    """The vectors of one snapshot; safe for several threads.

    Args:
        snapshot: whose vectors.
        embeddings: what embeds a question.
        chroma_url: a Chroma server; None for the store in the snapshot's folder.
    """

    def __init__(
        self, snapshot: Snapshot, embeddings: Embeddings, chroma_url: str | None = None
    ) -> None:
        self.lost: str | None = None
        """Why vectors are not used, in French, while they are lost."""
        self._snapshot = snapshot
        self._embeddings = embeddings
        self._chroma_url = chroma_url
        self._geometry = Geometry.open(snapshot.folder)
        self._retry_at = 0.0
        self._lock = threading.Lock()
        self._collections: tuple[_Collection, _Collection, _Collection] | None = None
        try:
            self._opened()
        except Exception as error:
            self._lose(error)

    def to(self, question: str) -> Near:
        """The fiches nearest to a question; none while the vectors are lost."""
        if not self._may_try():
            return NOTHING_NEAR
        try:
            vector = self._geometry.question(self._embeddings.embed_query(question))
            texts, names, fiches = self._opened()
            near = Near(
                texts.to(vector),
                names.to(vector),
                fiches.to(self._geometry.turned(vector)),
                vector,
            )
        except Exception as error:
            self._lose(error)
            return NOTHING_NEAR
        self.lost = None
        return near

    def _may_try(self) -> bool:
        """Whether this turn may use the vectors: once they are lost, one turn in five seconds."""
        if self.lost is None:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._retry_at:
                return False
            self._retry_at = now + RETRY_AFTER_S
            return True

    def _lose(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + RETRY_AFTER_S
        self.lost = f"recherche par le sens indisponible ({type(error).__name__})"
        if self._chroma_url:  # a server that comes back may know its collections by other ids
            self._collections = None

    def _opened(self) -> tuple[_Collection, _Collection, _Collection]:
        found = self._collections
        if found is not None:
            return found
        with self._lock:
            if self._collections is None:
                snapshot, counts = self._snapshot, self._snapshot.manifest.counts
                client = connect(snapshot.folder, self._chroma_url)
                weakref.finalize(self, client.close)
                texts, names, fiches = (
                    _Collection(
                        open_store(
                            client, f"{snapshot.manifest.collection}{part}", self._embeddings
                        )._collection,
                        snapshot.position,
                        min(results, counts[size]),
                    )
                    for part, results, size in (
                        ("", NEAREST_TEXTS, "vectors"),
                        (NAME_VECTORS, NEAREST_NAMES, "name_vectors"),
                        (FICHE_VECTORS, NEAREST_FICHES, "fiches"),
                    )
                )
                self._collections = texts, names, fiches
            return self._collections


class _Collection:
    """One collection.

    Args:
        collection: Chroma's.
        position: fiche -> its place in the snapshot.
        results: how many vectors are asked for.
    """

    def __init__(self, collection: Collection, position: dict[str, int], results: int) -> None:
        self._collection = collection
        self._position = position
        self._results = results

    def to(self, vector: Matrix) -> dict[int, float]:
        """Place of a fiche -> cosine of its nearest vector, for those among the nearest."""
        near = self._collection.query(
            query_embeddings=vector[None, :], n_results=self._results, include=["distances"]
        )
        found: dict[int, float] = {}
        for key, distance in zip(near["ids"][0], (near["distances"] or [[]])[0], strict=True):
            place = self._position[_owner(key)]
            found[place] = max(found.get(place, 0.0), 1.0 - float(distance))
        return found


def _owner(key: str) -> str:
    """The fiche of a vector: its id begins with the fiche's ("F1", "F1#4", "F1:0").

    Reading it there spares the store's metadata, which take three times as long as the search.
    """
    return key.partition(":")[0].partition("#")[0]
