"""``souffleur sync --watch HH:MM``: an update a day, each in a process of its own.

What fails in an update, or ends it, cannot end the watch; it is tried again after a while. The clock
is read anew every few seconds, so that a clock that is put right moves the next update with it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from vectorstore.errors import UsageError

LOOK_EVERY_S = 20.0
RETRY_AFTER_S = 900.0


def due_at(text: str, now: datetime) -> datetime:
    """The next time that the clock shows ``HH:MM``, after ``now``.

    Raises:
        UsageError: not a time of day.
    """
    try:
        at = datetime.strptime(text, "%H:%M").time()
    except ValueError as error:
        raise UsageError(f"--watch {text} : attendu une heure, par exemple 04:30") from error
    today = datetime.combine(now.date(), at)
    return today if today > now else today + timedelta(days=1)


def synced(arguments: list[str]) -> bool:
    """Run one update; its messages go where those of the watch go."""
    command = [sys.executable, "-m", "assistant.cli", "sync", *arguments]
    return subprocess.run(command, check=False).returncode == 0


class Watch:
    """The times of the updates.

    Args:
        at: ``HH:MM``, local time.
        update: makes an update and says whether it succeeded.
        clock: the local time.
    """

    def __init__(
        self, at: str, update: Callable[[], bool], clock: Callable[[], datetime] = datetime.now
    ) -> None:
        self._at, self._update, self._clock = at, update, clock
        self._last = clock()
        self.due = due_at(at, self._last)

    def look(self) -> bool | None:
        """Update if it is time: whether it succeeded, or None when it was not time."""
        now = self._clock()
        if now < self._last - timedelta(seconds=LOOK_EVERY_S):  # the clock was put back
            self.due = due_at(self._at, now)
        self._last = now
        if now < self.due:
            return None
        done = self._update()
        retry = now + timedelta(seconds=RETRY_AFTER_S)
        self.due = due_at(self._at, now) if done else min(retry, due_at(self._at, now))
        return done

    def run(self) -> None:
        """Look for ever."""
        while True:
            print(f"Prochaine mise à jour : {self.due:%Y-%m-%d %H:%M}", flush=True)
            while self.look() is None:
                time.sleep(LOOK_EVERY_S)
