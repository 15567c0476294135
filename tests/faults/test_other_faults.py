"""A full disk, an embedding server that is lost, an update under load."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from assistant.bench import Load, as_text, load_questions
from assistant.settings import Settings
from tests.faults.conftest import rebuilt, until
from tests.soak.build_killer import HashEmbeddings
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.keeping import STAGING
from vectorstore.search import Search
from vectorstore.snapshot import Snapshot, current_folder, set_current

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BUILD = """
import sys
from pathlib import Path
from tests.soak.build_killer import built
from vectorstore.errors import SouffleurError
try:
    built(Path(sys.argv[1]), Path(sys.argv[2]))
except SouffleurError as error:
    print(error)
    raise SystemExit(error.exit_code)
"""


def build_apart(home: Path, corpus: Path, file_limit: int | None = None) -> tuple[int, str]:
    """Build in a process of its own; its exit status and what it said.

    Args:
        home: the data directory.
        corpus: what to build.
        file_limit: bytes at which writing a file fails, as on a full disk.
    """

    def limited() -> None:
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(home), str(corpus)],
        cwd=ROOT, capture_output=True, text=True, preexec_fn=limited, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("limit", [20_000, 60_000, 200_000])
def test_a_disk_that_fills_at_any_file_leaves_the_corpus_in_use_and_the_next_build_succeeds(
    tmp_path: Path, small_corpus: Path, limit: int
) -> None:
    home = tmp_path / "home"
    assert build_apart(home, small_corpus) == (0, "")
    before = current_folder(home).name
    status, said = build_apart(home, small_corpus, limit)
    assert status == 1, said
    assert "libérer de la place" in said
    assert "Traceback" not in said
    assert Snapshot.open(home).manifest.id == before
    assert build_apart(home, small_corpus) == (0, "")
    assert current_folder(home).name != before
    assert not list((home / "snapshots").glob(f"{STAGING}*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_is_really_full_is_said_and_room_is_enough_to_go_on(
    tmp_path: Path, small_corpus: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(home)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        assert build_apart(home, small_corpus) == (0, "")
        before = current_folder(home).name
        filler = home / "filler"
        with filler.open("wb") as stream:
            stream.write(b"x" * (shutil.disk_usage(home).free - 300_000))
        status, said = build_apart(home, small_corpus)
        assert status == 1
        assert "libérer de la place" in said
        assert Snapshot.open(home).manifest.id == before
        filler.unlink()
        assert build_apart(home, small_corpus) == (0, "")
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)


class LosableEmbeddings(HashEmbeddings):
    lost = False

    def embed_query(self, text: str) -> list[float]:
        if self.lost:
            raise ConnectionError("serveur injoignable")
        return super().embed_query(text)


def test_an_embedding_server_that_is_lost_leaves_words_and_meaning_comes_back(
    tmp_path: Path, small_corpus: Path
) -> None:
    home, losable = tmp_path / "home", LosableEmbeddings()
    rebuilt(home, losable, small_corpus)
    search = Search(Snapshot.open(home), losable, EMBEDDED_MODEL)
    title = search.snapshot.heads[0].title
    assert search.search(title)
    losable.lost = True
    assert search.search(title)
    assert search.degraded is not None
    losable.lost = False
    until(lambda: bool(search.search(title)) and search.degraded is None)


def test_a_swap_under_load_fails_no_question(home: Path, embeddings: Embeddings) -> None:
    old = current_folder(home).name
    questions = load_questions(ROOT / "tests" / "fixtures" / "gold-demo.jsonl")
    load = Load(Settings(home=home), questions, agents=10, every_s=2, seconds=25)
    new = rebuilt(home, embeddings).manifest.id
    set_current(home, old)
    report = load.run(swap=True)
    assert report.errors == {}
    assert report.degraded == 0
    assert set(report.snapshots) == {old, new}
    assert report.swap is not None
    assert (report.swap.to, report.swap.errors) == (new, 0)
    assert 0 < report.swap.questions < report.questions
    assert f"Changement de corpus à {report.swap.at_s:g} s" in as_text(report)
    assert current_folder(home).name == old
