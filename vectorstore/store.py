"""The vector store: Chroma embedded in the snapshot's folder, or a Chroma server.

A server is named by an URL: ``http://host:8000``, or with a token, a tenant and a database where the
server asks for them, ``https://TOKEN@host/TENANT/DATABASE``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from vectorstore.errors import SnapshotError, UsageError, shown_url

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings

FICHE_VECTORS = "-fiches"
"""Ending of the collection that holds one learned vector per fiche."""
NAME_VECTORS = "-names"
"""Ending of the collection that holds the vectors of names."""
PARTS = ("", NAME_VECTORS, FICHE_VECTORS)
"""Endings of a snapshot's collections; that of texts has none."""
INDEX: CreateHNSWConfiguration = {
    "space": "cosine",
    "ef_search": 300,
    "batch_size": 2,
    "sync_threshold": 2,
}
"""Every batch is written to the index's files at once: what stays in Chroma's log is written into
them at the first search, and a snapshot would change after it was built."""
SEARCH_TIMEOUT_S = 2.0
"""A server that has not answered a search by then counts as lost."""
BUILD_TIMEOUT_S = 120.0


def collection_name(build: str) -> str:
    """The collections' common name of one build; builds never share one."""
    return "souffleur-" + re.sub(r"[^a-z0-9-]", "-", build)


def connect(folder: Path, url: str | None, timeout_s: float = SEARCH_TIMEOUT_S) -> Client:
    """A client of the store; to be closed.

    Args:
        folder: the snapshot's, where an embedded store lies.
        url: the Chroma server; None for the embedded store.
        timeout_s: how long the server may take over one answer.

    Raises:
        UsageError: the URL is none of a server.
        SnapshotError: the server does not answer.
    """
    import chromadb
    from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    if url is None:
        return cast("Client", chromadb.PersistentClient(str(folder / "chroma"), settings=quiet))

    import httpx

    try:
        address = urlsplit(url)
        port = address.port or (443 if address.scheme == "https" else 8000)
    except ValueError:
        address, port = urlsplit(""), 0
    if address.scheme not in ("http", "https") or not address.hostname:
        raise UsageError(f"CHROMA_URL {shown_url(url)} : attendu http://hôte:port")
    place = [part for part in address.path.split("/") if part]
    try:
        # Chroma's client waits without end, so that a server that hangs is asked here first.
        heartbeat = f"{address.scheme}://{address.hostname}:{port}/api/v2/heartbeat"
        httpx.get(heartbeat, timeout=min(timeout_s, SEARCH_TIMEOUT_S)).raise_for_status()
        client = cast(
            "Client",
            chromadb.HttpClient(
                host=address.hostname,
                port=port,
                ssl=address.scheme == "https",
                headers={"x-chroma-token": address.username} if address.username else None,
                settings=quiet,
                tenant=place[0] if place else DEFAULT_TENANT,
                database=place[1] if len(place) > 1 else DEFAULT_DATABASE,
            ),
        )
    except (httpx.HTTPError, ValueError) as error:
        raise SnapshotError(
            f"serveur Chroma {shown_url(url)} injoignable ({type(error).__name__}) ; le démarrer "
            "ou corriger CHROMA_URL"
        ) from error
    client._server._session.timeout = httpx.Timeout(timeout_s)  # type: ignore[attr-defined]
    return client


def create_store(client: Client, collection: str, embeddings: Embeddings) -> Chroma:
    """A new, empty collection."""
    from langchain_chroma import Chroma

    return Chroma(
        collection_name=collection,
        embedding_function=embeddings,
        client=client,
        collection_configuration={"hnsw": INDEX},
    )


def open_store(client: Client, collection: str, embeddings: Embeddings) -> Chroma:
    """A collection that was filled by a build; Chroma's own error when it is not there."""
    from langchain_chroma import Chroma

    return Chroma(
        collection_name=collection,
        embedding_function=embeddings,
        client=client,
        create_collection_if_not_exists=False,
    )


def stored(client: Client, collection: str) -> list[int]:
    """How many vectors each of a snapshot's collections holds; 0 for one that is not there."""
    present = {found.name for found in client.list_collections()}
    return [
        client.get_collection(f"{collection}{part}").count()
        if f"{collection}{part}" in present
        else 0
        for part in PARTS
    ]


def remove(client: Client, collections: Iterable[str]) -> None:
    """Remove the collections of those builds, where they are there."""
    present = {found.name for found in client.list_collections()}
    for collection in collections:
        for part in PARTS:
            if f"{collection}{part}" in present:
                client.delete_collection(f"{collection}{part}")
