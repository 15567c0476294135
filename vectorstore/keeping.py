"""Which snapshots lie on the disk: those that are kept, those that are removed, what a kill left."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from vectorstore.errors import SnapshotError, UsageError
from vectorstore.integrity import check
from vectorstore.snapshot import (
    Manifest,
    current_folder,
    finished_folders,
    read_manifest,
    set_current,
)
from vectorstore.store import BUILD_TIMEOUT_S, collection_name, connect, remove, stored

STAGING = ".building-"
"""Beginning of the name of a folder that a build has not finished."""
HELD = "held"
"""The file that names a snapshot put back by hand."""


def built_with(home: Path, key: str, chroma_url: str | None) -> Manifest | None:
    """The snapshot that was built with that key, if it is whole, on the disk and on the server."""
    for folder in finished_folders(home):
        with suppress(SnapshotError):
            manifest = read_manifest(folder)
            if manifest.build_key == key and whole(folder, manifest, chroma_url):
                return manifest
    return None


def whole(folder: Path, manifest: Manifest, chroma_url: str | None) -> bool:
    """Whether a snapshot is as it was built, its collections on the server included.

    Raises:
        SnapshotError: the server does not answer.
    """
    if not _undamaged(folder):
        return False
    if chroma_url is None:
        return True
    counts = manifest.counts
    expected = [counts["vectors"], counts["name_vectors"], counts["fiches"]]
    with connect(folder, chroma_url) as client:
        return stored(client, manifest.collection) == expected


def remove_leftovers(snapshots: Path, chroma_url: str | None) -> None:
    """Remove what killed builds left."""
    leftovers = list(snapshots.glob(f"{STAGING}*"))
    builds = [collection_name(folder.name.removeprefix(STAGING)) for folder in leftovers]
    remove_snapshots(leftovers, builds, chroma_url)


def remove_snapshots(
    folders: Sequence[Path], collections: Sequence[str], chroma_url: str | None
) -> None:
    """Remove snapshots' folders, and their collections where a server holds them.

    A server that does not answer keeps its collections, and the folders of what failed stay to name
    them, so that the next build can remove both.
    """
    if chroma_url and collections:
        try:
            with connect(folders[0], chroma_url, BUILD_TIMEOUT_S) as client:
                remove(client, collections)
        except SnapshotError:
            return
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def forget_old(home: Path, keep: int, chroma_url: str | None) -> None:
    """Remove damaged snapshots and all but the newest ``keep`` others; never the one in use."""
    in_use = current_folder(home).name
    kept: list[Path] = []
    old: list[Path] = []
    for folder in finished_folders(home):
        good = len(kept) < max(keep, 1) and _undamaged(folder)
        (kept if good or folder.name == in_use else old).append(folder)
    remove_snapshots(old, [_collection_of(folder) for folder in old], chroma_url)


def _undamaged(folder: Path) -> bool:
    try:
        check(folder)
    except SnapshotError:
        return False
    return True


def _collection_of(folder: Path) -> str:
    try:
        return read_manifest(folder).collection
    except SnapshotError:  # of another format, or damaged: its collections are not known
        return collection_name(folder.name)


def held_snapshot(home: Path) -> str | None:
    """The snapshot that was put back by hand and that updates must not replace."""
    try:
        return (home / HELD).read_text("utf-8").strip() or None
    except OSError:
        return None


def previous(home: Path) -> str:
    """The newest whole snapshot that is not in use.

    Raises:
        SnapshotError: no other is kept.
    """
    in_use = current_folder(home).name
    for folder in finished_folders(home):
        if folder.name != in_use and _undamaged(folder):
            return folder.name
    raise SnapshotError(f"{home} : aucun autre corpus n'est gardé")


def hold(home: Path, name: str) -> None:
    """Put a kept snapshot in use, and keep updates from replacing it.

    Raises:
        UsageError: there is none of that name.
        SnapshotError: it is damaged.
    """
    folder = home / "snapshots" / name
    if folder not in finished_folders(home):
        kept = ", ".join(folder.name for folder in finished_folders(home))
        raise UsageError(f"{name} : aucun corpus de ce nom ; sont gardés : {kept}")
    check(folder)
    (home / HELD).write_text(name + "\n", "utf-8")
    set_current(home, name)


def let_go(home: Path) -> None:
    """Let updates replace the snapshot in use again."""
    (home / HELD).unlink(missing_ok=True)
