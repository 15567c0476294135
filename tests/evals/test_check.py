from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evals.check import CheckReport, check, read_hashes, text_hash, write_hashes
from evals.gold import GoldItem, GoldSet, load_gold
from vectorstore.errors import UsageError

AS_OF = "2020-11-12"
GOOD: dict[str, Any] = {
    "route": "niveau1",
    "fiches": ["F1"],
    "facts": [["quatre-vingt-six euros", "86 euros"]],
    "answer": "Il coûte 86 €.",
    "as_of": AS_OF,
}


@pytest.fixture
def checked(item_of: Callable[..., GoldItem], texts: Any) -> Callable[..., CheckReport]:
    def run(day: str = AS_OF, hashes: dict[str, str] | None = None, **keys: Any) -> CheckReport:
        gold = GoldSet((item_of(**{**GOOD, **keys}),), {"i": "gold.jsonl:1"}, {})
        return check(gold, texts, date.fromisoformat(day), hashes or {})

    return run


def test_a_fact_in_another_spelling_than_the_fiche_is_found(
    checked: Callable[..., CheckReport],
) -> None:
    assert checked() == CheckReport()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"fiches": ["F404"]}, "F404 n'est pas dans le corpus"),
        ({"facts": [["87 €"]], "answer": "87 €"}, "« 87 € » n'est dans aucune fiche"),
        ({"answer": "C'est gratuit."}, "ne contient pas « quatre-vingt-six euros »"),
        ({"forbidden": ["86 €"]}, "contient l'énoncé interdit"),
        ({"fiches": []}, "sans fiche acceptable"),
        ({"facts": []}, "sans fait clé ni question"),
    ],
)
def test_problems_are_found(
    checked: Callable[..., CheckReport], keys: dict[str, Any], said: str
) -> None:
    found = checked(**keys)
    assert any(said in finding.text for finding in found.problems)
    assert found.problems[0].place == "gold.jsonl:1"
    assert found.to_review == []


def test_with_a_newer_corpus_a_lost_fact_is_to_review(checked: Callable[..., CheckReport]) -> None:
    found = checked("2026-01-01", facts=[["87 €"]], answer="87 €")
    assert found.problems == []
    assert "n'est dans aucune fiche" in found.to_review[0].text


def test_with_a_newer_corpus_a_changed_fiche_is_to_review(
    checked: Callable[..., CheckReport], texts: Any
) -> None:
    assert checked("2026-01-01", {"F1": text_hash(texts.fiche_text("F1"))}) == CheckReport()
    found = checked("2026-01-01", {"F1": "0"})
    assert "F1 a changé" in found.to_review[0].text
    assert checked(AS_OF, {"F1": "0"}) == CheckReport()


def test_hashes_are_written_beside_the_gold_files_and_read_back(
    gold_file: Path, texts: Any
) -> None:
    gold = load_gold([gold_file])
    write_hashes(gold, texts, date(2020, 11, 12), gold_file.parent)
    assert set(read_hashes([gold_file])) == {"F1", "F2", "F3"}
    (gold_file.parent / "fiches.json").write_text(json.dumps([]))
    with pytest.raises(UsageError, match="--write-hashes"):
        read_hashes([gold_file])


def test_layout_does_not_change_a_hash() -> None:
    assert text_hash("Le prix :\n86 €") == text_hash("le prix 86 euros")
    assert text_hash("86 €") != text_hash("87 €")
