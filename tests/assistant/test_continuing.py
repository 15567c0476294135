from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.chain import Assistant
from assistant.continuing import Continuity, leans, named_in
from assistant.opening import open_understanding
from assistant.question import Understanding
from assistant.settings import Settings
from vectorstore.snapshot import Snapshot

TURNS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "fixtures" / "rewriting" / "turns.jsonl")
    .read_text("utf-8")
    .splitlines()
]
"""42 questions of another subject and 46 follow-ups, each after a first question."""
BAR = 0.9
"""On the small corpus, which lacks pages about some subjects; tests/real asks for 0.95."""
BIRTH = "Comment obtenir un acte de naissance ?"


@pytest.fixture(scope="module")
def understanding(snapshot: Snapshot) -> Understanding:
    return open_understanding(snapshot, Settings())


def rightly_read(understanding: Understanding, turns: list[dict[str, Any]]) -> float:
    read = [
        bool(understanding.read(turn["question"], turn["history"]).query.topic) for turn in turns
    ]
    return sum(got is turn["follow_up"] for got, turn in zip(read, turns, strict=True)) / len(turns)


def test_new_subjects_and_follow_ups_are_told_apart_in_at_least_9_of_10_calls(
    understanding: Understanding,
) -> None:
    fresh = [turn for turn in TURNS if not turn["follow_up"]]
    continued = [turn for turn in TURNS if turn["follow_up"]]
    assert min(len(fresh), len(continued)) >= 30
    assert rightly_read(understanding, continued) >= BAR
    assert rightly_read(understanding, fresh) >= BAR


def test_a_question_about_income_tax_does_not_continue_one_about_a_birth_certificate(
    understanding: Understanding,
) -> None:
    assert understanding.read("comment déclarer mes revenus", [BIRTH]).query.topic == ""


@pytest.mark.parametrize(
    "turn", [t for t in TURNS if t.get("route") in ("fiscal", "urgence")], ids=lambda t: t["id"]
)
def test_tax_and_emergencies_are_routed_whatever_the_call_was_about(
    assistant: Assistant, turn: dict[str, Any]
) -> None:
    card = assistant.ask(turn["question"], history=turn["history"])
    assert card.route.label == turn["route"]


def test_what_the_page_of_the_earlier_question_speaks_of_continues_it(snapshot: Snapshot) -> None:
    continues = Continuity(snapshot.lexical)
    assert continues("il y a un préavis ?", "Je veux démissionner de mon CDI")
    assert not continues("préavis pour un appartement vide", "comment porter plainte")


def test_a_follow_up_after_a_new_subject_continues_the_new_one(
    understanding: Understanding,
) -> None:
    read = understanding.read("combien ça coûte", [BIRTH, "renouveler mon passeport"])
    assert read.query.topic == "renouveler mon passeport"


def test_marrying_names_a_matter_and_a_husband_does_not() -> None:
    assert named_in("je me marie, quels papiers ?")
    assert not named_in("et pour mon mari ?")


def test_without_a_corpus_the_wording_decides() -> None:
    assert leans("et pour ma fille de 10 ans ?")
    assert leans("quels documents")
    assert not leans("comment déclarer mes revenus")


def test_a_long_question_about_tax_is_routed_even_when_it_leans_on_an_earlier_one(
    assistant: Assistant,
) -> None:
    card = assistant.ask(
        "si je vends mon appartement où j'habite depuis 5 ans je paye l'impôt sur la plus-value ?",
        history=[BIRTH],
    )
    assert card.standalone_question.startswith("Comment obtenir un acte de naissance")
    assert card.route.label == "fiscal"


def test_a_short_follow_up_about_an_amount_stays_with_its_topic(assistant: Assistant) -> None:
    card = assistant.ask(
        "et ça fait quel montant par rapport à mon salaire ?",
        history=["je suis en arrêt maladie, la Sécu me paie à partir du quatrième jour ?"],
    )
    assert card.route.label == "niveau1"
