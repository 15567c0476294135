"""The snapshots on disk: which there are, putting another one in use, what changed between two."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vectorstore.errors import SnapshotError, SouffleurError, UsageError
from vectorstore.snapshot import (
    FICHES,
    Manifest,
    Snapshot,
    current_folder,
    read_manifest,
    set_current,
)


@dataclass(frozen=True)
class Stored:
    """One snapshot on disk."""

    manifest: Manifest
    in_use: bool


class Page(NamedTuple):
    """A fiche as a difference names it."""

    id: str
    title: str


@dataclass(frozen=True)
class Difference:
    """What a newer snapshot holds that an older one does not, fiche by fiche."""

    old: str
    new: str
    added: tuple[Page, ...]
    removed: tuple[Page, ...]
    changed: tuple[Page, ...]
    """Under the title that they have now."""

    def touched(self) -> set[str]:
        """Ids of the fiches whose content is no longer what it was."""
        return {page.id for page in (*self.removed, *self.changed)}


def stored_snapshots(home: Path) -> list[Stored]:
    """Every readable snapshot under ``home``, the one built last first."""
    try:
        in_use = current_folder(home).name
    except SnapshotError:
        in_use = ""
    found = []
    for folder in (home / "snapshots").glob("[0-9]*"):
        try:
            found.append(Stored(read_manifest(folder), folder.name == in_use))
        except SouffleurError:
            continue  # an older format or a damaged folder cannot be put in use
    return sorted(found, key=lambda stored: stored.manifest.built_at, reverse=True)


def put_in_use(home: Path, name: str) -> Manifest:
    """Make a snapshot on disk the one in use, once it has been opened as a check.

    Raises:
        UsageError: there is none of that name.
        SnapshotError: it is damaged; the one in use does not change.
    """
    folder = snapshot_folder(home, name)
    manifest = Snapshot(folder).manifest
    set_current(home, folder.name)
    return manifest


def difference(home: Path, old: str, new: str) -> Difference:
    """Compare two snapshots on disk by the hashes of their fiches.

    Raises:
        UsageError: one of them is not there.
        SnapshotError: one of them is damaged.
    """
    before, after = (_pages(snapshot_folder(home, name)) for name in (old, new))
    return Difference(
        old,
        new,
        added=tuple(page for key, (page, _) in after.items() if key not in before),
        removed=tuple(page for key, (page, _) in before.items() if key not in after),
        changed=tuple(
            page
            for key, (page, digest) in after.items()
            if key in before and before[key][1] != digest
        ),
    )


def snapshot_folder(home: Path, name: str) -> Path:
    """The folder of the snapshot of that name.

    Raises:
        UsageError: there is none.
    """
    known = {stored.manifest.id for stored in stored_snapshots(home)}
    if name not in known:
        listed = ", ".join(sorted(known)) or "aucun"
        raise UsageError(f"corpus {name} absent de {home} ; corpus présents : {listed}")
    return home / "snapshots" / name


def _pages(folder: Path) -> dict[str, tuple[Page, str]]:
    """Fiche id -> the fiche and the hash of its content."""
    database = folder / FICHES
    try:
        with closing(
            sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
        ) as connection:
            rows = connection.execute("SELECT id, title, hash FROM fiches ORDER BY id").fetchall()
    except sqlite3.DatabaseError as error:
        raise SnapshotError(
            f"{database} : corpus abîmé ({error}) ; relancer « souffleur sync --rebuild »"
        ) from error
    return {row[0]: (Page(row[0], row[1]), row[2]) for row in rows}
