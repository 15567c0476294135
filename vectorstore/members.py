"""The members of an archive of fiches: names and bytes, bounded, from a zip, a tar or a folder."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from vectorstore.errors import ArchiveError, shown
from vectorstore.unpacking import UNREADABLE, most_of, open_tar, open_zip

MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
"""The largest document of November 2020 has 2.6 MB."""
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
MAX_MEMBERS = 60_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Wanted = Callable[[str], bool]
"""Whether a member of that name is to be read."""


class Budget:
    """Bytes and members that one walk may still read.

    Args:
        place: what messages begin with.
        packed_bytes: the archive's size, which bounds what may come out of it; None for a folder.
    """

    def __init__(self, place: Path, packed_bytes: int | None = None) -> None:
        self._place = place
        self._bytes = 0
        self._names: set[str] = set()
        self._members = 0
        self._most = (
            MAX_TOTAL_BYTES if packed_bytes is None else most_of(packed_bytes, MAX_TOTAL_BYTES)
        )

    def take_member(self, name: str) -> None:
        """Count a member and refuse a name that climbs out of its archive."""
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise ArchiveError(f"{self._place} : plus de {MAX_MEMBERS} fichiers, archive refusée")
        pure = PurePosixPath(name.replace("\\", "/"))
        if pure.is_absolute() or ".." in pure.parts or re.match(r"^[A-Za-z]:", name):
            raise ArchiveError(
                f"{self._place} : chemin « {shown(name)} » qui sort de l'archive, archive refusée"
            )

    def take_name(self, name: str) -> None:
        """Refuse a document that stands twice in the archive: which one holds is not known."""
        if name in self._names:
            raise ArchiveError(f"{self._place}!{shown(name)} : présent deux fois, archive refusée")
        self._names.add(name)

    def take_bytes(self, name: str, count: int) -> None:
        """Count a member's bytes; refuse too many in one member or in all."""
        if count > MAX_DOCUMENT_BYTES:
            raise ArchiveError(
                f"{self._place}!{shown(name)} : {count} octets, au-delà de la limite de "
                f"{MAX_DOCUMENT_BYTES} par document, archive refusée"
            )
        self._bytes += count
        if self._bytes > self._most:
            raise ArchiveError(
                f"{self._place} : contenu décompressé au-delà de {self._most} octets, "
                "archive refusée"
            )


def zip_members(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """The wanted members of a zip.

    Raises:
        ArchiveError: corrupt, beyond a bound, or holding a link or a name that climbs out.
    """
    budget = Budget(path, path.stat().st_size)
    name = ""
    try:
        with open_zip(path) as archive:
            infos = archive.infolist()
            for info in infos:
                budget.take_member(info.filename)
                if stat.S_ISLNK(info.external_attr >> 16):
                    raise ArchiveError(
                        f"{path}!{shown(info.filename)} : lien symbolique, archive refusée"
                    )
            for info in infos:
                if info.is_dir() or not wanted(info.filename):
                    continue
                name = info.filename
                budget.take_name(name)
                budget.take_bytes(name, info.file_size)
                if info.compress_type not in _METHODS:
                    raise ArchiveError(
                        f"{path}!{shown(name)} : compression {info.compress_type} refusée ; "
                        "attendu : un zip sans compression ou « deflate »"
                    )
                with archive.open(info) as member:
                    data = member.read(MAX_DOCUMENT_BYTES + 1)
                if len(data) > info.file_size:
                    budget.take_bytes(name, len(data))
                yield name, data
    except UNREADABLE as error:
        raise corrupt(f"{path}!{shown(name)}" if name else path, error) from error


def tar_members(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """The wanted members of a tar; raises as ``zip_members``."""
    budget = Budget(path, path.stat().st_size)
    try:
        with open_tar(path, MAX_TOTAL_BYTES) as archive:
            for info in archive:
                budget.take_member(info.name)
                if not info.isreg():
                    continue
                if info.issparse():
                    raise ArchiveError(f"{path}!{shown(info.name)} : fichier à trous refusé")
                budget.take_bytes(info.name, info.size)
                if not wanted(info.name):
                    continue
                budget.take_name(info.name)
                member = archive.extractfile(info)
                if member is not None:
                    yield info.name, member.read(MAX_DOCUMENT_BYTES + 1)
    except UNREADABLE as error:
        raise corrupt(path, error) from error


def folder_members(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """The wanted files of a folder; symbolic links are passed over. Raises as ``zip_members``."""
    budget = Budget(path)
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if not file.is_file() or file.is_symlink() or not wanted(name):
            continue
        budget.take_member(name)
        try:
            with file.open("rb") as stream:
                data = stream.read(MAX_DOCUMENT_BYTES + 1)
        except OSError as error:
            raise corrupt(file, error) from error
        budget.take_bytes(name, len(data))
        yield name, data


def corrupt(place: Path | str, error: BaseException) -> ArchiveError:
    """The one message about an archive that cannot be read."""
    reason = shown(" ".join(str(error).split())) or type(error).__name__
    return ArchiveError(
        f"{place} : archive illisible ou tronquée ({reason}) ; la télécharger à nouveau"
    )
