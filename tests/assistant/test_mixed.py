from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.chain import Assistant
from assistant.mixed import matter_of, parts_of, told_apart
from vectorstore.search import Hit

FIXTURE = Path(__file__).parents[1] / "fixtures" / "rewriting" / "mixed.jsonl"
ITEMS = [json.loads(line) for line in FIXTURE.read_text("utf-8").splitlines()]
MIXED = [item for item in ITEMS if item.get("parts")]
SINGLE = [item for item in ITEMS if item.get("parts") == []]
MISSED = pytest.mark.xfail(reason="the second part says « il »", strict=True)


def hit(fiche: str, title: str, probability: float) -> Hit:
    return Hit(fiche, title, "", probability, probability, ())


def test_the_fixture_holds_forty_questions() -> None:
    assert len(ITEMS) == 40


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(item, id=item["id"], marks=MISSED if item["id"] == "m15" else ())
        for item in MIXED
    ],
)
def test_a_mixed_question_answers_its_first_part_and_offers_the_other(
    assistant: Assistant, item: dict[str, Any]
) -> None:
    card = assistant.ask(item["question"])
    assert card.sources[0].fiche in item["parts"][0]
    assert len(card.others) == 1
    assert assistant.ask(card.others[0]).sources[0].fiche in item["parts"][1]


@pytest.mark.parametrize("item", SINGLE, ids=lambda item: item["id"])
def test_a_question_that_goes_on_about_its_subject_stays_one(
    assistant: Assistant, item: dict[str, Any]
) -> None:
    assert assistant.ask(item["question"]).others == []


def test_the_card_keeps_the_whole_question_and_answers_the_part(assistant: Assistant) -> None:
    question = MIXED[1]["question"]
    card = assistant.ask(question)
    assert card.question == question
    assert card.standalone_question == "J'ai perdu ma carte d'identité, je fais quoi ?"


def test_the_case_told_later_keeps_the_other_question(assistant: Assistant) -> None:
    card = assistant.ask(MIXED[1]["question"])
    again = assistant.with_cases(card, ["carte d'identité encore valide"])
    assert again.others == card.others


def test_a_tax_question_is_routed_and_the_other_question_is_offered(assistant: Assistant) -> None:
    card = assistant.ask(
        "Comment déclarer mes impôts sur le revenu et aussi comment refaire ma carte d'identité "
        "perdue ?"
    )
    assert card.route.label == "fiscal"
    assert card.others == ["comment refaire ma carte d'identité perdue ?"]


def test_an_emergency_in_any_part_comes_before_everything(assistant: Assistant) -> None:
    card = assistant.ask("Comment refaire un passeport ? Et sinon mon mari me frappe, je fais quoi")
    assert card.route.label == "urgence"
    assert card.others == []


def test_a_sentence_that_only_tells_the_situation_goes_with_its_question() -> None:
    pieces = parts_of(
        "Mon mari est mort l'an passé. Quel pourcentage de sa retraite puis-je avoir ?"
    )
    assert len(pieces) == 1


def test_words_of_kin_and_of_any_request_are_no_matter_of_their_own() -> None:
    assert matter_of("et pour ma fille, ça coûte combien ?") == frozenset()


def test_parts_that_lead_to_the_same_fiche_are_one_question() -> None:
    pieces = parts_of("Comment avoir un passeport et comment payer le timbre du passeport ?")
    assert len(pieces) == 2
    assert told_apart(pieces, lambda text: [hit("F1", "Passeport", 0.9)]) == ()


def test_a_part_that_finds_nothing_likely_is_no_question_of_its_own() -> None:
    pieces = parts_of("Comment avoir un passeport et comment dresser un dauphin ?")
    found = {0: [hit("F1", "Passeport", 0.9)], 1: [hit("F2", "Dauphin", 0.1)]}
    assert told_apart(pieces, lambda text: found["dauphin" in text]) == ()


def test_no_more_is_searched_than_tells_two_questions_from_one() -> None:
    pieces = parts_of("Comment dresser un dauphin et comment avoir un passeport ?")
    searched: list[str] = []

    def find(text: str) -> list[Hit]:
        searched.append(text)
        return [hit("F2", "Dauphin", 0.1)]

    assert told_apart(pieces, find) == ()
    assert searched == [pieces[0].text]


def test_more_parts_than_can_be_told_apart_are_left_as_one_question() -> None:
    asked = " et comment ".join(f"refaire un passeport{n}" for n in range(6))
    assert len(parts_of(f"comment {asked} ?")) == 1
