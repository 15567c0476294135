from __future__ import annotations

import pytest

from assistant.chain import Assistant
from assistant.choose import Asked
from assistant.quantities import quantities_in
from assistant.units import Unit, units_of
from assistant.wording import as_one, words_of_items, words_of_row, words_of_sentence
from vectorstore.fiche import Fiche, Passage, PassageKind

FICHE = Fiche(
    id="F1", title="Permis de jardiner", description="", type="Fiche d'information",
    audiences=("particuliers",), url="https://example.org", updated="2020-01-01",
)  # fmt: skip


def units(text: str, kind: PassageKind = "section", section: tuple[str, ...] = ()) -> list[Unit]:
    return list(units_of(Passage(id="F1#0", fiche="F1", kind=kind, section=section, text=text)))


def test_a_whole_list_of_documents_is_counted() -> None:
    items = units(
        "Vous devez fournir les documents suivants :\n- Une photo ;\n- Un acte ;\n- 10 €."
    )
    assert words_of_items(items, documents=True) == (
        "Il faut trois choses : une photo, un acte et 10 euros"
    )


def test_a_list_with_a_condition_in_front_keeps_it() -> None:
    items = units("Si vous êtes marié, vous devez fournir :\n- un acte ;\n- une photo.")
    said = words_of_items(items, documents=True)
    assert said.startswith("Si vous êtes marié, vous devez fournir : un acte")


def test_what_is_left_out_of_a_list_is_announced() -> None:
    items = units("Il faut remplir ces conditions :\n- être majeur ;\n- être inscrit.")
    assert "entre autres" in words_of_items(items[:1], documents=False)


def test_alternatives_are_joined_by_or() -> None:
    items = units("Vous pouvez présenter l'un des documents suivants :\n- un bail\n- une facture")
    assert words_of_items(items, documents=True).endswith("un bail ou une facture")
    items = units("Il faut :\n- un bail\n- ou une facture")
    assert words_of_items(items, documents=False) == "Il faut : un bail ou une facture"


def asked(assistant: Assistant, question: str) -> Asked:
    return Asked.of(assistant.understanding.read(question), tuple(quantities_in(question)))


def test_a_row_is_said_with_the_names_of_its_columns(assistant: Assistant) -> None:
    any_ = asked(assistant, "combien")
    row = units("- Âge : 11 à 14 ans ; Montant : 490,39 €", "table")[0]
    assert words_of_row(row, any_) == "Âge : 11 à 14 ans, montant : 490,39 euros"

    row = units("- Situation : Activité réduite de moitié ; Montant : 257 €", "table")[0]
    assert words_of_row(row, any_) == "Activité réduite de moitié, montant : 257 euros"


def test_of_a_row_the_kind_of_number_that_is_asked_is_said_first_of_all(
    assistant: Assistant,
) -> None:
    rows = units(
        "- Document : Facture ; Garde : 5 ans ; À noter : en papier ; Où : au bureau ; Qui : vous\n"
        "- Document : Reçu ; Garde : 2 ans ; À noter : en papier ; Où : au bureau ; Qui : vous",
        "table",
    )
    said = words_of_row(rows[0], asked(assistant, "combien d'années garder une facture"))
    assert "garde : 5 ans" in said


def test_a_column_that_excludes_the_caller_is_not_said(assistant: Assistant) -> None:
    rows = units(
        "- Enfants : 1 ; Moins de 15 heures par semaine : 170 € ; De 15 à 35 heures par semaine : "
        "400 €\n- Enfants : 2 ; Moins de 15 heures par semaine : 195 € ; De 15 à 35 heures par "
        "semaine : 460 €",
        "table",
    )
    said = words_of_row(rows[1], asked(assistant, "à 20 heures par semaine elle touche combien"))
    assert "460 euros" in said
    assert "195" not in said


def test_a_condition_in_brackets_is_said_with_the_row(assistant: Assistant) -> None:
    row = units("- Situation : Temps partiel (50 % maximum) ; Montant : 257 €", "table")[0]
    assert "50 pour cent maximum" in words_of_row(row, asked(assistant, "combien"))


def test_a_bare_number_takes_the_unit_of_its_column(assistant: Assistant) -> None:
    row = units("- Année : 1960 ; Durée cotisée (en trimestres) : 167", "table")[0]
    said = words_of_row(row, asked(assistant, "combien"))
    assert said.endswith("durée cotisée : 167 trimestres")


def test_the_question_of_a_column_is_not_asked_aloud(assistant: Assistant) -> None:
    row = units("- Parent : Oncle ; Aide possible ? : OUI avec un bail", "table")[0]
    assert words_of_row(row, asked(assistant, "ai-je droit")).endswith(
        "aide possible : oui avec un bail"
    )


def test_words_without_a_verb_are_said_after_their_title() -> None:
    alone = units("30 €", section=("Coût du rejet",))[0]
    assert words_of_sentence(alone, FICHE, yes_no=False, linked=False) == (
        "Coût du rejet : 30 euros"
    )


def test_a_question_is_no_title_to_say() -> None:
    alone = units("30 €", section=("Combien ça coûte ?",))[0]
    assert words_of_sentence(alone, FICHE, yes_no=False, linked=False).startswith(FICHE.title)


def test_yes_is_said_only_where_the_question_calls_for_it() -> None:
    unit = units("Oui, un mineur peut jardiner dès 16 ans.")[0]
    assert words_of_sentence(unit, FICHE, yes_no=True, linked=False).startswith("Oui,")
    assert not words_of_sentence(unit, FICHE, yes_no=False, linked=False).startswith("Oui")


def test_a_negation_survives() -> None:
    unit = units("Non, un mineur ne peut pas jardiner seul la nuit.")[0]
    assert "ne peut pas" in words_of_sentence(unit, FICHE, yes_no=False, linked=False)


def test_a_linking_word_is_said_only_after_what_it_links() -> None:
    unit = units("Toutefois, le permis est gratuit le lundi.")[0]
    assert words_of_sentence(unit, FICHE, yes_no=False, linked=True).startswith("Toutefois")
    assert not words_of_sentence(unit, FICHE, yes_no=False, linked=False).startswith("Toutefois")


def test_two_short_sentences_are_said_as_one() -> None:
    assert as_one("Le permis coûte 12 euros.", "Il est remis au guichet.") == (
        "Le permis coûte 12 euros, et il est remis au guichet."
    )


@pytest.mark.parametrize(
    "second",
    [
        "Toutefois, il est gratuit pour un mineur.",
        "Dans le cas « Perte » : il est payant.",
        "ANTS est le site à consulter.",
        f"Il est remis {'très ' * 20}vite.",
    ],
)
def test_what_turns_on_the_first_or_is_long_stays_a_sentence(second: str) -> None:
    assert as_one("Le permis coûte 12 euros.", second) == ""
