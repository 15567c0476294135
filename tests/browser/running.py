"""Start the application as ``souffleur ui`` does, and stop it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
OPENING_S = 60.0


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


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
        with suppress(ProcessLookupError):  # an application that did not start has told why already
            os.killpg(process.pid, 15)
        process.wait(timeout=20)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + OPENING_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{address}/_stcore/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the application does not answer:\n{log.read_text('utf-8')[-2000:]}")
