"""Build a snapshot beside the one in use, check it, then swap.

An interrupted or failing build leaves the snapshot in use untouched; what it left behind is
removed by the next build.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from vectorstore.archive import Archive, Document, open_archive
from vectorstore.errors import ArchiveError, SnapshotError, SouffleurError
from vectorstore.fiche import Passage
from vectorstore.geometry import Matrix, learn
from vectorstore.indexing import (
    Corpus,
    aliases,
    field_texts,
    mentions,
    names_of,
    passage_text,
    spoken_phrases,
    vector_texts,
)
from vectorstore.lexical import FIELDS, NAMES, PASSAGES, build_field
from vectorstore.parse import merged, parse_dossier, parse_fiche, parse_resource
from vectorstore.passages import passages_of
from vectorstore.snapshot import (
    FICHE_VECTORS,
    FICHES,
    MANIFEST,
    NAME_VECTORS,
    Manifest,
    Snapshot,
    current_folder,
    open_store,
    read_manifest,
    set_current,
    to_json,
)
from vectorstore.sources import Fetched, Report
from vectorstore.vocabulary import VOCABULARY, vocabulary_of

if TYPE_CHECKING:
    from langchain_chroma import Chroma

_SHAPING_CODE = (
    "archive.py",
    "members.py",
    "trees.py",
    "body.py",
    "phones.py",
    "indexing.py",
    "parse.py",
    "passages.py",
    "fiche.py",
    "geometry.py",
    "lexical.py",
    "spoken.tsv",
    "text.py",
    "vocabulary.py",
    "snapshot.py",
    "build.py",
)
SOURCE_RANK = {"dila": 0, "path": 0, "npm": 1, "demo": 2}
"""Lower is better; an archive that was named by hand is as good as DILA's."""
EMBED_BATCH = 64
STORE_BATCH = 2000
QUESTIONS_SAMPLED = 300
"""How many names are also embedded as questions, to find the centre of questions."""


@dataclass(frozen=True)
class BuildResult:
    """The snapshot that is now in use, and whether it had to be built."""

    manifest: Manifest
    built: bool


def read_corpus(archive: Archive, report: Report) -> Corpus:
    """Parse every live document; a fiche that stands in several audiences becomes one."""
    corpus = Corpus()
    for document in archive.documents():
        corpus.documents += 1
        if corpus.documents % 50 == 0 or corpus.documents == archive.total:
            report("Lecture des documents", corpus.documents, archive.total)
        try:
            _add(corpus, document)
        except ArchiveError as error:
            raise ArchiveError(f"{document.place} : {error}") from error
    corpus.skipped.extend(f"{place} : {reason}" for place, reason in archive.skipped)
    corpus.schemas = set(archive.schemas)
    if not corpus.fiches:
        raise ArchiveError(f"{archive.path} : aucune fiche lue ; est-ce la bonne archive ?")
    return corpus


def _add(corpus: Corpus, document: Document) -> None:
    kind = document.id[0]
    if kind == "F":
        known = corpus.fiches.get(document.id)
        fiche = parse_fiche(document.root, document.audience, known)
        corpus.fiches[document.id] = merged(known, fiche) if known else fiche
    elif kind == "N":
        corpus.dossiers.setdefault(document.id, parse_dossier(document.root, document.audience))
    else:
        corpus.resources.setdefault(document.id, parse_resource(document.root))


def code_fingerprint() -> str:
    """SHA-256 over the code that shapes a snapshot: other code, another build."""
    total = hashlib.sha256()
    for name in _SHAPING_CODE:
        total.update((Path(__file__).parent / name).read_bytes())
    return total.hexdigest()


@contextmanager
def _one_builder(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SnapshotError(
                f"une construction est déjà en cours dans {home} ; attendre qu'elle finisse"
            ) from error
        yield


def build(
    home: Path,
    fetched: Fetched,
    embeddings: Embeddings,
    embedding_model: str,
    vectors: str,
    report: Report,
    *,
    chroma_url: str | None = None,
    keep: int = 3,
    rebuild: bool = False,
) -> BuildResult:
    """Build the snapshot of ``fetched`` if its content, code or settings changed, and swap to it.

    Raises:
        SouffleurError: the archive is unreadable, the disk is full, or another build runs.
    """
    try:
        with _one_builder(home):
            return _build(
                home,
                fetched,
                embeddings,
                embedding_model,
                vectors,
                report,
                chroma_url,
                keep,
                rebuild,
            )
    except (OSError, sqlite3.OperationalError) as error:
        raise SnapshotError(
            f"{home} : écriture impossible ({error}) ; libérer de la place ou changer "
            "SOUFFLEUR_HOME. Le corpus en service n'a pas changé."
        ) from error


def _build(
    home: Path,
    fetched: Fetched,
    embeddings: Embeddings,
    embedding_model: str,
    vectors: str,
    report: Report,
    chroma_url: str | None,
    keep: int,
    rebuild: bool,
) -> BuildResult:
    started = time.monotonic()
    digest = fetched.digest()
    code = code_fingerprint()
    key = hashlib.sha256(
        "\0".join([digest, code, embedding_model, vectors, chroma_url or ""]).encode()
    ).hexdigest()
    present = _built_with(home, key)
    if present is not None and not rebuild:
        set_current(home, present.id)
        return BuildResult(present, built=False)

    snapshots = home / "snapshots"
    snapshots.mkdir(parents=True, exist_ok=True)
    for leftover in snapshots.glob(".building-*"):
        shutil.rmtree(leftover, ignore_errors=True)

    archive = open_archive(fetched.path)
    corpus = read_corpus(archive, report)
    newest = max(fiche.updated for fiche in corpus.fiches.values())
    newest = newest or str(archive.file_date or datetime.now(UTC).date())
    name = f"{newest}-{key[:8]}"
    if (snapshots / name).exists():
        name = f"{name}-{int(time.time()):x}"
    # Chroma keeps a path open for the process: after a failure the same path cannot serve again.
    staging = snapshots / f".building-{name}-{time.time_ns():x}"
    staging.mkdir()
    try:
        names = _names(corpus)
        content, passages = _write_fiches(staging, corpus, names, report)
        _write_lexical(staging, corpus, passages, names, report)
        collection = _collection_name(name)
        stored = _write_vectors(
            staging,
            lambda part: open_store(staging, f"{collection}{part}", embeddings, chroma_url),
            corpus,
            passages,
            names,
            embeddings,
            vectors,
            report,
        )
        manifest = Manifest(
            id=name,
            build_key=key,
            source=fetched.name,
            origin=fetched.origin,
            file_name=fetched.file_name,
            file_date=fetched.file_date or str(archive.file_date or newest),
            corpus_date=newest,
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            schemas=sorted(corpus.schemas),
            counts={
                "documents": corpus.documents,
                "fiches": len(corpus.fiches),
                "dossiers": len(corpus.dossiers),
                "resources": len(corpus.resources),
                "passages": sum(map(len, passages.values())),
                "contacts": sum(len(fiche.contacts) for fiche in corpus.fiches.values()),
                "services": sum(len(fiche.services) for fiche in corpus.fiches.values()),
                **stored,
            },
            skipped=corpus.skipped,
            archive_sha256=digest,
            content_sha256=content,
            embedding_model=embedding_model,
            vectors=vectors,
            code_sha256=code,
            collection=collection,
            build_seconds=round(time.monotonic() - started, 1),
        )
        (staging / MANIFEST).write_text(manifest.model_dump_json(indent=2), "utf-8")
        Snapshot(staging)
        staging.rename(snapshots / name)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    set_current(home, name)
    _forget_old(home, keep)
    return BuildResult(manifest, built=True)


def better_in_use(home: Path, fetched: Fetched) -> Manifest | None:
    """The snapshot in use, if it comes from a better source than the one that could be reached.

    A day without DILA's server must not replace its fiches by a package that is years old.
    """
    try:
        manifest = read_manifest(current_folder(home))
    except SnapshotError:
        return None
    return manifest if SOURCE_RANK[manifest.source] < SOURCE_RANK[fetched.name] else None


def _built_with(home: Path, key: str) -> Manifest | None:
    """The snapshot on disk that was built with that key."""
    for folder in sorted((home / "snapshots").glob("[0-9]*"), reverse=True):
        try:
            manifest = read_manifest(folder)
        except SouffleurError:
            continue
        if manifest.build_key == key:
            return manifest
    return None


def _collection_name(snapshot: str) -> str:
    return "souffleur-" + re.sub(r"[^a-z0-9-]", "-", snapshot)


def _names(corpus: Corpus) -> dict[str, list[str]]:
    """Every name of each fiche; titles alone for those that nothing else names."""
    others, spoken = aliases(corpus), spoken_phrases()
    return {
        fiche_id: names_of(fiche, others.get(fiche_id, ()), spoken.get(fiche_id, ()))
        for fiche_id, fiche in sorted(corpus.fiches.items())
    }


def _write_fiches(
    staging: Path, corpus: Corpus, names: dict[str, list[str]], report: Report
) -> tuple[str, dict[str, tuple[Passage, ...]]]:
    """Write ``fiches.sqlite``; returns the content's hash and the passages by fiche."""
    total = hashlib.sha256()
    named_by = mentions(corpus)
    passages: dict[str, tuple[Passage, ...]] = {}
    database = sqlite3.connect(staging / FICHES)
    database.executescript(
        """
        PRAGMA journal_mode = OFF;
        CREATE TABLE fiches (
            n INTEGER PRIMARY KEY, id TEXT UNIQUE, hash TEXT, title TEXT, type TEXT,
            audiences TEXT, dossier TEXT, mentions INTEGER, json TEXT
        );
        CREATE TABLE passages (n INTEGER PRIMARY KEY, id TEXT UNIQUE, fiche_n INTEGER, json TEXT);
        CREATE TABLE names (n INTEGER PRIMARY KEY, fiche_n INTEGER, name TEXT);
        CREATE INDEX passages_of ON passages (fiche_n);
        CREATE TABLE dossiers (id TEXT PRIMARY KEY, json TEXT);
        CREATE TABLE resources (id TEXT PRIMARY KEY, json TEXT);
        """
    )
    row = 0
    for n, fiche_id in enumerate(sorted(corpus.fiches)):
        fiche = corpus.fiches[fiche_id]
        text = to_json(fiche)
        digest = hashlib.sha256(text.encode()).hexdigest()
        total.update(digest.encode())
        dossier = fiche.dossier.id if fiche.dossier else ""
        database.execute(
            "INSERT INTO fiches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                n,
                fiche_id,
                digest,
                fiche.title,
                fiche.type,
                ",".join(fiche.audiences),
                dossier,
                named_by.get(fiche_id, 0),
                text,
            ),
        )
        passages[fiche_id] = passages_of(fiche)
        for passage in passages[fiche_id]:
            database.execute(
                "INSERT INTO passages VALUES (?, ?, ?, ?)", (row, passage.id, n, to_json(passage))
            )
            row += 1
        database.executemany(
            "INSERT INTO names (fiche_n, name) VALUES (?, ?)",
            [(n, name) for name in names[fiche_id]],
        )
        if n % 50 == 0 or n + 1 == len(corpus.fiches):
            report("Restructuration des fiches", n + 1, len(corpus.fiches))
    for table, items in (("dossiers", corpus.dossiers), ("resources", corpus.resources)):
        database.executemany(
            f"INSERT INTO {table} VALUES (?, ?)",
            [(key, to_json(item)) for key, item in sorted(items.items())],
        )
    database.commit()
    database.close()
    return total.hexdigest(), passages


def _write_lexical(
    staging: Path,
    corpus: Corpus,
    passages: dict[str, tuple[Passage, ...]],
    names: dict[str, list[str]],
    report: Report,
) -> None:
    """Write ``lexical/`` and the vocabulary of all that it indexes."""
    others, spoken = aliases(corpus), spoken_phrases()
    texts: dict[str, list[str]] = {name: [] for name in (*FIELDS, NAMES, PASSAGES)}
    for fiche_id in sorted(corpus.fiches):
        fiche = corpus.fiches[fiche_id]
        fields = field_texts(
            fiche, passages[fiche_id], others.get(fiche_id, []), spoken.get(fiche_id, ())
        )
        for name, text in fields.items():
            texts[name].append(text)
        texts[NAMES].extend(names[fiche_id])
        texts[PASSAGES].extend(passage_text(fiche, passage) for passage in passages[fiche_id])
    for done, (name, column) in enumerate(texts.items(), 1):
        build_field(name, column, staging / "lexical")
        report("Index lexical", done, len(texts))
    counted = (text for field in ("body", "description", NAMES) for text in texts[field])
    vocabulary = vocabulary_of(corpus.fiches.values(), counted)
    (staging / VOCABULARY).write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")


def _write_vectors(
    staging: Path,
    store: Callable[[str], Chroma],
    corpus: Corpus,
    passages: dict[str, tuple[Passage, ...]],
    names: dict[str, list[str]],
    embeddings: Embeddings,
    scope: str,
    report: Report,
) -> dict[str, int]:
    """Learn the geometry and fill the Chroma collections of texts, names and fiches.

    Returns:
        How many vectors the collections of texts and of names hold.
    """
    ids = sorted(corpus.fiches)
    texts = [item for key in ids for item in vector_texts(corpus.fiches[key], passages[key], scope)]
    called = [(f"{key}:{place}", name, key) for key in ids for place, name in enumerate(names[key])]
    text_vectors = _embedded(embeddings, [t for _, t, _ in texts], "Vecteurs des fiches", report)
    name_vectors = _embedded(embeddings, [n for _, n, _ in called], "Vecteurs des noms", report)
    spread = called[:: max(1, len(called) // QUESTIONS_SAMPLED)]
    asked = np.array([embeddings.embed_query(name) for _, name, _ in spread], np.float32)
    report("Géométrie des vecteurs", 0, 1)
    place_of = {key: place for place, key in enumerate(ids)}
    heads = [place for place, (_, _, metadata) in enumerate(texts) if metadata["kind"] == "head"]
    owner = np.array([place_of[key] for _, _, key in called])
    geometry, learned = learn(text_vectors[heads], name_vectors, owner, asked)
    geometry.save(staging)
    report("Géométrie des vecteurs", 1, 1)
    _fill(
        store(""),
        [key for key, _, _ in texts],
        geometry.texts(text_vectors),
        [metadata for _, _, metadata in texts],
        [text for _, text, _ in texts],
    )
    _fill(
        store(NAME_VECTORS),
        [key for key, _, _ in called],
        geometry.texts(name_vectors),
        [{"fiche": key} for _, _, key in called],
        [name for _, name, _ in called],
    )
    titles = [corpus.fiches[key].title for key in ids]
    _fill(store(FICHE_VECTORS), ids, learned, [{"fiche": key} for key in ids], titles)
    return {"vectors": len(texts), "name_vectors": len(called)}


def _embedded(embeddings: Embeddings, texts: list[str], phase: str, report: Report) -> Matrix:
    """Vectors of the texts, shape (len(texts), d)."""
    parts = []
    for start in range(0, len(texts), EMBED_BATCH):
        parts.append(np.array(embeddings.embed_documents(texts[start : start + EMBED_BATCH])))
        report(phase, min(start + EMBED_BATCH, len(texts)), len(texts))
    return np.concatenate(parts).astype(np.float32)


def _fill(
    store: Chroma,
    ids: Sequence[str],
    vectors: Matrix,
    metadatas: Sequence[dict[str, str]],
    texts: Sequence[str],
) -> None:
    for start in range(0, len(ids), STORE_BATCH):
        part = slice(start, start + STORE_BATCH)
        store._collection.add(
            ids=list(ids[part]),
            embeddings=vectors[part],
            metadatas=list(metadatas[part]),
            documents=list(texts[part]),
        )


def _forget_old(home: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` snapshots; never the one in use."""
    in_use = current_folder(home).name
    folders = sorted(
        (folder for folder in (home / "snapshots").iterdir() if (folder / MANIFEST).exists()),
        key=lambda folder: (folder / MANIFEST).stat().st_mtime,
        reverse=True,
    )
    for folder in folders[max(keep, 1) :]:
        if folder.name != in_use:
            shutil.rmtree(folder, ignore_errors=True)
