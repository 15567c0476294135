"""Start the application as ``souffleur ui`` does, and stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
OPENING_S = 120.0
CLOSING_S = 20.0


@contextmanager
def running(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The application's address, while it runs with its data in ``home``.

    Args:
        home: a SOUFFLEUR_HOME; its journal is written there.
        environment: settings beside it.
    """
    port = free_port()
    log = home / "application.log"
    command = [sys.executable, "-m", "assistant.cli", "ui", "--port", str(port)]
    settings = {**os.environ, "SOUFFLEUR_HOME": str(home), **(environment or {})}
    settings.pop("DISPLAY", None)
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=ROOT, env=settings, stdout=written, stderr=written, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process, log)
        yield address
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group of its own, by force where it does not end in time."""
    with suppress(ProcessLookupError):  # one that did not start has told why already
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=CLOSING_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + OPENING_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/_stcore/health", trust_env=False).status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"the application does not answer:\n{log.read_text('utf-8')[-2000:]}")
