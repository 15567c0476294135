from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from tests.conftest import CORPUS, silent
from vectorstore.build import build
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.errors import SnapshotError, UsageError
from vectorstore.history import difference, put_in_use, stored_snapshots
from vectorstore.snapshot import FICHES, current_folder
from vectorstore.sources import Fetched

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, embeddings: Embeddings) -> tuple[Path, str, str]:
    """A home with two snapshots: one fiche less, one changed, one added in the second."""
    home = tmp_path_factory.mktemp("two")
    folders = []
    for name in ("old", "new"):
        folder = home / name
        shutil.copytree(CORPUS, folder)
        folders.append(folder)
    old, new = folders
    (old / "part" / "F1168.xml").unlink()
    (new / "part" / "F31269.xml").unlink()
    changed = new / "part" / "F14929.xml"
    changed.write_text(changed.read_text("utf-8").replace("86", "96"), "utf-8")
    ids = []
    for folder in folders:
        fetched = Fetched("path", folder, str(folder), folder.name, "")
        ids.append(build(home, fetched, embeddings, EMBEDDED_MODEL, "heads", silent).manifest.id)
    return home, ids[0], ids[1]


def test_what_changed_between_two_snapshots_is_told_fiche_by_fiche(
    two: tuple[Path, str, str],
) -> None:
    home, old, new = two
    found = difference(home, old, new)
    assert [page.id for page in found.added] == ["F1168"]
    assert [page.id for page in found.removed] == ["F31269"]
    assert [page.id for page in found.changed] == ["F14929"]
    assert found.touched() == {"F31269", "F14929"}


def test_a_snapshot_does_not_differ_from_itself(two: tuple[Path, str, str]) -> None:
    home, old, _ = two
    assert difference(home, old, old).touched() == set()


def test_an_earlier_snapshot_is_put_back_in_use_and_the_newer_one_stays(
    two: tuple[Path, str, str],
) -> None:
    home, old, new = two
    assert [stored.in_use for stored in stored_snapshots(home)] == [True, False]
    put_in_use(home, old)
    assert current_folder(home).name == old
    assert {stored.manifest.id for stored in stored_snapshots(home)} == {old, new}
    put_in_use(home, new)


@pytest.mark.parametrize("name", ["2000-01-01-absent", "../two", ""])
def test_only_a_snapshot_of_the_list_can_be_put_in_use(
    two: tuple[Path, str, str], name: str
) -> None:
    home, _, new = two
    with pytest.raises(UsageError, match="corpus présents"):
        put_in_use(home, name)
    assert current_folder(home).name == new


def test_a_damaged_snapshot_is_refused_and_the_one_in_use_stays(
    two: tuple[Path, str, str], tmp_path: Path
) -> None:
    home, old, new = two
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    (copy / "snapshots" / old / FICHES).write_bytes(b"plus rien de lisible")
    with pytest.raises(SnapshotError):
        put_in_use(copy, old)
    assert current_folder(copy).name == new
