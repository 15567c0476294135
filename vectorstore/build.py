"""Build a snapshot beside the one in use, check it, then swap.

An interrupted or failing build leaves the snapshot in use untouched; what it left behind is
removed by the next build.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from langchain_core.embeddings import Embeddings

from vectorstore.anticipated import anticipated
from vectorstore.archive import Archive, Document, open_archive
from vectorstore.download import Report
from vectorstore.errors import ArchiveError, SnapshotError
from vectorstore.fiche import Passage
from vectorstore.indexing import (
    Corpus,
    aliases,
    field_texts,
    mentions,
    names_of,
    passage_text,
    spoken_phrases,
)
from vectorstore.integrity import write_sums
from vectorstore.keeping import STAGING, built_with, forget_old, remove_leftovers, remove_snapshots
from vectorstore.lexical import FIELDS, NAMES, PASSAGES, QUESTIONS, build_field
from vectorstore.parse import merged, parse_dossier, parse_fiche, parse_resource
from vectorstore.passages import passages_of
from vectorstore.snapshot import (
    FICHES,
    MANIFEST,
    Manifest,
    Snapshot,
    current_folder,
    read_manifest,
    set_current,
    to_json,
)
from vectorstore.sources import Fetched
from vectorstore.store import BUILD_TIMEOUT_S, collection_name, connect
from vectorstore.vectors import write_vectors
from vectorstore.vocabulary import VOCABULARY, vocabulary_of

_SHAPING_CODE = (
    "archive.py",
    "members.py",
    "trees.py",
    "anticipated.py",
    "anticipated.tsv",
    "bags.py",
    "elements.py",
    "tables.py",
    "body.py",
    "classifier.py",
    "descent.py",
    "phones.py",
    "indexing.py",
    "parse.py",
    "passages.py",
    "fiche.py",
    "geometry.py",
    "lexical.py",
    "spoken.npz",
    "spoken.tsv",
    "text.py",
    "vocabulary.py",
    "snapshot.py",
    "store.py",
    "vectors.py",
    "build.py",
)
SOURCE_RANK = {"dila": 0, "path": 0, "npm": 1, "demo": 2}
"""Lower is better; an archive that was named by hand is as good as DILA's."""


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
    from chromadb.errors import ChromaError
    from httpx import HTTPError

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
    except HTTPError as error:
        raise SnapshotError(
            f"serveur perdu pendant la construction ({type(error).__name__}) ; relancer « souffleur "
            "sync » quand il répond. Le corpus en service n'a pas changé."
        ) from error
    except (OSError, sqlite3.DatabaseError, ChromaError) as error:
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
    present = None if rebuild else built_with(home, key, chroma_url)
    if present is not None:
        set_current(home, present.id)
        return BuildResult(present, built=False)

    snapshots = home / "snapshots"
    snapshots.mkdir(parents=True, exist_ok=True)
    remove_leftovers(snapshots, chroma_url)

    archive = open_archive(fetched.path)
    corpus = read_corpus(archive, report)
    newest = max(fiche.updated for fiche in corpus.fiches.values())
    newest = newest or str(archive.file_date or datetime.now(UTC).date())
    name = f"{newest}-{key[:8]}"
    if (snapshots / name).exists():
        name = f"{name}-{int(time.time()):x}"
    # No build shares a path or a collection with another, nor with one that was killed.
    build_name = f"{name}-{time.time_ns():x}"
    staging = snapshots / f"{STAGING}{build_name}"
    collection = collection_name(build_name)
    staging.mkdir()
    try:
        names = _names(corpus)
        with connect(staging, chroma_url, BUILD_TIMEOUT_S) as client:
            content, passages = _write_fiches(staging, corpus, names, report)
            _write_lexical(staging, corpus, passages, names, report)
            counts = write_vectors(
                staging, client, collection, corpus, passages, names, embeddings, vectors, report
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
                **counts,
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
        write_sums(staging)
        Snapshot.checked(staging)
        staging.rename(snapshots / name)
    except BaseException:
        remove_snapshots([staging], [collection], chroma_url)
        raise
    set_current(home, name)
    forget_old(home, keep, chroma_url)
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
        CREATE TABLE questions (n INTEGER PRIMARY KEY, fiche_n INTEGER, question TEXT);
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
        database.executemany(
            "INSERT INTO questions (fiche_n, question) VALUES (?, ?)",
            [(n, question.text) for question in anticipated().get(fiche_id, ())],
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
    texts: dict[str, list[str]] = {name: [] for name in (*FIELDS, NAMES, QUESTIONS, PASSAGES)}
    for fiche_id in sorted(corpus.fiches):
        fiche = corpus.fiches[fiche_id]
        fields = field_texts(
            fiche, passages[fiche_id], others.get(fiche_id, []), spoken.get(fiche_id, ())
        )
        for name, text in fields.items():
            texts[name].append(text)
        texts[NAMES].extend(names[fiche_id])
        texts[QUESTIONS].extend(question.text for question in anticipated().get(fiche_id, ()))
        texts[PASSAGES].extend(passage_text(fiche, passage) for passage in passages[fiche_id])
    for done, (name, column) in enumerate(texts.items(), 1):
        build_field(name, column, staging / "lexical")
        report("Index lexical", done, len(texts))
    counted = (text for field in ("body", "description", NAMES) for text in texts[field])
    vocabulary = vocabulary_of(corpus.fiches.values(), counted)
    (staging / VOCABULARY).write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")
