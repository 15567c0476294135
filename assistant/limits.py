"""How much may be asked: the size of one request, and the turns of one session in a minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from vectorstore.errors import UsageError

MAX_HISTORY = 60
"""Earlier questions of one call; a call of three minutes has three."""
MAX_CASES = 30
"""What may be told of one caller's case."""
MAX_TEXT_CHARS = 2_000
"""Of one earlier question with what was told of it, or of one case."""
MAX_COMMUNE_CHARS = 120
TURNS_PER_MINUTE = 40
"""Of one session: an agent asks three or four."""


def check_request(history: Sequence[str], cases: Sequence[str], commune: str | None) -> None:
    """Refuse what is larger than any call; the question itself is bounded where it is cleaned.

    Raises:
        UsageError: too many or too long texts; the message says which.
    """
    for name, texts, most in (
        ("L'appel", history, MAX_HISTORY),
        ("Le cas de l'appelant", cases, MAX_CASES),
    ):
        if len(texts) > most:
            raise UsageError(
                f"{name} compte {len(texts)} textes, {most} au plus : commencer un nouvel appel."
            )
        longest = max(map(len, texts), default=0)
        if longest > MAX_TEXT_CHARS:
            raise UsageError(
                f"{name} contient un texte de {longest} caractères, {MAX_TEXT_CHARS} au plus : le résumer."
            )
    if commune and len(commune) > MAX_COMMUNE_CHARS:
        raise UsageError(
            f"La commune fait {len(commune)} caractères, {MAX_COMMUNE_CHARS} au plus : "
            "donner son nom ou son code postal."
        )


class Pace:
    """The turns of one session, no more than so many in a minute.

    Args:
        per_minute: how many.
    """

    def __init__(self, per_minute: int = TURNS_PER_MINUTE) -> None:
        self._per_minute = per_minute
        self._taken: deque[float] = deque()

    def take(self, now: float | None = None) -> None:
        """Count a turn.

        Args:
            now: seconds of a clock that never goes back; that of the process by default.

        Raises:
            UsageError: there were too many in the last minute; the turn is not counted.
        """
        now = time.monotonic() if now is None else now
        while self._taken and now - self._taken[0] >= 60:
            self._taken.popleft()
        if len(self._taken) >= self._per_minute:
            wait = max(1, round(60 - (now - self._taken[0])))
            raise UsageError(
                f"Plus de {self._per_minute} demandes en une minute : attendre {wait} s puis recommencer."
            )
        self._taken.append(now)
