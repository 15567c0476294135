from __future__ import annotations

from assistant.chain import Assistant
from assistant.handover import CallTurn, handover


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
