"""Damage to the data directory: another snapshot serves, says so, and the mended one comes back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from assistant.serving import Serving
from assistant.settings import Settings
from tests.faults.conftest import rebuilt, until
from vectorstore.errors import SnapshotError
from vectorstore.integrity import STORE, check
from vectorstore.keeping import hold, let_go, previous
from vectorstore.snapshot import Snapshot, current_folder, current_path

pytestmark = pytest.mark.slow

QUESTION = "Combien coûte un Pacs ?"


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flipped(path: Path) -> None:
    """Change a byte in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def test_a_changed_byte_in_any_file_is_noticed_and_the_previous_snapshot_serves(
    home: Path, embeddings: Embeddings
) -> None:
    good = current_folder(home).name
    bad = rebuilt(home, embeddings).manifest.id
    folder = home / "snapshots" / bad
    filled = [path for path in files_of(folder) if path.stat().st_size]
    assert len(filled) > 40
    for path in filled:
        if str(path.relative_to(folder)) == STORE:
            continue  # its rows are summed, see below
        kept = path.read_bytes()
        flipped(path)
        found = Snapshot.open(home)
        assert found.manifest.id == good, path
        assert found.notice is not None
        assert bad in found.notice
        path.write_bytes(kept)
    assert Snapshot.open(home).notice is None


@pytest.mark.parametrize("harm", ["removed", "cut"])
def test_a_file_that_is_removed_or_cut_is_noticed(
    home: Path, embeddings: Embeddings, harm: str
) -> None:
    good = current_folder(home).name
    folder = home / "snapshots" / rebuilt(home, embeddings).manifest.id
    for path in files_of(folder):
        if path.name == "sums.json" and harm == "removed":
            continue  # as a snapshot of an older version, which has none
        if not path.stat().st_size and harm == "cut":
            continue
        kept = path.read_bytes()
        path.unlink()
        if harm == "cut":
            path.write_bytes(kept[: len(kept) // 2])
        assert Snapshot.open(home).manifest.id == good, path
        path.write_bytes(kept)
    assert Snapshot.open(home).notice is None


def test_a_vector_that_is_missing_in_the_store_is_noticed(home: Path) -> None:
    import sqlite3

    folder = current_folder(home)
    with sqlite3.connect(folder / STORE) as store:
        store.execute("DELETE FROM embeddings WHERE id = 5")
    with pytest.raises(SnapshotError, match=r"chroma\.sqlite3 : fichier abîmé"):
        check(folder)


def test_searching_leaves_a_snapshot_as_it_was_built(home: Path) -> None:
    for _ in range(2):
        serving = Serving(Settings(home=home))
        assert not serving.assistant().ask(QUESTION).abstained
    check(current_folder(home))


def test_a_damaged_snapshot_alone_is_said_with_its_file_and_remedy(home: Path) -> None:
    flipped(current_folder(home) / "vocabulary.json")
    with pytest.raises(SnapshotError, match=r"vocabulary\.json .*souffleur sync"):
        Snapshot.open(home)


def test_an_update_builds_a_damaged_snapshot_again(home: Path, embeddings: Embeddings) -> None:
    from tests.conftest import CORPUS, silent
    from vectorstore.build import build
    from vectorstore.embeddings import EMBEDDED_MODEL
    from vectorstore.sources import Fetched

    damaged = current_folder(home).name
    flipped(home / "snapshots" / damaged / "geometry.npz")
    fetched = Fetched("demo", CORPUS, "corpus de démonstration", "demo", "")
    assert build(home, fetched, embeddings, EMBEDDED_MODEL, "heads", silent).built
    assert Snapshot.open(home).notice is None
    assert not (home / "snapshots" / damaged).exists()


def test_a_lost_pointer_finds_the_newest_snapshot(home: Path) -> None:
    name = current_folder(home).name
    current_path(home).write_bytes(b"\0\0\0")
    assert Snapshot.open(home).manifest.id == name
    current_path(home).unlink()
    assert Snapshot.open(home).manifest.id == name


def test_damage_while_it_serves_changes_to_the_other_snapshot_and_back(
    home: Path, settings: Settings, embeddings: Embeddings
) -> None:
    good = current_folder(home).name
    bad = rebuilt(home, embeddings).manifest.id
    serving = Serving(settings)
    assert serving.assistant().snapshot.manifest.id == bad
    path = home / "snapshots" / bad / "fiches.sqlite"
    kept = path.read_bytes()
    flipped(path)
    until(lambda: serving.assistant().snapshot.manifest.id == good)
    card = serving.assistant().ask(QUESTION)
    assert not card.abstained
    assert any("Corpus de secours" in warning for warning in card.warnings)
    path.write_bytes(kept)
    until(lambda: serving.assistant().snapshot.manifest.id == bad)
    assert not any("secours" in warning for warning in serving.assistant().ask(QUESTION).warnings)


def test_the_directory_that_is_removed_leaves_the_answers_and_is_opened_again_when_it_is_back(
    home: Path, settings: Settings, tmp_path: Path
) -> None:
    serving = Serving(settings)
    before = serving.assistant().ask(QUESTION)
    shutil.copytree(home, tmp_path / "saved")
    shutil.rmtree(home)
    until(lambda: bool(serving.assistant()) and serving.failure is not None)
    assert serving.assistant().ask(QUESTION).say == before.say
    assert serving.failure is not None
    assert "souffleur sync" in serving.failure
    shutil.copytree(tmp_path / "saved", home)
    until(lambda: bool(serving.assistant()) and serving.failure is None)
    assert serving.assistant().ask(QUESTION).say == before.say


def test_a_call_in_progress_keeps_its_snapshot_when_another_is_put_in_use(
    home: Path, settings: Settings, embeddings: Embeddings
) -> None:
    serving = Serving(settings)
    of_the_call = serving.assistant()
    old = of_the_call.snapshot.manifest.id
    new = rebuilt(home, embeddings).manifest.id
    until(lambda: serving.assistant().snapshot.manifest.id == new)
    assert of_the_call.ask(QUESTION).snapshot == old
    assert serving.assistant().ask(QUESTION).snapshot == new


def test_a_snapshot_put_back_by_hand_stays_until_it_is_let_go(
    home: Path, embeddings: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.corpus_cli import sync
    from assistant.settings import load_settings
    from vectorstore.errors import SouffleurError

    first = current_folder(home).name
    rebuilt(home, embeddings)
    assert previous(home) == first
    hold(home, first)
    assert current_folder(home).name == first
    monkeypatch.setenv("SOUFFLEUR_HOME", str(home))
    monkeypatch.setattr("vectorstore.embeddings.build_embeddings", lambda *_: embeddings)
    load_settings.cache_clear()
    with pytest.raises(SouffleurError, match="--release"):
        sync("demo", rebuild=True)
    assert current_folder(home).name == first
    let_go(home)
    sync("demo", rebuild=True)
    assert current_folder(home).name != first
    load_settings.cache_clear()


def test_a_clock_that_is_far_ahead_or_behind_leaves_the_newest_build_in_use(
    home: Path, embeddings: Embeddings
) -> None:
    import os

    first = current_folder(home).name
    manifest = home / "snapshots" / first / "manifest.json"
    os.utime(manifest, (4_000_000_000, 4_000_000_000))  # built in 2096, by its clock
    second = rebuilt(home, embeddings).manifest.id
    third = rebuilt(home, embeddings).manifest.id
    fourth = rebuilt(home, embeddings).manifest.id
    assert current_folder(home).name == fourth
    assert Snapshot.open(home).manifest.id == fourth
    assert {first, second, third, fourth} >= {
        folder.name for folder in (home / "snapshots").iterdir()
    }


def test_a_clock_behind_the_data_is_said_on_the_card(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vectorstore.snapshot import Manifest

    monkeypatch.setattr(Manifest, "age_days", lambda self, today=None: -400)
    warnings = Serving(settings).assistant().ask(QUESTION).warnings
    assert any("l'horloge de ce poste retarde" in warning for warning in warnings)
