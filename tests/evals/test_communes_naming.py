from __future__ import annotations

from pathlib import Path

import pytest

from evals.communes import Naming, load_namings, measure, outcome_of, summary
from vectorstore.communes import Resolution
from vectorstore.directory import Directory
from vectorstore.errors import UsageError

FIXTURES = Path(__file__).parents[1] / "fixtures"


def test_no_naming_of_the_small_set_is_silently_wrong(directory: Directory) -> None:
    found = summary(measure(directory.communes, load_namings(FIXTURES / "communes-dev.jsonl")))
    assert found["right"] >= 0.98
    assert "silently wrong" not in found["outcomes"]


def test_the_full_set_holds_300_namings() -> None:
    namings = load_namings(FIXTURES / "communes-300.jsonl")
    assert len({naming.text for naming in namings}) == 300
    assert len({naming.tag for naming in namings}) >= 10


def test_a_homonym_taken_without_a_word_is_silently_wrong(directory: Directory) -> None:
    saint_denis = directory.resolve("Saint-Denis 93").commune
    assert saint_denis is not None
    naming = Naming(text="Saint-Denis", ask=("93066", "97411"))
    assert outcome_of(naming, Resolution(saint_denis)) == "silently wrong"
    reunion = directory.resolve("Saint-Denis 974").commune
    assert reunion is not None
    assert outcome_of(naming, Resolution(saint_denis, others=(reunion,))) == "resolved"
    assert outcome_of(naming, Resolution(candidates=(saint_denis,))) == "asked back without it"
    assert outcome_of(naming, Resolution()) == "not found"


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "noms.jsonl"
    file.write_text('{"text": "Lyon", "insee": "69123"}\n{"text": "Lyon"}\n', "utf-8")
    with pytest.raises(UsageError, match="ligne 2"):
        load_namings(file)
