"""Runs what may be hostile in a process of its own, with bounded memory and time, and says its cost.

The peak is VmHWM, which begins anew with the program.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MAX_ADDRESS_BYTES = 3 * 1024**3
"""What the process may reserve; libraries reserve far more than they touch."""
MAX_CPU_S = 30
MAX_PEAK_MB = 450
MAX_SECONDS = 10.0
ROOT = Path(__file__).resolve().parents[2]

_PROGRAM = """
import json, sys, time
from pathlib import Path
from vectorstore.build import build
from vectorstore.directory_import import import_directory
from vectorstore.directory_sources import DirectorySource
from vectorstore.errors import SouffleurError
from vectorstore.sources import Fetched
kind, home, one, two = sys.argv[1:]
silent = lambda *_: None
started = time.process_time()
said = ""
try:
    if kind == "fiches":
        build(Path(home), Fetched("path", Path(one), one, "x", ""), None, "none", "heads", silent)
    else:
        source = DirectorySource(Path(one), "essai", Path(two) if two else None)
        import_directory(Path(home), source, silent)
except SouffleurError as error:
    said = str(error)
seconds = time.process_time() - started
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({"said": said, "seconds": seconds, "peak": int(status["VmHWM"].split()[0]) // 1024}))
"""


@dataclass(frozen=True)
class Outcome:
    """What the program said of the archive, and its cost."""

    said: str
    """The one line for people; empty when nothing was refused."""
    seconds: float
    """Of the processor."""
    peak: int
    """MB."""


def read_fiches(home: Path, archive: Path) -> Outcome:
    """Build a snapshot in ``home`` from the archive, with no embeddings behind it."""
    return _run("fiches", home, str(archive), "")


def read_directory(home: Path, wheel: Path, archive: Path | None = None) -> Outcome:
    """Import a directory into ``home``."""
    return _run("directory", home, str(wheel), str(archive or ""))


def _run(kind: str, home: Path, one: str, two: str) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, kind, str(home), one, two],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
        preexec_fn=_bound,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return Outcome(**json.loads(done.stdout))


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_BYTES, MAX_ADDRESS_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
