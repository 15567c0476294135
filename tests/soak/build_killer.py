"""Builds that are killed: ``python -m tests.soak.build_killer HOME CORPUS KILLS``.

One process that has imported everything forks a child for each build, kills it at a random moment, and
opens in another child what is then in use. Prints one line for each state that is not whole.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from langchain_core.embeddings import Embeddings

import vectorstore.build  # noqa: F401
from vectorstore.build import build
from vectorstore.errors import SouffleurError
from vectorstore.snapshot import Snapshot
from vectorstore.sources import Fetched


class HashEmbeddings(Embeddings):
    """Vectors drawn from a hash: a build of them costs a second."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [1.0 + byte for byte in hashlib.sha256(text.encode()).digest()[:8]]


def built(home: Path, corpus: Path) -> None:
    fetched = Fetched("path", corpus, str(corpus), corpus.name, "")
    build(home, fetched, HashEmbeddings(), "essai", "heads", lambda *_: None, rebuild=True)


def opened(home: Path) -> None:
    found = Snapshot.open(home)
    if found.notice is not None or not found.fiche(found.ids[0]).title:
        raise SouffleurError(found.notice or "no title")


def forked(work: Callable[[], None]) -> int:
    """Do it in a child, whose id is returned at once."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except Exception as error:
        print(f"{type(error).__name__}: {error}", flush=True)
    finally:
        os._exit(status)


def main(home: Path, corpus: Path, kills: int) -> None:
    dice = random.Random(3939)
    started = time.monotonic()
    os.waitpid(forked(lambda: built(home, corpus)), 0)
    lasts = time.monotonic() - started
    finished = 0
    for _ in range(kills):
        child = forked(lambda: built(home, corpus))
        time.sleep(dice.uniform(0, 1.1 * lasts))
        done, _ = os.waitpid(child, os.WNOHANG)
        if done:
            finished += 1
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.waitpid(forked(lambda: opened(home)), 0)
    os.waitpid(forked(lambda: built(home, corpus)), 0)
    os.waitpid(forked(lambda: opened(home)), 0)
    print(f"{kills - finished} killed", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
