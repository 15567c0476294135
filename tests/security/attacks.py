"""What hostile archives are made with: each is written from a few lines."""

from __future__ import annotations

import struct
import tarfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

Attack = Callable[[Path], Path]
"""Writes the archive into a folder and returns its path."""


def typed(kind: bytes, name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def zeros(megabytes: int) -> bytes:
    """A raw deflate stream of so many MB of zeros, made of one block repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + packer.flush(zlib.Z_FINISH)


def forged_zip(entries: Iterable[tuple[str, bytes, int, int]], repeat: int = 1) -> Attack:
    """A zip whose list is written by hand: name, raw deflate stream, size said, method."""

    def write(folder: Path) -> Path:
        path = folder / "vosdroits-latest.zip"
        listed = b""
        with path.open("wb") as file:
            for name, stream, size, method in entries:
                where = file.tell()
                coded = name.encode()
                common = struct.pack("<HHHHHIII", 20, 0, method, 0, 33, 0, len(stream), size)
                file.write(b"PK\3\4" + common + struct.pack("<HH", len(coded), 0) + coded + stream)
                fields = struct.pack("<HHHHHII", len(coded), 0, 0, 0, 0, 0, where)
                listed += b"PK\1\2" + struct.pack("<H", 20) + common + fields + coded
            start, count = file.tell(), len(listed) and repeat
            file.write(listed * repeat)
            size = len(listed) * repeat
            end = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
            file.write(b"PK\6\6" + end + b"PK\6\7" + struct.pack("<IQI", 0, start + size, 1))
            short = min(count, 0xFFFF)
            last = struct.pack("<HHHHIIH", 0, 0, short, short, 0xFFFFFFFF, 0xFFFFFFFF, 0)
            file.write(b"PK\5\6" + last)
        return path

    return write
