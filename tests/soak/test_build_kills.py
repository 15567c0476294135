"""A build killed at any moment leaves what is in use whole, and the next build removes its rest.

``pytest -m soak tests/soak`` kills two hundred; the short test kills ten.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vectorstore.keeping import STAGING

ROOT = Path(__file__).parents[2]


def kill_many(home: Path, corpus: Path, kills: int) -> int:
    """Kill that many builds; how many were killed before they had finished."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.build_killer", str(home), str(corpus), str(kills)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == ""
    assert not list((home / "snapshots").glob(f"{STAGING}*"))
    return int(done.stderr.strip().splitlines()[-1].split()[0])


@pytest.mark.slow
def test_ten_killed_builds_leave_the_corpus_in_use_whole(
    tmp_path: Path, small_corpus: Path
) -> None:
    assert kill_many(tmp_path / "home", small_corpus, 10) >= 5


@pytest.mark.soak
def test_two_hundred_killed_builds_leave_the_corpus_in_use_whole(
    tmp_path: Path, small_corpus: Path
) -> None:
    assert kill_many(tmp_path / "home", small_corpus, 200) >= 100
