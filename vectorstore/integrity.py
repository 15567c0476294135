"""Is a snapshot as it was built? Sums over each of its files, checked whenever it is opened."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vectorstore.errors import SnapshotError

SUMS = "sums.json"
"""File name -> SHA-256. A snapshot of an older version has none and is opened as it is."""
STORE = "chroma/chroma.sqlite3"
"""Chroma writes a line into this file whenever it opens it, so its rows are summed, not its bytes."""
STORE_TABLES = ("collections", "segments", "embeddings", "max_seq_id")
"""The tables that a search reads; texts and their metadata are read in ``fiches.sqlite`` alone."""


def write_sums(folder: Path) -> None:
    """Sum a finished snapshot, and see to it that all of it is on the disk."""
    names = sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != SUMS and not path.name.startswith("chroma.sqlite3-")
    )
    for name in names:
        with (folder / name).open("rb") as stream:
            os.fsync(stream.fileno())
    sums = dict(zip(names, _sums(folder, names), strict=True))
    with (folder / SUMS).open("w", encoding="utf-8") as stream:
        json.dump(sums, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())


def check(folder: Path) -> None:
    """Compare each file with its sum.

    Raises:
        SnapshotError: a file is missing, or another than the one that was built; names it.
    """
    path = folder / SUMS
    if not path.exists():
        return
    try:
        expected: dict[str, str] = json.loads(path.read_text("utf-8"))
        found = _sums(folder, list(expected))
    except (OSError, ValueError, AttributeError, sqlite3.DatabaseError) as error:
        raise SnapshotError(
            f"{folder} : corpus abîmé ({error}) ; relancer « souffleur sync »"
        ) from error
    for (name, wanted), got in zip(expected.items(), found, strict=True):
        if wanted != got:
            raise SnapshotError(
                f"{folder / name} : fichier abîmé, il n'est plus celui de la construction ; "
                "relancer « souffleur sync »"
            )


def _sums(folder: Path, names: list[str]) -> list[str]:
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda name: _sum(folder, name), names))


def _sum(folder: Path, name: str) -> str:
    path = folder / name
    if name == STORE:
        return _rows_sum(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rows_sum(path: Path) -> str:
    """SHA-256 over all rows that a search reads, in the order of their keys."""
    total = hashlib.sha256()
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for table in STORE_TABLES:
            for row in database.execute(f"SELECT * FROM {table} ORDER BY rowid"):
                total.update(repr(row).encode())
    finally:
        database.close()
    return total.hexdigest()
