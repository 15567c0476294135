"""Backup and restore: journal, gold set and settings of an installation, in one file.

The file is a tar archive: ``journal.jsonl`` (the journal's rows, of whatever database), ``home/`` (what the
installation wrote of its own: gold set, roles, switches, key of the pseudonyms) and ``settings.env`` (the
``.env`` file, if there is one). Snapshots, directory and caches are not in it: ``souffleur sync`` makes them.
It holds what the settings hold, secrets included, and is readable by its owner alone.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from assistant.journal import Journal
from assistant.settings import Settings
from vectorstore.errors import SouffleurError, UsageError

FORMAT = 1
MANIFEST, ROWS, ENV, HOME = "manifest.json", "journal.jsonl", "settings.env", "home"
MADE_AGAIN = frozenset({"snapshots", "current", "cache", "directory", "runs", "jobs", "backups"})
"""What a restored installation makes anew, by its name in the data directory."""
LARGEST_FILE = 64 * 2**20
"""Bytes of the largest file of settings or gold items; the journal may be larger."""


class BackupError(SouffleurError):
    """A backup cannot be made or read."""


@dataclass(frozen=True)
class Restored:
    """What came back."""

    rows: int
    files: int
    made_at: str
    before: Path | None
    """Backup of what was replaced."""


def backup(settings: Settings, journal: Journal, path: Path, env: Path = Path(".env")) -> int:
    """Write the file, whole or not at all; returns how many rows of the journal it holds.

    Raises:
        JournalError: the journal cannot be read.
        BackupError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    rows = partial.with_suffix(".rows")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        count = journal.export(rows)
        partial.touch(mode=0o600)
        with tarfile.open(partial, "w:gz") as archive:
            record = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(), "rows": count}
            _add(archive, MANIFEST, json.dumps(record).encode())
            archive.add(rows, ROWS)
            for file in _own_files(settings.home):
                archive.add(file, f"{HOME}/{file.relative_to(settings.home).as_posix()}")
            if env.is_file():
                archive.add(env, ENV)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
        return count
    except OSError as error:
        raise BackupError(f"{path} : sauvegarde impossible ({error.strerror})") from error
    finally:
        rows.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)


def restore(
    settings: Settings,
    journal: Journal,
    path: Path,
    *,
    replace: bool = False,
    env: Path = Path(".env"),
) -> Restored:
    """Put back what a backup holds; the whole file is read before anything is changed.

    Args:
        replace: put it in place of what is there, of which a backup is made first in ``home/backups``.

    Raises:
        BackupError: the file is no backup, or was made by a later version.
        UsageError: there is something to lose, and ``replace`` was not said.
    """
    made_at, rows, files = _read(path)
    before: Path | None = None
    if not journal.is_empty():
        if not replace:
            raise UsageError(
                f"{settings.home} : le journal n'est pas vide ; ajouter --replace pour le remplacer "
                "(une sauvegarde de l'état actuel est faite avant)"
            )
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        before = settings.home / "backups" / f"avant-{stamp}.tar.gz"
        backup(settings, journal, before, env)
    for name, content in files.items():
        target = env if name == ENV else settings.home / PurePosixPath(name).relative_to(HOME)
        _write(target, content)
    journal.replace(rows)
    return Restored(len(rows), len(files), made_at, before)


def _own_files(home: Path) -> Iterator[Path]:
    """What the installation wrote of its own in its data directory."""
    if not home.is_dir():
        return
    for entry in sorted(home.iterdir()):
        if entry.name in MADE_AGAIN or entry.name.startswith((".", "journal.sqlite", "journal.q")):
            continue
        if entry.name.endswith(".lock"):
            continue
        for file in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            if file.is_file() and not file.is_symlink():
                yield file


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))


def _read(path: Path) -> tuple[str, list[dict[str, object]], dict[str, bytes]]:
    """When the backup was made, the journal's rows, and the files by their name in it."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            manifest = json.loads(_content(archive, MANIFEST).read())
            if manifest["format"] != FORMAT:
                raise BackupError(
                    f"{path} : sauvegarde de format {manifest['format']}, {FORMAT} attendu ; "
                    "la restaurer avec la version qui l'a faite"
                )
            rows = [json.loads(line) for line in _content(archive, ROWS)]
            if len(rows) != manifest["rows"]:
                raise BackupError(f"{path} : sauvegarde incomplète ; en prendre une autre")
            files = {
                member.name: _content(archive, member.name).read()
                for member in archive.getmembers()
                if member.name not in (MANIFEST, ROWS) and _is_ours(path, member)
            }
            return str(manifest["made_at"]), rows, files
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise BackupError(
            f"{path} : ce n'est pas une sauvegarde de Souffleur, ou elle est abîmée"
        ) from error


def _content(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _is_ours(path: Path, member: tarfile.TarInfo) -> bool:
    """Whether a file belongs in the data directory; anything that would land elsewhere is refused."""
    parts = PurePosixPath(member.name).parts
    inside = member.name == ENV or (len(parts) > 1 and parts[0] == HOME and ".." not in parts)
    if not (inside and member.isfile() and member.size <= LARGEST_FILE):
        raise BackupError(f"{path} : {member.name} n'a rien à faire dans une sauvegarde")
    return True


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.touch(mode=0o600)
    partial.write_bytes(content)
    partial.replace(target)
