"""Which branch of a fiche holds, which question is asked, and what is never mixed."""

from __future__ import annotations

import pytest

from assistant import cases
from assistant.caller import read_caller
from assistant.cases import InForce, in_force
from assistant.chain import Assistant
from assistant.kin import sibling_for
from vectorstore.passages import case_tree


def held(assistant: Assistant, fiche: str, question: str, *told: str) -> InForce:
    snapshot = assistant.snapshot
    caller = read_caller(question, (), told)
    return in_force(snapshot.fiche(fiche), snapshot.passages(fiche), caller, question)


def case_titles(result: InForce) -> set[str]:
    return {title for p in result.passages for case in p.cases for title in case}


def test_a_furnished_flat_leaves_out_the_rules_for_empty_ones(assistant: Assistant) -> None:
    result = held(assistant, "F1168", "quel préavis pour un logement meublé")
    assert "Logement meublé" in case_titles(result)
    assert "Logement vide" not in case_titles(result)
    assert not result.assumed
    assert result.ask is None


def test_an_unsaid_case_is_assumed_and_asked(assistant: Assistant) -> None:
    result = held(assistant, "F1168", "quel préavis pour quitter sa location")
    assert result.assumed
    assert result.ask is not None
    assert set(result.ask.options) == {"Logement vide", "Logement meublé"}


def test_of_many_branches_none_is_the_common_one(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "MANY", 2)
    untold = held(assistant, "F1168", "quel préavis pour quitter sa location")
    assert not {"Logement vide", "Logement meublé"} & case_titles(untold)
    told = held(assistant, "F1168", "quel préavis pour un logement meublé")
    assert "Logement meublé" in case_titles(told)


def test_the_option_chosen_settles_the_case(assistant: Assistant) -> None:
    result = held(assistant, "F1168", "quel préavis pour quitter sa location", "Logement meublé")
    assert "Logement vide" not in case_titles(result)
    assert result.ask is None


def test_ways_of_doing_it_are_never_asked_about(assistant: Assistant) -> None:
    snapshot = assistant.snapshot
    for fiche in snapshot.ids:
        ask = held(assistant, fiche, snapshot.fiche(fiche).title).ask
        assert ask is None or not {"En ligne", "Par courrier", "Sur place"} & set(ask.options)


def test_nothing_is_asked_after_two_answers(assistant: Assistant) -> None:
    question = "quel préavis pour quitter sa location"
    assert held(assistant, "F1168", question, "un", "deux").ask is None


def test_no_branch_told_brings_text_of_its_siblings(assistant: Assistant) -> None:
    snapshot = assistant.snapshot
    for fiche in snapshot.ids:
        tree = case_tree(snapshot.fiche(fiche))
        for branch in tree.branches:
            titles = [other.title for other in tree.branches if other.group == branch.group]
            if titles.count(branch.title) > 1 or branch.around is not None or branch.channel:
                continue
            result = held(assistant, fiche, "", branch.title)
            kept = {passage.id for passage in result.passages}
            for passage, places in zip(snapshot.passages(fiche), tree.places, strict=True):
                groups = {tree.branches[n].group for place in places for n in place}
                inside = any(branch.number in place for place in places)
                if branch.group in groups and not inside and () not in places:
                    siblings = {o.number for o in tree.branches if o.group == branch.group}
                    if all(siblings & set(place) for place in places):
                        assert passage.id not in kept or _is_channel_group(titles)


def _is_channel_group(titles: list[str]) -> bool:
    words = ("ligne", "internet", "courrier", "place", "mairie", "papier", "moyen", "notaire")
    return all(any(word in title.lower() for word in words) for title in titles)


@pytest.mark.parametrize(
    ("question", "fiche"),
    [
        ("première demande de passeport pour mon fils de 8 ans", "F14930"),
        ("première demande de passeport, j'ai 30 ans", "F14929"),
    ],
)
def test_a_minor_is_answered_from_the_minors_fiche(
    assistant: Assistant, question: str, fiche: str
) -> None:
    hits = {hit.fiche: hit for hit in assistant.search.search(question, 10)}
    for near in (["F14929", "F14930"], ["F14930", "F14929"]):
        caller = read_caller(question, (), ())
        best, ask = sibling_for([hits[f] for f in near], caller, assistant.snapshot)
        assert best.fiche == fiche
        assert ask is None


def test_the_card_says_what_is_known_and_the_case_assumed(assistant: Assistant) -> None:
    card = assistant.ask("quel préavis pour quitter sa location, je suis locataire")
    assert ("Occupation", "locataire") in [(known.label, known.value) for known in card.known]
    assert card.case_assumed
    assert card.case[0] == "Logement vide"


def test_a_case_told_later_needs_no_new_search(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = assistant.ask("quel préavis pour quitter sa location")
    monkeypatch.setattr(assistant.search, "search", lambda *_: pytest.fail("searched again"))
    again = assistant.with_cases(card, ["Logement meublé"])
    assert again.case == ["Logement meublé"]
    assert not again.case_assumed
    assert again.told == ["Logement meublé"]
    assert "retrieve" not in again.timings_ms
