"""What a fuzzed step may cost, and what it may end with: a result or one clear French line."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from vectorstore.errors import SouffleurError

MAX_SECONDS = 2.0
"""Of the processor, for one input."""
MAX_GROWTH_MB = 60
"""Of the process, between the first tenth of the inputs and the last."""

_Result = TypeVar("_Result")


def held(step: Callable[[], _Result]) -> _Result | SouffleurError:
    """What the step gives, or the clear error with which it refuses; anything else fails the test."""
    started = time.thread_time()
    result: _Result | SouffleurError
    try:
        result = step()
    except SouffleurError as error:
        said = str(error)
        assert said
        assert "\n" not in said
        assert len(said) < 1000, said[:2000]
        assert "Traceback" not in said
        result = error
    seconds = time.thread_time() - started
    assert seconds < MAX_SECONDS, f"{seconds:.1f} s"
    return result


def resident_mb() -> float:
    """What the process holds in memory."""
    with Path("/proc/self/statm").open() as stream:
        return int(stream.read().split()[1]) * 4096 / 1e6


@contextmanager
def no_growth(count: int) -> Iterator[Callable[[int], None]]:
    """Yields what is to be called with each input's number; fails when memory has grown."""
    at_start: list[float] = []

    def seen(number: int) -> None:
        if number == count // 10:
            gc.collect()
            at_start.append(resident_mb())

    yield seen
    gc.collect()
    grown = resident_mb() - at_start[0]
    assert grown < MAX_GROWTH_MB, f"{grown:.0f} MB"
