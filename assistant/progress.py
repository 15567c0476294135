"""Progress on the terminal: counts, share and time left; plain lines where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PLAIN_EVERY_S = 10.0


@contextmanager
def console_report() -> Iterator[Callable[[str, int, int], None]]:
    """Yields ``report(phase, done, total)``; a phase with total 0 is a plain message."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_report()
        return
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, object] = {}

        def report(phase: str, done: int, total: int) -> None:
            if not total:
                progress.console.print(phase)
                return
            if phase not in tasks:
                tasks[phase] = progress.add_task(phase, total=total)
            progress.update(tasks[phase], completed=done, total=total)  # type: ignore[arg-type]

        yield report


def _plain_report() -> Callable[[str, int, int], None]:
    started: dict[str, float] = {}
    last: dict[str, float] = {}

    def report(phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        begun = started.setdefault(phase, now)
        if not total:
            print(phase, file=sys.stderr, flush=True)
        elif done >= total or now - last.get(phase, -PLAIN_EVERY_S) >= PLAIN_EVERY_S:
            last[phase] = now
            left = (now - begun) / done * (total - done) if done else 0
            print(f"{phase} : {done}/{total}, reste {left:.0f} s", file=sys.stderr, flush=True)

    return report
