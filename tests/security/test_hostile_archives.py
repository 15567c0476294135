"""Every hostile archive is refused in one French line, within bounded memory and time.

What is in use stays as it is, byte for byte.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from tests.directory_files import build_wheel
from tests.security.attack_directories import OFFICIALS, WHEELS
from tests.security.attack_packages import PACKAGES
from tests.security.attack_zips import ZIPS
from tests.security.attacks import Attack
from tests.security.limited import (
    MAX_PEAK_MB,
    MAX_SECONDS,
    Outcome,
    read_directory,
    read_fiches,
)
from vectorstore.snapshot import Snapshot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc"
    ),
]


def digest(folder: Path) -> str:
    """Of every file below, names included."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name not in ("build.lock",):
            total.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return total.hexdigest()


@pytest.fixture(scope="module")
def home(
    souffleur_home: Path, directory_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A data directory of its own with a snapshot and a directory in use."""
    home = tmp_path_factory.mktemp("in-use")
    shutil.copytree(souffleur_home, home, dirs_exist_ok=True)
    shutil.copytree(directory_home / "directory", home / "directory")
    return home


@pytest.mark.parametrize(
    ("attack", "wanted"),
    [pytest.param(*case, id=name) for name, case in {**ZIPS, **PACKAGES}.items()],
)
def test_a_hostile_archive_of_fiches_is_refused_within_bounds(
    home: Path, tmp_path: Path, attack: Attack, wanted: str
) -> None:
    before = digest(home)
    checked(read_fiches(home, attack(tmp_path)), wanted)
    assert digest(home) == before
    assert len(Snapshot.open(home).ids) == 76


@pytest.mark.parametrize(
    ("attack", "wanted"), [pytest.param(*case, id=name) for name, case in OFFICIALS.items()]
)
def test_a_hostile_directory_archive_is_refused_within_bounds(
    home: Path, tmp_path: Path, attack: Attack, wanted: str
) -> None:
    before = digest(home)
    wheel = build_wheel(tmp_path / "paquet.whl")
    checked(read_directory(home, wheel, attack(tmp_path)), wanted)
    assert digest(home) == before


@pytest.mark.parametrize(
    ("attack", "wanted"), [pytest.param(*case, id=name) for name, case in WHEELS.items()]
)
def test_a_hostile_directory_package_is_refused_within_bounds(
    home: Path, tmp_path: Path, attack: Attack, wanted: str
) -> None:
    before = digest(home)
    checked(read_directory(home, attack(tmp_path)), wanted)
    assert digest(home) == before


def test_a_file_of_2_gb_in_a_folder_is_refused_within_bounds(home: Path, tmp_path: Path) -> None:
    with (tmp_path / "F1.xml").open("wb") as file:
        file.truncate(2 << 30)
    checked(read_fiches(home, tmp_path), "F1.xml : .*octets, au-delà de la limite")


def checked(outcome: Outcome, wanted: str) -> None:
    assert re.search(wanted, outcome.said), outcome.said
    assert "\n" not in outcome.said
    assert outcome.said.isprintable()
    assert "root:" not in outcome.said
    assert len(outcome.said) < 600
    assert outcome.peak < MAX_PEAK_MB, outcome
    assert outcome.seconds < MAX_SECONDS, outcome
