"""The queue on disk: what waits while the database cannot be reached.

One file for all processes of a machine, one entry a line, written under a lock and flushed to the disk
before it is acknowledged. Entries can be applied twice without harm, so that a process killed between
applying and forgetting them does no damage.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

Write = tuple[Literal["put", "set"], str, dict[str, Any]]
"""Put a whole row into a table, or set some values of a row by its ``id``."""
Entry = list[Write]
"""Writes that hold together or not at all."""


class DiskQueue:
    """Entries in the order in which they were acknowledged.

    Args:
        path: the file; its folder is made when the first entry comes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def waiting(self) -> bool:
        """Whether any entry waits; as cheap as one look at the file."""
        try:
            return self.path.stat().st_size > 0
        except OSError:
            return False

    def append(self, entry: Entry) -> None:
        """Keep an entry; it is on the disk once this returns.

        Raises:
            OSError: the disk refuses it.
        """
        line = json.dumps(entry, ensure_ascii=False, default=_as_text).encode() + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked() as file:
            end = os.lseek(file, 0, os.SEEK_END)
            torn = end > 0 and os.pread(file, 1, end - 1) != b"\n"
            try:
                _write_all(file, b"\n" + line if torn else line)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, end)
                raise

    def drain(self, apply: Callable[[Entry], None]) -> int:
        """Apply every entry, oldest first, and forget them once all are applied.

        Args:
            apply: stores one entry; what it raises leaves the queue as it is.

        Returns:
            How many were applied. A line cut short was never acknowledged, and is passed over.
        """
        if not self.waiting():
            return 0
        applied = 0
        with self._locked() as file:
            size = os.lseek(file, 0, os.SEEK_END)
            for line in os.pread(file, size, 0).split(b"\n"):
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                apply([(how, table, values) for how, table, values in entry])
                applied += 1
            os.ftruncate(file, 0)
            os.fsync(file)
        return applied

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, held against the other threads and processes of this machine."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _as_text(value: Any) -> str:
    return str(value.isoformat())
