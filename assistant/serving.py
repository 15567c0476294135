"""The assistant in service: opened once per process, and again when another snapshot is in use.

A reader never waits for an opening: the one in service answers until the next is ready. Whoever holds
an assistant, a call in progress for instance, keeps it, with its snapshot, until it lets go.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path

from assistant.allocator import share_heaps
from assistant.chain import Assistant
from assistant.settings import Settings
from vectorstore.errors import SnapshotError, SouffleurError
from vectorstore.integrity import STORE
from vectorstore.snapshot import current_folder

LOOK_EVERY_S = 2.0
MEND_EVERY_S = 5.0
"""How often the snapshot in use is tried again while another serves in its place."""

State = tuple[tuple[str, int, int, int], ...]


class Serving:
    """The process's assistant; safe for several threads.

    Args:
        settings: name the data directory, which is looked at every two seconds.
        prepare: what is done to an assistant before it serves.
    """

    def __init__(
        self, settings: Settings, prepare: Callable[[Assistant], None] | None = None
    ) -> None:
        share_heaps()
        self._settings = settings
        self._prepare = prepare
        self._lock = threading.Lock()
        self._assistant: Assistant | None = None
        self._state: State = ()
        self._looked = 0.0
        self._opened = 0.0
        self._opening: threading.Thread | None = None
        self.failure: str | None = None
        """Why what is in use now could not be opened, in French; another still serves."""

    def assistant(self) -> Assistant:
        """The assistant to ask, at once; the first call waits for the opening.

        Raises:
            SouffleurError: none can be opened, and none was.
        """
        with self._lock:
            if self._assistant is None:
                self._open(_state(self._settings.home))
            elif self._due():
                self._opening = threading.Thread(target=self._reopen, name="serving", daemon=True)
                self._opening.start()
            assert self._assistant is not None
            return self._assistant

    def _due(self) -> bool:
        """Whether something else than what was opened may be there; looked at now and then."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S or (self._opening and self._opening.is_alive()):
            return False
        self._looked = now
        assert self._assistant is not None
        replaces = self._assistant.snapshot.notice is not None or self.failure is not None
        if replaces and now - self._opened >= MEND_EVERY_S:
            return True
        return _state(self._settings.home) != self._state

    def _open(self, state: State) -> None:
        opened = Assistant.open(self._settings)
        if self._prepare is not None:
            self._prepare(opened)
        opened.warm()
        self._assistant, self._state = opened, state
        self._opened, self.failure = time.monotonic(), None
        # Streamlit collects garbage after every run of a page, and would walk the whole corpus each
        # time: what is open is put out of its sight, and what it replaces is collected before. Python
        # waits with its next whole collection until as much is new as a quarter of what the last one
        # saw: one that sees nothing lets the next come before garbage is in the way.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        gc.collect()

    def _reopen(self) -> None:
        state = _state(self._settings.home)
        try:
            self._open(state)
        except SouffleurError as error:
            self.failure, self._state, self._opened = str(error), state, time.monotonic()


def _state(home: Path) -> State:
    """What tells one state of the data directory from another: the files of the snapshot in use."""
    try:
        folder = current_folder(home)
        found = []
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not str(path.relative_to(folder)).startswith(STORE):
                told = path.stat()
                found.append((str(path), told.st_ino, told.st_size, told.st_mtime_ns))
        return tuple(found)
    except (OSError, SnapshotError):
        return ()
