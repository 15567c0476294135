"""What a larger corpus costs: ``python -m evals.growth [--factors 1,3,10] [--json]``.

Temporary snapshots of several times the corpus in use are built from its own fiches. A copy has ids
and dossiers of its own, three words in ten changed for others of the corpus, and its vectors moved a
little; nothing is embedded again. Times are the least of several rounds for each question, which is
what the search needs when nothing else keeps the machine busy.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings

from assistant.settings import load_settings
from evals import retrieval
from evals.gold import load_gold
from evals.statistics import percentile
from vectorstore.anticipated import anticipated
from vectorstore.classifier import FicheClassifier
from vectorstore.embeddings import build_embeddings, model_name
from vectorstore.geometry import GEOMETRY, unit
from vectorstore.indexing import field_texts, passage_text, spoken_phrases
from vectorstore.lexical import FIELDS, NAMES, PASSAGES, QUESTIONS, build_field
from vectorstore.search import Search
from vectorstore.snapshot import FICHES, MANIFEST, Snapshot
from vectorstore.store import PARTS, connect, create_store, open_store
from vectorstore.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

GOLD = Path(__file__).parent / "gold"
ASKED = 100
ROUNDS = 5
CHANGED = 0.3
"""Share of a copy's words that are changed for others."""
NOISE = 0.02
"""Standard deviation of what is added to each number of a copy's vectors."""
STORE_BATCH = 2000


@dataclass(frozen=True)
class Cost:
    """What one size of the corpus costs."""

    factor: int
    fiches: int
    passages: int
    vectors: int
    build_s: float
    """Filling the indexes; embedding and learning the geometry are not in it."""
    disk_mb: float
    open_s: float
    resident_mb: float
    """The most that a process that searches held."""
    search_p50_ms: float
    search_p95_ms: float
    embedding_p50_ms: float
    embedding_p95_ms: float
    rest_p50_ms: float
    """The search without the embedding of the question."""
    rest_p95_ms: float


def grown(source: Snapshot, factor: int, folder: Path) -> None:
    """Write a snapshot of ``factor`` times the fiches of another into an empty folder."""
    for name in (GEOMETRY, VOCABULARY):
        shutil.copy(source.folder / name, folder / name)
    _copy_fiches(source.folder / FICHES, folder / FICHES, factor, len(source.ids))
    random, none = np.random.default_rng(0), _NoEmbeddings()
    for name, texts in _texts(source).items():
        copies = [_changed(texts, random) for _ in range(factor - 1)]
        build_field(name, [text for copy in (texts, *copies) for text in copy], folder / "lexical")
    with connect(source.folder, None) as old, connect(folder, None) as new:
        for part in PARTS:
            name = f"{source.manifest.collection}{part}"
            held = open_store(old, name, none)._collection
            _copy_vectors(held, create_store(new, name, none)._collection, factor, random)
    _copy_classifier(source.folder, folder, factor, random)
    manifest = source.manifest
    counts = {name: count * factor for name, count in manifest.counts.items()}
    grown_manifest = manifest.model_copy(
        update={"id": f"{manifest.id}-x{factor}", "counts": counts}
    )
    (folder / MANIFEST).write_text(grown_manifest.model_dump_json(), "utf-8")


def _suffix(copy: int) -> str:
    return f"x{copy}" if copy else ""


def _copy_fiches(source: Path, target: Path, factor: int, fiches: int) -> None:
    database = sqlite3.connect(target, uri=True)
    database.execute("ATTACH ? AS old", (f"file:{source}?mode=ro&immutable=1",))
    database.execute("PRAGMA journal_mode = OFF")
    for (statement,) in database.execute(
        "SELECT sql FROM old.sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC"
    ).fetchall():
        database.execute(statement)
    passages = database.execute("SELECT count(*) FROM old.passages").fetchone()[0]
    for copy in range(factor):
        values = {"s": _suffix(copy), "f": copy * fiches, "p": copy * passages}
        database.execute(
            """INSERT INTO fiches SELECT n + :f, id || :s, hash, title, type, audiences,
            iif(dossier = '', '', dossier || :s), mentions,
            replace(json, '"' || id || '"', '"' || id || :s || '"') FROM old.fiches ORDER BY n""",
            values,
        )
        database.execute(
            """INSERT INTO passages SELECT n + :p, replace(id, '#', :s || '#'), fiche_n + :f,
            replace(replace(json, '"' || fiche || '#', '"' || fiche || :s || '#'),
            '"' || fiche || '"', '"' || fiche || :s || '"')
            FROM (SELECT *, substr(id, 1, instr(id, '#') - 1) AS fiche FROM old.passages)
            ORDER BY n""",
            values,
        )
        database.execute(
            "INSERT INTO names (fiche_n, name) SELECT fiche_n + :f, name FROM old.names ORDER BY n",
            values,
        )
        database.execute(
            "INSERT INTO questions (fiche_n, question) SELECT fiche_n + :f, question "
            "FROM old.questions ORDER BY n",
            values,
        )
    database.commit()
    database.close()


def _texts(source: Snapshot) -> dict[str, list[str]]:
    """What each lexical index holds, in the order of the fiches."""
    texts: dict[str, list[str]] = {name: [] for name in (*FIELDS, NAMES, QUESTIONS, PASSAGES)}
    spoken = spoken_phrases()
    for fiche_id in source.ids:
        fiche, names = source.fiche(fiche_id), source.names(fiche_id)
        passages = tuple(source.passages(fiche_id))
        fields = field_texts(fiche, passages, names[1:], spoken.get(fiche_id, ()))
        for name, text in fields.items():
            texts[name].append(text)
        texts[NAMES].extend(names)
        texts[QUESTIONS].extend(question.text for question in anticipated().get(fiche_id, ()))
        texts[PASSAGES].extend(passage_text(fiche, passage) for passage in passages)
    return texts


def _changed(texts: Sequence[str], random: np.random.Generator) -> list[str]:
    """The texts, a share of their words having changed places among all of them."""
    split = [text.split() for text in texts]
    words = np.array([word for parts in split for word in parts], object)
    moved = np.flatnonzero(random.random(len(words)) < CHANGED)
    words[moved] = words[random.permutation(moved)]
    ends = np.cumsum([len(parts) for parts in split])
    return [" ".join(words[end - len(parts) : end]) for parts, end in zip(split, ends, strict=True)]


def _copy_vectors(
    stored: Collection, target: Collection, factor: int, random: np.random.Generator
) -> None:
    for start in range(0, stored.count(), STORE_BATCH):
        batch: Any = stored.get(
            limit=STORE_BATCH, offset=start, include=["embeddings", "metadatas", "documents"]
        )
        vectors = np.asarray(batch["embeddings"], np.float32)
        for copy in range(factor):
            suffix = _suffix(copy)
            noise = random.normal(0, NOISE, vectors.shape) if copy else 0.0
            owners = [data["fiche"] for data in batch["metadatas"]]
            target.add(
                ids=[
                    f"{owner}{suffix}{key.removeprefix(owner)}"
                    for key, owner in zip(batch["ids"], owners, strict=True)
                ],
                embeddings=unit(vectors + noise),
                metadatas=[
                    {**data, "fiche": f"{owner}{suffix}"}
                    for data, owner in zip(batch["metadatas"], owners, strict=True)
                ],
                documents=batch["documents"],
            )


def _copy_classifier(source: Path, target: Path, factor: int, random: np.random.Generator) -> None:
    known = FicheClassifier.open(source)
    moved = [
        unit(known.fiches + random.normal(0, NOISE, known.fiches.shape)) for _ in range(1, factor)
    ]
    fiches = np.concatenate([known.fiches, *moved], axis=1)
    replace(known, fiches=fiches).save(target)


class _NoEmbeddings(Embeddings):
    """For collections whose vectors are taken out or put in, never computed."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError

    def embed_query(self, text: str) -> list[float]:
        raise NotImplementedError


class _Timed(Embeddings):
    """Embeddings that remember how long the last question took."""

    def __init__(self, inner: Embeddings) -> None:
        self._inner = inner
        self.last_ms = 0.0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._inner.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        started = time.perf_counter()
        vector = self._inner.embed_query(text)
        self.last_ms = 1000 * (time.perf_counter() - started)
        return vector


def searched(folder: Path, questions: Sequence[tuple[str, Sequence[str]]]) -> dict[str, float]:
    """Open a snapshot, ask all questions once to warm it, then time them.

    Args:
        folder: the snapshot.
        questions: each with the earlier questions of its call.

    Returns:
        The fields of ``Cost`` that searching decides.
    """
    from assistant.opening import open_understanding

    settings = load_settings()
    base_url, model = settings.embedding_base_url, settings.embedding_model
    started = time.perf_counter()
    timed = _Timed(build_embeddings(base_url, model, settings.embedding_api_key, None))
    search = Search(Snapshot(folder), timed, model_name(base_url, model))
    opened = time.perf_counter() - started
    understanding = open_understanding(search.snapshot, settings)
    queries = [understanding.read(question, history).query for question, history in questions]
    for query in queries:
        search.search(query)
    totals = np.full((ROUNDS, len(queries)), np.inf)
    embeddings = np.full((ROUNDS, len(queries)), np.inf)
    for turn in range(ROUNDS):
        for place, query in enumerate(queries):
            started = time.perf_counter()
            search.search(query)
            totals[turn, place] = 1000 * (time.perf_counter() - started)
            embeddings[turn, place] = timed.last_ms
    parts = {"search": totals, "embedding": embeddings, "rest": totals - embeddings}
    found = {
        f"{name}_p{cut}_ms": round(percentile(list(map(float, times.min(axis=0))), cut / 100), 1)
        for name, times in parts.items()
        for cut in (50, 95)
    }
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resident = kilobytes / (1024 if sys.platform != "darwin" else 1024**2)
    return {**found, "open_s": round(opened, 1), "resident_mb": round(resident)}


def cost_of(
    source: Snapshot, factor: int, folder: Path, questions: Sequence[tuple[str, Sequence[str]]]
) -> Cost:
    """Build one size in ``folder`` and search it in a process of its own."""
    started = time.perf_counter()
    grown(source, factor, folder)
    built = time.perf_counter() - started
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        figures = pool.submit(searched, folder, questions).result()
    counts = source.manifest.counts
    vectors = counts["vectors"] + counts["name_vectors"] + counts["fiches"]
    return Cost(
        factor=factor,
        fiches=factor * counts["fiches"],
        passages=factor * counts["passages"],
        vectors=factor * vectors,
        build_s=round(built, 1),
        disk_mb=round(size / 1e6),
        **figures,
    )


def questions_of(path: Path) -> list[tuple[str, list[str]]]:
    """Questions spread over a gold set, each with the earlier ones of its call."""
    items = [item for item in load_gold([path]).items if retrieval.applies(item)]
    chosen = items[:: max(1, len(items) // ASKED)][:ASKED]
    return [(item.question, item.history) for item in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--factors", default="1,3,10", help="sizes, separated by commas")
    parser.add_argument("--json", action="store_true", help="one object per size")
    arguments = parser.parse_args()
    source = Snapshot.open(load_settings().home)
    questions = questions_of(GOLD)
    costs = []
    for factor in map(int, arguments.factors.split(",")):
        with tempfile.TemporaryDirectory(prefix="souffleur-growth-") as folder:
            costs.append(asdict(cost_of(source, factor, Path(folder), questions)))
        print(f"×{factor} mesuré", file=sys.stderr)
    if arguments.json:
        print(json.dumps(costs, indent=2))
        return
    print("| | " + " | ".join(f"×{cost['factor']}" for cost in costs) + " |")
    print("| --- |" + " ---: |" * len(costs))
    for name in costs[0]:
        if name != "factor":
            print(f"| {name} | " + " | ".join(f"{cost[name]:g}" for cost in costs) + " |")


if __name__ == "__main__":
    main()
