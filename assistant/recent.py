"""The last turns, with what was found for them, so that a case told later needs no new search."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from assistant.turn import Turn

RECENT_TURNS = 120
"""Two for each of sixty agents. Each keeps the passages of ten fiches in memory."""


class RecentTurns:
    """The last turn of each question in its call; safe for several threads."""

    def __init__(self) -> None:
        self._turns: OrderedDict[tuple[str, ...], Turn] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, turn: Turn) -> None:
        """Remember a turn, in the place of an earlier one of the same question."""
        key = (turn.question, *turn.history)
        with self._lock:
            self._turns[key] = turn
            self._turns.move_to_end(key)
            while len(self._turns) > RECENT_TURNS:
                self._turns.popitem(last=False)

    def find(self, question: str, history: Sequence[str]) -> Turn | None:
        """The last turn of that question in that call, however much of it was masked."""
        asked = Turn.of(question, history)
        with self._lock:
            return self._turns.get((asked.question, *asked.history))
