"""Nothing that comes from outside is unpickled: a planted pickle is refused and never run."""

from __future__ import annotations

import io
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.security.limited import ROOT
from vectorstore.errors import SouffleurError
from vectorstore.geometry import Geometry
from vectorstore.lexical import LexicalIndex
from vectorstore.snapshot import current_folder


class _Trap:
    """Unpickled, it would make a file."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self._mark),)


def pickled_array(mark: Path) -> bytes:
    """A ``.npy`` whose one object is the trap."""
    stream = io.BytesIO()
    np.save(stream, np.array([_Trap(mark)], dtype=object), allow_pickle=True)
    return stream.getvalue()


def test_the_trap_works(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(_Trap(tmp_path / "mark")))
    assert (tmp_path / "mark").exists()


@pytest.mark.parametrize("part", ["data", "indices", "indptr"])
def test_a_pickle_among_the_lexical_indexes_is_not_run(
    souffleur_home: Path, tmp_path: Path, part: str
) -> None:
    folder = tmp_path / "lexical"
    shutil.copytree(current_folder(souffleur_home) / "lexical", folder)
    for file in folder.glob(f"*/*{part}*.npy"):
        file.write_bytes(pickled_array(tmp_path / "mark"))
    with pytest.raises(ValueError, match="[Oo]bject|pickle"):
        LexicalIndex.open(folder)
    assert not (tmp_path / "mark").exists()


def test_a_pickle_as_the_geometry_is_not_run(tmp_path: Path) -> None:
    for data in (pickled_array(tmp_path / "mark"), pickle.dumps(_Trap(tmp_path / "mark"))):
        (tmp_path / "geometry.npz").write_bytes(data)
        with pytest.raises((SouffleurError, TypeError, AttributeError)):
            Geometry.open(tmp_path)
    trap = np.array([_Trap(tmp_path / "mark")], dtype=object)
    np.savez(tmp_path / "geometry.npz", question_centre=trap, text_centre=trap, turn=trap)
    with pytest.raises(SouffleurError):
        Geometry.open(tmp_path)
    assert not (tmp_path / "mark").exists()


PROGRAM = """
import sys
from pathlib import Path
asked = []
sys.addaudithook(lambda name, args: asked.append(args) if name == "pickle.find_class" else None)
from assistant.chain import Assistant
from assistant.settings import Settings
assistant = Assistant.open(Settings(home=Path(sys.argv[1])))
before = len(asked)
card = assistant.ask("quel préavis pour quitter un logement meublé")
assert card.say
print(len(asked), before)
"""


def test_a_turn_from_a_closed_snapshot_to_its_card_unpickles_nothing(souffleur_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(souffleur_home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.stdout.split() == ["0", "0"], done.stdout + done.stderr[-1500:]
