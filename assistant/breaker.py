"""When is a failing endpoint left alone, and when is it tried again?

After ``FAILURES`` failures in a row the circuit opens: nothing is sent for a while. Then one request is
let through; its success closes the circuit, its failure opens it again, for twice as long.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 3
REST_S = 15.0
LONGEST_REST_S = 300.0


class CircuitBreaker:
    """One endpoint's circuit, shared by the threads of a process.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rest_s = REST_S
        self._opened: float | None = None
        self._trying = False

    def wait_s(self) -> float:
        """Seconds until a request may be sent; 0 lets one through.

        While the circuit is open only one request at a time is let through: who is given 0 reports
        its end with ``succeeded``, ``failed`` or ``left``.
        """
        with self._lock:
            if self._opened is None:
                return 0.0
            left = self._opened + self._rest_s - self._clock()
            if left > 0:
                return left
            if self._trying:
                return 1.0
            self._trying = True
            return 0.0

    def succeeded(self) -> None:
        """The endpoint answered: the circuit closes."""
        with self._lock:
            self._failures, self._opened, self._trying = 0, None, False
            self._rest_s = REST_S

    def failed(self) -> None:
        """The endpoint failed."""
        with self._lock:
            self._failures += 1
            if self._opened is not None and self._trying:
                self._rest_s = min(self._rest_s * 2, LONGEST_REST_S)
            if self._failures >= FAILURES:
                self._opened = self._clock()
            self._trying = False

    def left(self) -> None:
        """A request ended without telling anything about the endpoint."""
        with self._lock:
            self._trying = False
