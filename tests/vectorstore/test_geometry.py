from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vectorstore.errors import SnapshotError
from vectorstore.geometry import Geometry, Matrix, learn, unit

FICHES, NAMES_EACH, SIZE = 12, 6, 16


@pytest.fixture(scope="module")
def corpus() -> tuple[Matrix, Matrix, np.ndarray]:
    """Heads and names of a few fiches in a narrow cone, as a general model puts them."""
    random = np.random.default_rng(1)
    cone = np.full(SIZE, 5.0)
    topics = random.normal(size=(FICHES, SIZE))
    heads = unit(topics + cone)
    owner = np.repeat(np.arange(FICHES), NAMES_EACH)
    names = unit(topics[owner] + random.normal(0, 0.6, (len(owner), SIZE)) + cone)
    return heads, names, owner


def test_questions_find_their_fiche_by_the_learned_vectors(
    corpus: tuple[Matrix, Matrix, np.ndarray],
) -> None:
    heads, names, owner = corpus
    shift = np.linspace(0.5, -0.5, SIZE)
    geometry, learned = learn(heads, names, owner, unit(names + shift))
    right = 0
    for place, name in zip(owner, names, strict=True):
        question = geometry.question(list(map(float, unit(name + shift))))
        right += int(np.argmax(learned @ geometry.turned(question))) == place
    assert right / len(owner) > 0.9


def test_centred_texts_tell_fiches_apart_where_the_cone_hid_them(
    corpus: tuple[Matrix, Matrix, np.ndarray],
) -> None:
    heads, names, owner = corpus
    geometry, _ = learn(heads, names, owner, names)
    raw = names @ names.T
    centred = geometry.texts(names) @ geometry.texts(names).T
    other = owner[:, None] != owner[None, :]
    assert raw[other].mean() > 0.8
    assert abs(centred[other].mean()) < 0.2


def test_learning_is_repeatable(corpus: tuple[Matrix, Matrix, np.ndarray]) -> None:
    heads, names, owner = corpus
    first, second = learn(heads, names, owner, names), learn(heads, names, owner, names)
    assert np.array_equal(first[1], second[1])
    assert np.array_equal(first[0].turn, second[0].turn)


def test_a_saved_geometry_is_read_back(tmp_path: Path) -> None:
    made = Geometry(
        np.arange(3, dtype=np.float32), np.ones(3, np.float32), np.eye(3, dtype=np.float32)
    )
    made.save(tmp_path)
    read = Geometry.open(tmp_path)
    assert np.array_equal(read.question_centre, made.question_centre)
    assert np.array_equal(read.turn, made.turn)


def test_a_damaged_geometry_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "geometry.npz").write_bytes(b"PK not a zip")
    with pytest.raises(SnapshotError, match=r"geometry\.npz.*souffleur sync"):
        Geometry.open(tmp_path)


def test_a_zero_vector_stays_zero() -> None:
    assert not unit(np.zeros(4)).any()
