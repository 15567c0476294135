"""What another thread yields, until a deadline, whatever it waits for.

A read that waits cannot be interrupted, and a server that drips one byte a second resets every
timeout of a socket. So the work runs in a thread of its own, which is left behind at the deadline and
ends at its next item or at its own read timeout.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def until(
    deadline: float, produce: Callable[[], Iterator[Item]], stopped: threading.Event
) -> Iterator[Item]:
    """What ``produce`` yields in another thread.

    Args:
        deadline: ``time.monotonic()`` after which nothing is waited for.
        produce: its iterator is begun, walked through and closed in that thread.
        stopped: set once nobody waits any more.

    Raises:
        TimeoutError: the deadline has passed.
    """
    found: queue.SimpleQueue[tuple[bool, Item | BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            for item in produce():
                if stopped.is_set():
                    return
                found.put((True, item))
            found.put((False, None))
        except BaseException as error:
            found.put((False, error))

    threading.Thread(target=work, name="until-deadline", daemon=True).start()
    try:
        while True:
            try:
                more, item = found.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                raise TimeoutError from None
            if more:
                yield item  # type: ignore[misc]
            elif isinstance(item, BaseException):
                raise item
            else:
                return
    finally:
        stopped.set()
