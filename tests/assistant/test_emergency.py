from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.card import MAX_WORDS
from assistant.emergency import emergency
from assistant.speech import word_count
from assistant.texts import load_yaml, pattern

WORDINGS = Path(__file__).parents[1] / "fixtures" / "routing" / "emergencies.tsv"
NONE = "-"


def wordings() -> list[tuple[str, str]]:
    lines = WORDINGS.read_text("utf-8").splitlines()
    return [(phone, question) for phone, question in (line.split("\t") for line in lines)]


def kinds() -> list[dict[str, Any]]:
    return list(load_yaml("emergencies")["kinds"])


@pytest.mark.parametrize(("phone", "question"), wordings())
def test_danger_gets_the_number_of_the_right_service_and_nothing_else_does(
    phone: str, question: str
) -> None:
    found = emergency(question)
    given = found.target.phone if found and found.target else NONE
    assert given == phone


def test_both_ways_are_tried_with_many_wordings() -> None:
    phones = [phone for phone, _ in wordings()]
    assert phones.count(NONE) >= 75
    assert len(phones) - phones.count(NONE) >= 100


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind["kind"])
def test_every_emergency_has_a_number_hours_and_a_script_that_can_be_said(
    kind: dict[str, Any],
) -> None:
    assert kind["phone"]
    assert kind["hours"]
    assert word_count(kind["script"]) <= MAX_WORDS


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind["kind"])
def test_no_expression_expects_what_folding_removes(kind: dict[str, Any]) -> None:
    for expression in (*kind["always"], *kind.get("signs", ()), *kind.get("unless", ())):
        assert not pattern(expression).search("")
        bare = expression.replace("\\W", "")
        assert bare == bare.lower(), expression
        assert not set(bare) & set("éèêàâùûçîïô'-"), expression


def test_asking_for_a_passport_too_does_not_hide_the_danger() -> None:
    found = emergency("Mon mari me frappe, il me faut un passeport en urgence pour partir")
    assert found is not None
    assert found.target is not None
    assert found.target.phone == "3919"


def test_someone_feared_who_comes_back_is_a_danger_because_of_what_was_said_before() -> None:
    history = ["Comment obtenir une ordonnance de protection contre mon ex ?"]
    assert emergency("il est devant la porte, je peux refuser d'ouvrir ?", history) is not None
    assert emergency("il est devant la porte, je peux refuser d'ouvrir ?") is None


def test_an_emergency_does_not_colour_the_rest_of_the_call() -> None:
    history = ["Mon mari me frappe"]
    assert emergency("et pour le loyer, quel préavis ?", history) is None


def test_an_emergency_says_what_was_recognised() -> None:
    found = emergency("Ça sent le gaz chez moi")
    assert found is not None
    assert found.reason == "danger reconnu : incendie ou gaz"
    assert found.confidence > 0.9
