"""What the corpus cannot know is not answered, and the agent is told why."""

from datetime import date

import pytest

from assistant.beyond import beyond
from assistant.chain import Assistant
from vectorstore.anticipated import anticipated

CORPUS = date(2020, 11, 12)
FALSE_ALARMS = 20 / 35_753
"""Share of the questions that the corpus of November 2020 answers. Half of those that are found ask a
figure of 2021, which is known where the nearest fiche names that year, or what a newer measure changed."""


@pytest.mark.parametrize(
    "question",
    [
        "tarif piscine municipale de Dole pour un enfant",
        "le parking de la gare c'est combien par mois",
        "horaires de la bibliothèque de Brive",
        "La déchetterie ouvre à quelle heure le samedi ?",
        "on peut aller sur la plage de Royan avec le chien",
    ],
)
def test_what_each_commune_decides_is_sent_to_the_town_hall(question: str) -> None:
    assert "La mairie peut vous répondre" in (beyond(question, CORPUS) or "")


@pytest.mark.parametrize(
    "question",
    [
        "je veux creuser une piscine, ça coûte combien la taxe",
        "mon patron rembourse combien sur l'abonnement de bus",
        "amende de stationnement, le tarif si je paye vite",
        "la cantine, c'est qui qui fixe le prix ?",
        "permis de construire pour un abri, quel délai",
    ],
)
def test_what_the_law_decides_is_not_sent_to_the_town_hall(question: str) -> None:
    assert beyond(question, CORPUS) is None


def test_a_measure_younger_than_the_corpus_is_named_and_not_answered() -> None:
    found = beyond("le bouclier tarifaire, j'y ai droit ?", CORPUS)
    assert found is not None
    assert "novembre 2020" in found
    assert "bouclier tarifaire" in found


def test_a_corpus_that_is_younger_than_the_measure_may_answer() -> None:
    assert beyond("le bouclier tarifaire, j'y ai droit ?", date(2026, 11, 1)) is None


def test_a_figure_of_a_later_year_is_unknown_unless_the_nearest_fiche_holds_that_year() -> None:
    question = "montant du smic en 2024"
    assert "2024" in (beyond(question, CORPUS) or "")
    assert beyond(question, CORPUS, lambda: "Au 1er janvier 2024, il est de…") is None


def test_a_later_year_told_by_the_way_asks_nothing_of_that_year() -> None:
    assert beyond("mon passeport se périme en 2024, je peux voyager avec ?", CORPUS) is None


def test_hardly_any_question_that_the_corpus_answers_is_taken_for_one_it_cannot() -> None:
    asked = [question.text for known in anticipated().values() for question in known]
    found = [text for text in asked if beyond(text, CORPUS)]
    assert len(found) <= FALSE_ALARMS * len(asked), found


def test_a_card_says_why_nothing_is_answered_and_asks_nothing(assistant: Assistant) -> None:
    card = assistant.ask("combien coûte la carte d'identité en 2049, quel tarif ?")
    assert card.abstained
    assert "2049" in card.say
    assert card.ask is None
    assert not card.sources
