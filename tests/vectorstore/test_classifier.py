"""The text classifier over the fiches: what it learns, and how it is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import silent
from vectorstore.anticipated import anticipated
from vectorstore.bags import Vocabulary, stems_and_runs_in, stems_in
from vectorstore.classifier import CLASSIFIER, FicheClassifier, learn_classifier
from vectorstore.errors import SnapshotError
from vectorstore.search import Search

SAID = (
    ("perdu ma carte d'identité", 0),
    ("on m'a volé ma carte d'identité", 0),
    ("carte d'identité perdue", 0),
    ("refaire le passeport", 1),
    ("mon passeport est périmé", 1),
    ("passeport pour partir en voyage", 1),
)


@pytest.fixture(scope="module")
def learned() -> FicheClassifier:
    texts = [text for text, _ in SAID] * 3
    owner = np.array([place for _, place in SAID] * 3)
    return learn_classifier(texts, np.zeros((len(texts), 8), np.float32), owner, 2, silent)


def test_a_question_is_nearest_to_the_fiche_of_which_it_is_asked(learned: FicheClassifier) -> None:
    assert learned.cosines("j'ai perdu ma carte", None).argmax() == 0
    assert learned.cosines("un voyage avec un passeport", None).argmax() == 1


def test_a_misspelt_word_is_still_known(learned: FicheClassifier) -> None:
    assert learned.cosines("pasport", None).argmax() == 1


def test_words_that_nobody_said_speak_for_no_fiche(learned: FicheClassifier) -> None:
    assert learned.cosines("xyz", None).tolist() == [0.0, 0.0]


def test_what_is_written_is_read_again(learned: FicheClassifier, tmp_path: Path) -> None:
    learned.save(tmp_path)
    again = FicheClassifier.open(tmp_path)
    question = "carte volée"
    assert again.cosines(question, None) == pytest.approx(learned.cosines(question, None), abs=1e-3)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut"])
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / CLASSIFIER).write_bytes(content)
    with pytest.raises(SnapshotError, match="souffleur sync"):
        FicheClassifier.open(tmp_path)


def test_the_questions_foreseen_of_the_corpus_find_their_fiche_without_vectors(
    search: Search,
) -> None:
    snapshot = search.snapshot
    classifier = FicheClassifier.open(snapshot.folder)
    asked = [
        (q.text, place)
        for place, key in enumerate(snapshot.ids)
        for q in anticipated().get(key, ())
    ]
    right = [classifier.cosines(text, None).argmax() == place for text, place in asked]
    assert np.mean(right) > 0.9


def test_the_weights_of_each_kind_of_part_have_length_one() -> None:
    vocabulary = Vocabulary.of([stems_and_runs_in(text) for text, _ in SAID], rare=1)
    rows, weights = vocabulary.bag(stems_and_runs_in("perdu ma carte d'identité"))
    words = len(stems_in("perdu ma carte d'identité"))
    assert np.linalg.norm(weights[:words]) == pytest.approx(1)
    assert np.linalg.norm(weights[words:]) == pytest.approx(1)
    assert len(set(rows.tolist())) == len(rows)


def test_rare_parts_are_left_out_and_rarity_falls_with_frequency() -> None:
    vocabulary = Vocabulary.of([["s:a", "s:b"], ["s:a"], ["s:a", "s:b", "s:c"]], rare=2)
    assert list(vocabulary.rows) == ["s:a", "s:b"]
    assert vocabulary.rarity[1] > vocabulary.rarity[0]
