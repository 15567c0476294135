"""Open a snapshot: one immutable build of everything that is searched.

A snapshot is a folder ``snapshots/<corpus date>-<hash>/`` with ``fiches.sqlite``, ``lexical/``,
``chroma/`` and ``manifest.json``. The file ``current`` names the one in use and is replaced
atomically; ``vectorstore/build.py`` writes them.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from vectorstore.body import leaf_texts
from vectorstore.errors import SnapshotError
from vectorstore.fiche import Dossier, Fiche, Heading, Passage, Resource
from vectorstore.integrity import check
from vectorstore.lexical import LexicalIndex

MANIFEST = "manifest.json"
FICHES = "fiches.sqlite"
COLLECTION = "souffleur"
READ_FICHES = 128
"""How many fiches, and the passages of how many, are kept once they are read."""
READ_HEADINGS = 256
"""How many fiches' headings are kept."""
FORMAT = 4
"""Raised when a reader of this version can no longer read what an older one wrote."""


class Manifest(BaseModel):
    """What a snapshot is made of and where it came from."""

    model_config = ConfigDict(extra="forbid")

    format: int = FORMAT
    id: str
    build_key: str
    """Hash of everything that determines the content; the same key needs no new build."""
    source: str
    """``dila``, ``npm``, ``demo`` or ``path``."""
    origin: str
    """Full URL, or package and version."""
    file_name: str
    file_date: str
    corpus_date: str
    """Date of the newest fiche, ISO 8601."""
    built_at: str
    schemas: list[str]
    counts: dict[str, int]
    skipped: list[str]
    archive_sha256: str
    content_sha256: str
    embedding_model: str
    vectors: str
    code_sha256: str
    collection: str = COLLECTION
    build_seconds: float = 0.0

    def age_days(self, today: date | None = None) -> int:
        """Days since the corpus's date."""
        newest = date.fromisoformat(self.corpus_date)
        return ((today or date.today()) - newest).days


def current_path(home: Path) -> Path:
    return home / "current"


def read_manifest(folder: Path) -> Manifest:
    """Read and check a snapshot's manifest.

    Raises:
        SnapshotError: missing, unreadable or of another format.
    """
    path = folder / MANIFEST
    try:
        manifest = Manifest.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise SnapshotError(
            f"{path} : manifeste illisible ; relancer « souffleur sync »"
        ) from error
    if manifest.format != FORMAT:
        raise SnapshotError(
            f"{path} : format {manifest.format}, {FORMAT} attendu ; relancer « souffleur sync »"
        )
    return manifest


def current_folder(home: Path) -> Path:
    """The folder of the snapshot in use.

    Raises:
        SnapshotError: there is none.
    """
    try:
        name = current_path(home).read_text("utf-8").strip()
    except OSError as error:
        raise SnapshotError(f"aucun corpus dans {home} ; lancer « souffleur sync »") from error
    folder = home / "snapshots" / name
    if not name or not folder.is_dir():
        raise SnapshotError(f"corpus {name} absent de {home} ; relancer « souffleur sync »")
    return folder


def set_current(home: Path, name: str) -> None:
    """Make ``name`` the snapshot in use, atomically."""
    staging = home / f"current.{os.getpid()}"
    with staging.open("w", encoding="utf-8") as stream:
        stream.write(name + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    staging.replace(current_path(home))


def finished_folders(home: Path) -> list[Path]:
    """The folders of all finished snapshots, the newest first."""
    return sorted(
        (path.parent for path in (home / "snapshots").glob(f"[0-9]*/{MANIFEST}")),
        key=lambda folder: (folder / MANIFEST).stat().st_mtime,
        reverse=True,
    )


class FicheHead(NamedTuple):
    """What is known of a fiche without reading it."""

    id: str
    title: str
    type: str
    audiences: str
    """Comma-separated."""
    dossier: str
    """Id of the parent dossier, or empty."""
    mentions: int
    """How many other pages name the fiche."""


class Snapshot:
    """A snapshot opened for reading; safe for several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self.notice: str | None = None
        """Why this snapshot serves in another's place, in French."""
        database = folder / FICHES
        if not database.exists():
            raise SnapshotError(f"{database} : absent ; relancer « souffleur sync »")
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            f"file:{database}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        try:
            self.heads = [
                FicheHead(*row)
                for row in self._database.execute(
                    "SELECT id, title, type, audiences, dossier, mentions FROM fiches ORDER BY n"
                )
            ]
            """All fiches, in the order of indexing."""
            self.passage_owner = self._owners("passages")
            self.name_owner = self._owners("names")
            self.question_owner = self._owners("questions")
            self.lexical = LexicalIndex.open(folder / "lexical")
        except (sqlite3.DatabaseError, OSError, ValueError, KeyError) as error:
            raise SnapshotError(
                f"{folder} : corpus abîmé ({error}) ; relancer « souffleur sync --rebuild »"
            ) from error
        self.ids: list[str] = [head.id for head in self.heads]
        self.position: dict[str, int] = {fiche: n for n, fiche in enumerate(self.ids)}
        self._fiche_by_id = lru_cache(maxsize=READ_FICHES)(self._load_fiche)
        self._heading_by_id = lru_cache(maxsize=READ_HEADINGS)(self._load_heading)
        self._passages_by_id = lru_cache(maxsize=READ_FICHES)(self._load_passages)

    @classmethod
    def open(cls, home: Path) -> Snapshot:
        """Open the snapshot in use under ``home``; the newest other that is whole if it is damaged.

        Raises:
            SnapshotError: there is none that is whole.
        """
        try:
            return cls.checked(current_folder(home))
        except SnapshotError as error:
            for folder in finished_folders(home):
                with suppress(SnapshotError):
                    found = cls.checked(folder)
                    found.notice = f"Corpus de secours {found.manifest.id} en service : {error}"
                    return found
            raise

    @classmethod
    def checked(cls, folder: Path) -> Snapshot:
        """Open a snapshot of which every file is as it was built.

        Raises:
            SnapshotError: a file is damaged or missing.
        """
        check(folder)
        return cls(folder)

    def _owners(self, table: str) -> NDArray[np.int32]:
        """For row n of the table, the place of its fiche in ``ids``; in ascending order."""
        rows = self._database.execute(f"SELECT fiche_n FROM {table} ORDER BY n").fetchall()
        return np.array([row[0] for row in rows], np.int32)

    def _rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[str, ...]]:
        with self._lock:
            return self._database.execute(sql, parameters).fetchall()

    def fiche_ids(self) -> set[str]:
        return set(self.ids)

    def fiche(self, fiche_id: str) -> Fiche:
        """The fiche of that id.

        Raises:
            KeyError: not in this snapshot.
        """
        return self._fiche_by_id(fiche_id)

    def _load_fiche(self, fiche_id: str) -> Fiche:
        return Fiche.model_validate_json(self._json(fiche_id))

    def heading(self, fiche_id: str) -> Heading:
        """The heading of that fiche.

        Raises:
            KeyError: not in this snapshot.
        """
        return self._heading_by_id(fiche_id)

    def _load_heading(self, fiche_id: str) -> Heading:
        return Heading.model_validate_json(self._json(fiche_id))

    def _json(self, fiche_id: str) -> str:
        rows = self._rows("SELECT json FROM fiches WHERE id = ?", (fiche_id,))
        if not rows:
            raise KeyError(fiche_id)
        return rows[0][0]

    def fiche_hash(self, fiche_id: str) -> str:
        """SHA-256 of the fiche's content."""
        rows = self._rows("SELECT hash FROM fiches WHERE id = ?", (fiche_id,))
        if not rows:
            raise KeyError(fiche_id)
        return rows[0][0]

    def passages(self, fiche_id: str) -> list[Passage]:
        """The fiche's passages in reading order."""
        return self._passages_by_id(fiche_id)

    def _load_passages(self, fiche_id: str) -> list[Passage]:
        rows = self._rows(
            "SELECT json FROM passages WHERE fiche_n = ? ORDER BY n", (self.position[fiche_id],)
        )
        return [Passage.model_validate_json(row[0]) for row in rows]

    def all_passages(self) -> Iterator[Passage]:
        """Every passage, in order of indexing."""
        for fiche_id in self.ids:
            yield from self._load_passages(fiche_id)

    def fiche_text(self, fiche_id: str) -> str:
        """All text of a fiche: titles, passages with their cases, contacts, services, glossary."""
        fiche = self.fiche(fiche_id)
        parts = [fiche.title, fiche.description]
        for passage in self.passages(fiche_id):
            parts.extend(title for case in passage.cases for title in case)
            parts.extend(passage.section)
            parts.append(passage.text)
        for contact in fiche.contacts:
            parts += [contact.title, contact.complement, contact.source, contact.text, contact.url]
        for service in fiche.services:
            parts += [service.title, service.cerfa, service.source, service.text, *service.notes]
        parts += [f"{entry.title} : {entry.text}" for entry in fiche.definitions]
        parts += [f"{entry.short} : {entry.long}" for entry in fiche.abbreviations]
        parts += leaf_texts(
            tuple(block for warning in fiche.warnings for block in warning.children)
        )
        return "\n".join(part for part in parts if part)

    def dossiers(self) -> list[Dossier]:
        return [
            Dossier.model_validate_json(row[0])
            for row in self._rows("SELECT json FROM dossiers ORDER BY id")
        ]

    def resource(self, resource_id: str) -> Resource | None:
        rows = self._rows("SELECT json FROM resources WHERE id = ?", (resource_id,))
        return Resource.model_validate_json(rows[0][0]) if rows else None

    def names(self, fiche_id: str) -> list[str]:
        """The fiche's title and every other name by which it is called."""
        rows = self._rows(
            "SELECT name FROM names WHERE fiche_n = ? ORDER BY n", (self.position[fiche_id],)
        )
        return [row[0] for row in rows]


def to_json(model: BaseModel) -> str:
    """Compact JSON with sorted keys: the form that is hashed and stored."""
    return json.dumps(model.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
