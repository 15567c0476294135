"""One exchange with an endpoint, within a deadline and a number of bytes, whatever it sends.

It runs in a thread of its own (``vectorstore/deadline.py`` says why).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic

import httpx

from vectorstore.deadline import Item, until

_running = threading.local()


class Abandoned(Exception):
    """The exchange was given up: too late, or too long (``Exchange.over`` tells)."""


@dataclass
class Exchange(Generic[Item]):
    """The bounds of one exchange.

    Args:
        deadline: ``time.monotonic()`` after which nothing is waited for.
        max_bytes: the longest body that is read.
    """

    deadline: float
    max_bytes: int
    too_long: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    read: int = 0

    def left_s(self) -> float:
        return self.deadline - time.monotonic()

    def run(self, produce: Callable[[], Iterator[Item]]) -> Iterator[Item]:
        """What ``produce`` yields in another thread, until the deadline.

        Raises:
            TimeoutError: the deadline has passed.
        """

        def work() -> Iterator[Item]:
            _running.exchange = self
            yield from produce()

        return until(self.deadline, work, self.stopped)

    def count(self, size: int) -> None:
        """Take note of bytes received.

        Raises:
            Abandoned: they are too many, or nobody waits for them any more.
        """
        self.read += size
        if self.read > self.max_bytes:
            self.too_long = True
            raise Abandoned("réponse trop longue")
        if self.stopped.is_set() or self.left_s() <= 0:
            raise Abandoned("trop tard")


class _Counted(httpx.SyncByteStream):
    """A body whose bytes are counted as they come."""

    def __init__(self, inner: httpx.SyncByteStream, exchange: Exchange[object]) -> None:
        self._inner = inner
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._inner:
            self._exchange.count(len(chunk))
            yield chunk

    def close(self) -> None:
        self._inner.close()


def _bound(response: httpx.Response) -> None:
    """Count the body of a response; refuse at once one that says that it is too long or packed."""
    exchange: Exchange[object] = _running.exchange
    packed = response.headers.get("content-encoding", "identity").lower() != "identity"
    length = response.headers.get("content-length", "")
    if packed or (length.isdigit() and int(length) > exchange.max_bytes):
        exchange.too_long = True
        response.close()
        raise Abandoned("réponse trop longue")
    assert isinstance(response.stream, httpx.SyncByteStream)
    response.stream = _Counted(response.stream, exchange)


def bounded_client(connect_timeout_s: float, silence_timeout_s: float) -> httpx.Client:
    """An HTTP client for use inside ``Exchange.run``: bounded bodies, no redirects, nothing packed."""
    return httpx.Client(
        timeout=httpx.Timeout(silence_timeout_s, connect=connect_timeout_s),
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_bound]},
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
    )
