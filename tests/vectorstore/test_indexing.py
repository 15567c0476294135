from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from vectorstore.errors import SouffleurError
from vectorstore.evidence import ADDED_WEIGHT, TOPIC_WEIGHT, Query
from vectorstore.indexing import names_of, spoken_phrases
from vectorstore.snapshot import Snapshot
from vectorstore.text import words


def test_what_callers_say_is_well_formed_for_every_fiche() -> None:
    phrases = spoken_phrases()
    assert len(phrases) > 3000
    for fiche, own in phrases.items():
        assert 5 <= len(own) <= 16, fiche
        assert all(2 <= len(words(phrase)) <= 25 for phrase in own), fiche


def test_hardly_any_phrase_stands_for_two_fiches() -> None:
    counts = Counter(phrase for own in spoken_phrases().values() for phrase in own)
    assert sum(count > 1 for count in counts.values()) < 0.005 * len(counts)


@pytest.mark.parametrize("line", ["F1 sans tabulation", "N1\tun dossier", "F1\ta | b\nF1\tc"])
def test_a_bad_line_of_phrases_is_named_with_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "spoken.tsv"
    path.write_text(line, "utf-8")
    with pytest.raises(SouffleurError, match=r"spoken\.tsv:[12]"):
        spoken_phrases(path)


def test_names_begin_with_the_title_and_say_nothing_twice(snapshot: Snapshot) -> None:
    fiche = snapshot.fiche("F14929")
    names = names_of(fiche, ["Passeport adulte", fiche.title.upper()], ["passeport adulte !"])
    assert names == [fiche.title, "Passeport adulte"]
    assert snapshot.names("F14929")[0] == fiche.title


def test_the_callers_words_count_more_than_the_topics_and_the_official_ones() -> None:
    weights = Query("perdu passeport", added="vol", topic="carte perdue").weights()
    assert weights["perdu"] == 1.0
    assert weights["cart"] == TOPIC_WEIGHT < 1.0
    assert weights["vol"] == ADDED_WEIGHT < TOPIC_WEIGHT
