"""What the learned route cannot do: send a caller away on words alone."""

from __future__ import annotations

import pytest

from assistant.route_features import NearFiche
from assistant.routing import OURS, SURELY_OURS, _possible

SHARES = {"niveau1": 0.2, "urgence": 0.3, "hors_perimetre": 0.3, "imprecis": 0.2}


def possible(question: str, likeness: float, probability: float = 0.95) -> set[str]:
    near = [NearFiche(probability, is_tax=False, likeness=likeness)]
    return set(_possible(dict(SHARES), question, near))  # type: ignore[arg-type]


def test_without_a_sign_of_danger_there_is_no_emergency() -> None:
    assert "urgence" not in possible("je touche le rsa et je reprends un boulot", 0.4)
    assert "urgence" in possible("mon mari me frappe", 0.4)
    assert "urgence" in possible("il touche ma fille", 0.4)


def test_what_sounds_like_a_question_asked_of_a_fiche_is_ours() -> None:
    theft = "on m'a volé mon portefeuille dans le métro"
    assert "hors_perimetre" in possible(theft, OURS)
    assert "hors_perimetre" not in possible(theft, SURELY_OURS)
    assert "hors_perimetre" not in possible("refaire mes papiers", OURS)
    assert "hors_perimetre" in possible("refaire mes papiers", OURS - 0.01)


def test_another_countrys_administration_is_not_ours_whatever_it_sounds_like() -> None:
    assert "hors_perimetre" in possible("Quelles sont les conditions du permis en Allemagne ?", 0.9)


def test_a_few_words_that_name_their_fiche_are_not_vague() -> None:
    assert "imprecis" not in possible("permis perdu combien", SURELY_OURS)
    assert "imprecis" in possible("quel délai", 0.55)
    assert "imprecis" in possible("carte", SURELY_OURS, probability=0.7)


def test_a_thing_of_which_there_are_several_stays_vague() -> None:
    near = [NearFiche(0.98, is_tax=False, likeness=0.7)]
    shares = {"niveau1": 0.04, "dossier": 0.01, "imprecis": 0.95}
    assert _possible(dict(shares), "j'ai perdu ma carte", near) == shares  # type: ignore[arg-type]


def test_what_is_ruled_out_is_answered_not_sent_elsewhere() -> None:
    near = [NearFiche(0.98, is_tax=False, likeness=0.7)]
    shares = {"niveau1": 0.1, "dossier": 0.2, "imprecis": 0.7}
    left = _possible(dict(shares), "permis perdu combien", near)  # type: ignore[arg-type]
    assert left == pytest.approx({"niveau1": 0.8, "dossier": 0.2})


def test_where_nothing_was_found_nobody_is_sent_away() -> None:
    left = _possible(dict(SHARES), "je touche le rsa", [])  # type: ignore[arg-type]
    assert left == pytest.approx({"niveau1": 1.0})


@pytest.mark.parametrize(
    ("question", "ours"),
    [
        ("mon employeur m'a pas payé depuis 2 mois", True),
        ("mon proprio me rend pas ma caution", True),
        ("mon employeur a envoyé l'attestation, où en est mon dossier", False),
        ("la caf m'a pas payé depuis 2 mois", False),
    ],
)
def test_a_quarrel_between_private_people_is_nobodys_file(question: str, ours: bool) -> None:
    near = [NearFiche(0.9, is_tax=False, likeness=0.4)]
    left = _possible({"niveau1": 0.1, "dossier": 0.9}, question, near)
    assert ("dossier" not in left) is ours
