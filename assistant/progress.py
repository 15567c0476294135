"""Progress on the terminal: counts, share and time left; plain lines where there is no terminal.

A command that runs in the background says how far it has come in the file that the environment
variable ``SOUFFLEUR_PROGRESS_FILE`` names, for whoever follows it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PLAIN_EVERY_S = 10.0
FILE_EVERY_S = 0.3
PROGRESS_FILE = "SOUFFLEUR_PROGRESS_FILE"


class Progressed(NamedTuple):
    """How far a command has come in its present phase."""

    phase: str
    done: int
    total: int
    """0 for a phase that is not counted."""


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

    if path := os.environ.get(PROGRESS_FILE):
        yield _file_report(Path(path))
        return
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


def read_progress(path: Path) -> Progressed | None:
    """What a command in the background has last said; None when it has said nothing yet."""
    try:
        phase, done, total = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return Progressed(str(phase), int(done), int(total))


def _file_report(path: Path) -> Callable[[str, int, int], None]:
    last = Progressed("", 0, 0)
    written = -FILE_EVERY_S

    def report(phase: str, done: int, total: int) -> None:
        nonlocal last, written
        now = time.monotonic()
        if phase == last.phase and done < total and now - written < FILE_EVERY_S:
            return
        last, written = Progressed(phase, done, total), now
        staging = path.with_name(f"{path.name}.new")
        staging.write_text(json.dumps(last, ensure_ascii=False), "utf-8")
        staging.replace(path)

    return report
