"""What a model may not write, whatever its sources: found by a model that lies (evals/liar.py)."""

from __future__ import annotations

import pytest

from assistant.chain import Assistant
from assistant.compose import Said
from assistant.support import Refusal, broken, supported, written
from assistant.verify import missing_facts
from vectorstore.fiche import Passage


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Demandez un code en appelant au trente-trois 46.", "link"),
        ("Appelez le zéro huit, quatre-vingt-dix-neuf, dix.", "link"),
        ("Vingt-huit% du Smic.", "characters"),
        ("Le passeport coûte \u00b2\u00b3 euros.", "characters"),
    ],
)
def test_numbers_hidden_from_the_fact_lock_are_refused(text: str, why: str) -> None:
    refusal = written(text)
    assert refusal is not None
    assert refusal.why == why


@pytest.mark.parametrize(
    "text",
    ["Appelez entre 9 heures et 17 heures.", "Le logement fait 40 m\u00b2.", "25 % et 30 €."],
)
def test_plain_sentences_may_be_written(text: str) -> None:
    assert written(text) is None


def test_half_an_article_is_no_sentence() -> None:
    assert broken("Demandez-le, selon l'article L.")
    assert not broken("Demandez-le, selon l'article L. 12.")


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("L'ordonnance d'un patient de 16 à 42 ans est valable cinq ans.", True),
        ("L'ordonnance d'un patient de 16 à 42 ans est valable trois ans.", False),
        ("L'ordonnance d'un patient de 43 ans ou plus est valable 3 ans.", True),
        ("L'ordonnance d'un patient de 43 ans ou plus est valable cinq ans.", False),
    ],
)
def test_the_figure_of_another_line_of_the_same_words_is_refused(
    assistant: Assistant, text: str, stands: bool
) -> None:
    passage = Passage(
        id="F1168#0",
        fiche="F1168",
        kind="section",
        text="L'ordonnance d'un patient de 16 à 42 ans est valable 5 ans. "
        "Passé cet âge, l'ordonnance d'un patient de 43 ans ou plus est valable 3 ans.",
    )
    found = supported(Said(text, passage), assistant.snapshot.fiche("F1168"))
    assert isinstance(found, Said) is stands
    assert stands or (isinstance(found, Refusal) and found.why == "line")


def test_a_number_takes_the_unit_that_its_column_is_named_with(assistant: Assistant) -> None:
    fiche = assistant.snapshot.fiche("F1168")
    row = "- Année de naissance : 1950 ; Durée d'assurance (en trimestres) : 162"
    passage = Passage(id="F1168#0", fiche="F1168", kind="table", text=row)
    assert missing_facts(Said("Il faut 162 trimestres.", passage), fiche) == []
    assert missing_facts(Said("Il faut 163 trimestres.", passage), fiche) != []
