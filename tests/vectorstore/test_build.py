from __future__ import annotations

import errno
import fcntl
import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from tests.conftest import CORPUS, publication, silent
from vectorstore.build import BuildResult, build
from vectorstore.embeddings import EMBEDDED_MODEL, CachedEmbeddings
from vectorstore.errors import ArchiveError, SnapshotError
from vectorstore.indexing import spoken_phrases
from vectorstore.shipped import key_of, shipped_vectors, write_shipped
from vectorstore.snapshot import Snapshot, current_folder
from vectorstore.sources import Fetched

MODEL = "essai"


class HashEmbeddings(Embeddings):
    """Vectors drawn from a hash; counts the texts that were embedded."""

    def __init__(self) -> None:
        self.embedded = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += len(texts)
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [1.0 + byte for byte in hashlib.sha256(text.encode()).digest()[:8]]


class FailingEmbeddings(HashEmbeddings):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise self.error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of three fiches."""
    folder = tmp_path / "archive"
    folder.mkdir()
    for number in (1, 2, 3):
        write(folder, number, f"Fiche {number}")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def write(folder: Path, number: int, title: str) -> None:
    (folder / f"F{number}.xml").write_bytes(publication(fiche=f"F{number}", title=title))


def built(
    home: Path,
    folder: Path,
    embeddings: Embeddings,
    keep: int = 3,
    rebuild: bool = False,
    model: str = MODEL,
) -> BuildResult:
    fetched = Fetched("path", folder, str(folder), folder.name, "")
    return build(home, fetched, embeddings, model, "heads", silent, keep=keep, rebuild=rebuild)


def snapshots(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "snapshots").iterdir())


def test_the_first_build_is_put_in_use(home: Path, folder: Path) -> None:
    result = built(home, folder, HashEmbeddings())
    assert result.built
    assert Snapshot.open(home).ids == ["F1", "F2", "F3"]
    assert current_folder(home).name == result.manifest.id


def test_nothing_is_built_or_embedded_when_nothing_changed(home: Path, folder: Path) -> None:
    first = built(home, folder, HashEmbeddings())
    embeddings = HashEmbeddings()
    again = built(home, folder, embeddings)
    assert not again.built
    assert again.manifest == first.manifest
    assert embeddings.embedded == 0


def test_a_changed_fiche_embeds_only_itself(home: Path, folder: Path, tmp_path: Path) -> None:
    cached = CachedEmbeddings(HashEmbeddings(), MODEL, tmp_path / "vectors.sqlite")
    built(home, folder, cached)
    before = cached.computed
    assert before >= 6  # at least a head and a title each
    write(folder, 2, "Titre nouveau")
    assert built(home, folder, cached).built
    assert cached.computed == before + 2  # its head and its title
    assert Snapshot.open(home).fiche("F2").title == "Titre nouveau"


def test_another_model_builds_again(home: Path, folder: Path) -> None:
    built(home, folder, HashEmbeddings())
    assert built(home, folder, HashEmbeddings(), model="autre").built


def test_the_cache_never_returns_vectors_of_another_model(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    CachedEmbeddings(HashEmbeddings(), "un", path).embed_documents(["texte"])
    other = CachedEmbeddings(HashEmbeddings(), "deux", path)
    other.embed_documents(["texte"])
    assert other.computed == 1


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (RuntimeError("modèle absent"), RuntimeError),
        (OSError(errno.ENOSPC, "No space left on device"), SnapshotError),
    ],
)
def test_a_failing_build_leaves_the_snapshot_in_use_untouched(
    home: Path, folder: Path, error: Exception, raised: type[Exception]
) -> None:
    before = built(home, folder, HashEmbeddings()).manifest
    write(folder, 2, "Titre nouveau")
    with pytest.raises(raised):
        built(home, folder, FailingEmbeddings(error))
    assert snapshots(home) == [before.id]
    assert Snapshot.open(home).fiche("F2").title == "Fiche 2"


def test_a_full_disk_is_said_with_a_remedy(home: Path, folder: Path) -> None:
    full = FailingEmbeddings(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(SnapshotError, match="libérer de la place"):
        built(home, folder, full)


def test_a_malformed_archive_leaves_the_snapshot_in_use_untouched(home: Path, folder: Path) -> None:
    before = built(home, folder, HashEmbeddings()).manifest
    (folder / "F2.xml").write_bytes(publication(fiche="F2")[:-5])
    with pytest.raises(ArchiveError, match=r"archive!F2\.xml"):
        built(home, folder, HashEmbeddings())
    assert snapshots(home) == [before.id]
    assert current_folder(home).name == before.id


def test_a_build_after_a_failed_one_succeeds_in_the_same_process(home: Path, folder: Path) -> None:
    with pytest.raises(RuntimeError):
        built(home, folder, FailingEmbeddings(RuntimeError("panne")))
    assert built(home, folder, HashEmbeddings()).manifest.counts["vectors"] == 3
    assert snapshots(home) == [current_folder(home).name]


def test_what_an_interrupted_build_left_is_removed_by_the_next(home: Path, folder: Path) -> None:
    leftover = home / "snapshots" / ".building-2020-01-01-abc"
    leftover.mkdir(parents=True)
    (leftover / "fiches.sqlite").write_bytes(b"abc")
    built(home, folder, HashEmbeddings())
    assert not leftover.exists()


def test_a_damaged_snapshot_is_built_again(home: Path, folder: Path) -> None:
    first = built(home, folder, HashEmbeddings()).manifest
    (home / "snapshots" / first.id / "manifest.json").write_text("{")
    assert built(home, folder, HashEmbeddings()).built
    assert Snapshot.open(home).ids == ["F1", "F2", "F3"]


def test_a_rebuild_on_demand_builds_the_same_content(home: Path, folder: Path) -> None:
    first = built(home, folder, HashEmbeddings()).manifest
    again = built(home, folder, HashEmbeddings(), rebuild=True)
    assert again.built
    assert again.manifest.content_sha256 == first.content_sha256


def test_two_builders_at_once_are_refused(home: Path, folder: Path) -> None:
    home.mkdir()
    with (home / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SnapshotError, match="déjà en cours"):
            built(home, folder, HashEmbeddings())
    assert built(home, folder, HashEmbeddings()).built


def test_only_the_newest_snapshots_are_kept(home: Path, folder: Path) -> None:
    names = []
    for number in range(4):
        write(folder, 1, f"Version {number}")
        names.append(built(home, folder, HashEmbeddings(), keep=2).manifest.id)
    assert snapshots(home) == sorted(names[-2:])
    assert current_folder(home).name == names[-1]


def test_a_fiche_without_a_date_can_be_built(home: Path, folder: Path) -> None:
    for file in folder.glob("*.xml"):
        file.write_bytes(re.sub(rb"<dc:date>.*</dc:date>", b"", file.read_bytes()))
    assert built(home, folder, HashEmbeddings()).manifest.age_days() >= 0


def test_the_manifest_says_source_counts_and_hashes(souffleur_home: Path) -> None:
    manifest = Snapshot.open(souffleur_home).manifest
    assert (manifest.source, manifest.origin) == ("demo", "corpus de démonstration")
    assert manifest.schemas == ["3.5"]
    assert manifest.embedding_model == EMBEDDED_MODEL
    assert manifest.counts["fiches"] == manifest.counts["vectors"]
    assert manifest.counts["fiches"] == len({file.name for file in CORPUS.rglob("F*.xml")})
    assert all(count > 0 for count in manifest.counts.values())
    for digest in (manifest.archive_sha256, manifest.content_sha256, manifest.code_sha256):
        assert re.fullmatch("[0-9a-f]{64}", digest)


def test_a_vector_that_comes_with_the_project_is_neither_computed_nor_kept(tmp_path: Path) -> None:
    texts = ["phrase livrée", "phrase nouvelle"]
    exact = np.array(HashEmbeddings().embed_documents(texts), np.float32)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    write_shipped(texts[:1], exact[:1], tmp_path / "shipped.npz")
    shipped = shipped_vectors(tmp_path / "shipped.npz")
    cached = CachedEmbeddings(HashEmbeddings(), "un", tmp_path / "cache.sqlite", shipped)
    found = np.array(cached.embed_documents([*texts, texts[0]]))
    assert cached.computed == 1
    assert np.allclose(found[2], found[0])
    assert np.allclose(found[0], exact[0], atol=0.01)
    assert found[1].tolist() == HashEmbeddings().embed_query(texts[1])


def test_every_phrase_of_callers_comes_with_its_vector() -> None:
    shipped = shipped_vectors()
    phrases = [text for known in spoken_phrases().values() for text in known]
    assert all(key_of(text) in shipped for text in phrases)
