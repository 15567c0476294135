"""The pieces of an installation on several machines, run for real on this one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from langchain_core.embeddings import Embeddings

from tests.browser.conftest import browser, page  # noqa: F401
from tests.browser.running import stop
from tests.conftest import CORPUS, silent
from tests.ports import free_ports
from vectorstore.build import build
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.sources import Fetched

ROOT = Path(__file__).parents[2]
SERVED_BY = "X-Served-By"
"""A header that the tests' nginx adds: the address of the process that answered."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that stands in this folder needs nginx, PostgreSQL, a Chroma server and a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@dataclass
class Cluster:
    """The addresses and the processes."""

    address: str
    """Of nginx: what an agent types."""
    home: Path
    """Shared by the application processes."""
    database: str
    applications: list[subprocess.Popen[bytes]]
    ports: list[int]

    def kill(self, place: int) -> None:
        """End one application process without a word."""
        os.killpg(self.applications[place].pid, signal.SIGKILL)
        self.applications[place].wait()


def waited(answers: Callable[[], bool], what: str, seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while not answers():
        assert time.monotonic() < until, f"{what} does not answer"
        time.sleep(0.2)


def answers(url: str) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            return httpx.get(url, trust_env=False, timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    return asked


def started(
    stack: ExitStack, command: list[str], log: Path, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """A process of the cluster, in a group of its own, ended with the stack."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(environment or {})},
            stdout=written, stderr=written, start_new_session=True,
        )  # fmt: skip

    stack.callback(stop, process)
    return process


def nginx_conf(folder: Path, port: int, ports: list[int]) -> Path:
    """``deploy/nginx.conf`` with the addresses of this run, and a header that tells which answered."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    cookie = "add_header Set-Cookie $new_poste;"
    assert cookie in text
    text = text.replace(cookie, f"{cookie} add_header {SERVED_BY} $upstream_addr always;")
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    for written, used in zip((8501, 8502), ports, strict=True):
        text = text.replace(f"127.0.0.1:{written}", f"127.0.0.1:{used}")
    path = folder / "nginx.conf"
    path.write_text(text.replace("/tmp/souffleur-nginx", f"{folder}/nginx"), "utf-8")
    return path


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, embeddings: Embeddings) -> Iterator[Cluster]:
    """PostgreSQL, a Chroma server, two application processes, and nginx in front of them."""
    database = os.environ.get("TEST_DATABASE_URL")
    nginx = shutil.which("nginx")
    if database is None or nginx is None:
        pytest.skip("needs nginx, and PostgreSQL in TEST_DATABASE_URL")
    folder = tmp_path_factory.mktemp("cluster")
    home = folder / "home"
    with ExitStack() as stack:
        chroma_port, port, *ports = free_ports(4)
        chroma = f"http://127.0.0.1:{chroma_port}"
        started(
            stack,
            [str(Path(sys.executable).parent / "chroma"), "run", "--path", str(folder / "chroma"),
             "--port", str(chroma_port)],
            folder / "chroma.log",
        )  # fmt: skip
        waited(answers(f"{chroma}/api/v2/heartbeat"), "chroma run")
        fetched = Fetched("demo", CORPUS, "corpus de démonstration", "demo", "")
        build(home, fetched, embeddings, EMBEDDED_MODEL, "heads", silent, chroma_url=chroma)
        environment = {
            "SOUFFLEUR_HOME": str(home), "CHROMA_URL": chroma, "DATABASE_URL": database,
        }  # fmt: skip
        applications = [
            started(
                stack,
                [sys.executable, "-m", "assistant.cli", "ui", "--port", str(used)],
                folder / f"application-{used}.log",
                environment,
            )
            for used in ports
        ]
        for used in ports:
            waited(answers(f"http://127.0.0.1:{used}/_stcore/health"), "an application process")
        started(
            stack,
            [nginx, "-c", str(nginx_conf(folder, port, ports)), "-g", "daemon off;"],
            folder / "nginx.log",
        )
        address = f"http://127.0.0.1:{port}"
        waited(answers(f"{address}/_stcore/health"), "nginx")
        yield Cluster(address, home, database, applications, ports)
