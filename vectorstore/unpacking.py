"""What comes out of something packed, a bounded piece at a time: zip, tar, gzip, bzip2, xz.

Python's own readers are safe by the piece, but some of their steps are not: a zip's list of members
and a tar's long names are read whole, a tar's bzip2 or a zip's bzip2 member is unpacked by the
packed piece (10 kB can hold gigabytes), and xz takes the memory that its header asks for. Each of
these is bounded or refused here. Nothing is ever unpacked to disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from vectorstore.errors import ArchiveError, shown

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_RATIO = 100
"""Bytes unpacked for each packed one; DILA's documents stay below 20."""
RATIO_FROM = 16 * 1024 * 1024
"""Below this size the ratio is not asked: small files of blanks pack well."""
MAX_LIST_BYTES = 8 * 1024 * 1024
"""Of a zip's list of members: 60,000 members of a hundred bytes each fit."""
MAX_TAR_HEADER_BYTES = 64 * 1024
"""Of a tar's long name or extended header, which are read whole."""
MAX_XZ_MEMORY = 128 * 1024 * 1024
"""What an xz stream may ask for its dictionary; the strongest preset asks for 65 MB."""
_PIECE = 64 * 1024
_PLAIN_HEADERS = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE)
_LONG_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)

UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    OSError,
    ValueError,
    OverflowError,
    RecursionError,
    RuntimeError,
)
"""What the standard library raises on an archive that is damaged, truncated or forged."""


class _Reader(io.RawIOBase):
    """A stream that is only read, forwards."""

    def readable(self) -> bool:
        return True


class Counted(_Reader):
    """A stream that refuses to give more than it may.

    Args:
        stream: what is read.
        place: what messages begin with.
        most: the most bytes that may come out.
    """

    def __init__(self, stream: IO[bytes], place: str, most: int) -> None:
        self._stream = stream
        self._place = place
        self._most = most
        self._given = 0

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.read(min(len(view), _PIECE))
        self._given += len(data)
        if self._given > self._most:
            raise ArchiveError(
                f"{self._place} : contenu décompressé au-delà de {self._most} octets, archive "
                "refusée ; la télécharger à nouveau à sa source officielle"
            )
        view[: len(data)] = data
        return len(data)


class _Xz(_Reader):
    """One xz stream, unpacked within a bounded memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lzma = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_XZ_MEMORY)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        while not self._lzma.eof:
            packed = self._stream.read(_PIECE) if self._lzma.needs_input else b""
            if self._lzma.needs_input and not packed:
                raise EOFError("fin inattendue")
            data = self._lzma.decompress(packed, len(view))
            if data:
                view[: len(data)] = data
                return len(data)
        return 0


def most_of(packed_bytes: int, most: int) -> int:
    """How many bytes may come out of so many packed ones: by ratio, and ``most`` at most."""
    return min(most, max(RATIO_FROM, MAX_RATIO * packed_bytes))


class _GuardedFile(io.FileIO):
    """A file of which no more than a zip's list of members may be read at once."""

    guarded = True

    def read(self, size: int | None = -1, /) -> bytes:
        left = os.fstat(self.fileno()).st_size - self.tell()
        wanted = left if size is None or size < 0 else min(size, left)
        if self.guarded and wanted > MAX_LIST_BYTES:
            raise ArchiveError(
                f"{self.name} : liste de fichiers au-delà de {MAX_LIST_BYTES} octets, archive refusée"
            )
        return super().read(size) or b""


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip whose list of members is of a bearable size.

    Raises:
        ArchiveError: it is not.
    """
    with _GuardedFile(path) as file, zipfile.ZipFile(file) as archive:
        file.guarded = False
        yield archive


@contextmanager
def open_xz_member(archive: zipfile.ZipFile, name: str, most: int) -> Iterator[IO[bytes]]:
    """An xz file inside a zip, unpacked as a stream.

    Args:
        archive: the zip.
        name: its member.
        most: the most bytes that may come out.

    Raises:
        ArchiveError: more come out than ``most`` or ``MAX_RATIO`` allow.
        KeyError: no such member.
    """
    packed = archive.getinfo(name).file_size
    place = f"{Path(str(archive.filename)).name}!{name}"
    with archive.open(name) as member:
        yield io.BufferedReader(Counted(_stream(_Xz(member)), place, most_of(packed, most)))


class _RefusedMember(ArchiveError):
    """Its message begins with the member's name; the archive's is put before it."""


class _Member(tarfile.TarInfo):
    """A tar's member; what is neither a file, a folder nor a short header is refused."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        if member.type in _LONG_HEADERS:
            if not 0 <= member.size <= MAX_TAR_HEADER_BYTES:
                raise _RefusedMember(f"{shown(member.name)} : en-tête de {member.size} octets")
        elif member.issym() or member.islnk():
            raise _RefusedMember(f"{shown(member.name)} : lien")
        elif member.type not in _PLAIN_HEADERS:
            raise _RefusedMember(f"{shown(member.name)} : ni fichier ni dossier")
        return member


@contextmanager
def open_tar(path: Path, most: int) -> Iterator[tarfile.TarFile]:
    """A tar, plain or packed by gzip or bzip2, as a stream that can be read once.

    Args:
        path: the file.
        most: the most bytes that may come out of it.

    Raises:
        ArchiveError: more come out than ``most`` or ``MAX_RATIO`` allow, or a member is a link, a
            device or another thing than a file or a folder.
    """
    with path.open("rb") as packed:
        start = packed.read(3)
        packed.seek(0)
        stream: IO[bytes] = packed
        if start[:2] == b"\x1f\x8b":
            stream = _stream(gzip.GzipFile(fileobj=packed))
        elif start == b"BZh":
            stream = _stream(bz2.BZ2File(packed))
        counted = Counted(stream, str(path), most_of(path.stat().st_size, most))
        try:
            with tarfile.open(fileobj=_stream(counted), mode="r|", tarinfo=_Member) as archive:
                yield archive
        except _RefusedMember as error:
            raise ArchiveError(f"{path}!{error}, archive refusée") from error


def _stream(raw: io.RawIOBase | io.BufferedIOBase) -> IO[bytes]:
    """A binary stream, as the standard library's annotations call it."""
    return raw  # type: ignore[return-value]
