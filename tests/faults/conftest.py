"""Data directories that a test may damage, and processes that it may kill."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from assistant.settings import Settings
from tests.conftest import CORPUS, silent
from tests.ports import free_port
from vectorstore.build import BuildResult, build
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.sources import Fetched

RECOVERY_S = 10.0
"""Within this of the end of its cause, a fault is over without a hand."""


def until(holds: Callable[[], bool], seconds: float = RECOVERY_S) -> float:
    """Wait until something holds; how long that took, in seconds."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, f"still not so after {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - started


@pytest.fixture
def home(souffleur_home: Path, tmp_path: Path) -> Path:
    """A copy of the small corpus's data directory."""
    shutil.copytree(souffleur_home, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


def rebuilt(
    home: Path, embeddings: Embeddings, corpus: Path = CORPUS, chroma_url: str | None = None
) -> BuildResult:
    """Build that corpus, whether or not it changed."""
    fetched = Fetched("demo", corpus, "corpus de démonstration", "demo", "")
    return build(
        home, fetched, embeddings, EMBEDDED_MODEL, "heads", silent,
        chroma_url=chroma_url, rebuild=True,
    )  # fmt: skip


class ChromaServer:
    """A real ``chroma run`` process that keeps its data when it is stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        chroma = Path(sys.executable).parent / "chroma"
        command = [str(chroma), "run", "--path", str(self._folder), "--port", str(self._port)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
        )  # fmt: skip
        until(self._listens, 120)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def pause(self) -> None:
        """Leave it running, its port open, without an answer."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def chroma_server(tmp_path: Path) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path / "chroma-data")
    server.start()
    yield server
    server.kill()
