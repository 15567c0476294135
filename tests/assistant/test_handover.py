from __future__ import annotations

import pytest

from assistant.chain import Assistant
from assistant.handover import CallTurn, handover, masked


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("rappelez-moi au 06 12 34 56 78", "12 34"),
        ("mon portable +33 6 12 34 56 78", "34 56"),
        ("mon mail jean.dupont@exemple.fr", "dupont"),
        ("mon numéro de sécu 2 85 05 78 006 084 36", "006"),
        ("mon numéro 154017500108412", "1540175"),
        ("mon IBAN FR76 3000 6000 0112 3456 7890 189", "3456"),
        ("numéro fiscal 1234567890123", "123456"),
        ("mon numéro d'allocataire c'est 4587213", "4587"),
        ("mon numéro de dossier est 45872", "45872"),
        ("je m'appelle Awa Diallo et je loue", "Diallo"),
        ("je m'apelle awa diallo", "diallo"),
        ("Madame Lefèvre demande son titre", "Lefèvre"),
        ("dossier au nom de Karim Benali", "Benali"),
        ("ma voiture AB-123-CD est vendue", "123"),
    ],
)
def test_identity_and_numbers_of_the_caller_are_masked(text: str, hidden: str) -> None:
    assert hidden not in masked(text)
    assert "[masqué]" in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "La dame gagne 1 200 euros et paie 650 € de loyer",
        "née le 12 mars 1962, retraite en 2026",
        "le monsieur habite 69003 Lyon",
        "madame voudrait un extrait d'acte",
        "il faut appeler le 3919",
    ],
)
def test_what_the_next_person_needs_is_kept(text: str) -> None:
    assert masked(text) == text


def test_the_note_has_three_lines_asked_told_and_answered() -> None:
    turns = [
        CallTurn("je loue un studio meublé", "Un mois de préavis.", "fiche F1168, Préavis"),
        CallTurn("et la taxe d'habitation ?"),
    ]
    lines = handover(turns, ["seul"]).split("\n")
    assert lines == [
        "Demande : et la taxe d'habitation ?",
        "Déjà dit par l'appelant : je loue un studio meublé / seul",
        "Déjà répondu : Un mois de préavis. (fiche F1168, Préavis)",
    ]


def test_a_call_that_begins_says_that_nothing_was_said_or_answered() -> None:
    lines = handover([CallTurn("Comment payer la TVA ?")]).split("\n")
    assert lines[1:] == ["Déjà dit par l'appelant : rien", "Déjà répondu : rien"]


def test_a_long_call_keeps_three_short_lines_with_the_latest_words() -> None:
    turns = [CallTurn(f"question {n} " + "longue " * 20) for n in range(12)]
    note = handover([*turns, CallTurn("la dernière")])
    assert note.count("\n") == 2
    assert all(len(line) < 320 for line in note.split("\n"))
    assert "question 11" in note


def test_a_routed_call_carries_its_note_and_an_answered_one_does_not(assistant: Assistant) -> None:
    routed = assistant.ask("Qui doit payer la taxe d'habitation ?", history=["je suis étudiant"])
    assert routed.handover is not None
    assert "je suis étudiant" in routed.handover
    assert assistant.ask("Combien coûte un passeport ?").handover is None
