from __future__ import annotations

import pytest

from evals import speech


def test_words_sentences_and_seconds_are_counted() -> None:
    found = speech.judge_speech("Il faut quatre-vingt-six euros. C'est à la mairie.")
    assert (found.words, found.sentences, found.longest_sentence) == (8, 2, 4)
    assert found.seconds == 3.2
    assert found.passed


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mot " * 61, "61 mots"),
        ("Un. Deux. Trois. Quatre.", "4 phrases"),
        ("Allez sur https://www.service-public.fr pour le faire.", "lien"),
        ("Allez sur service-public.fr.", "lien"),
        ("Écrivez à contact@mairie.fr.", "adresse électronique"),
        ("Votre carte (ou passeport).", "parenthèse"),
        ("- votre carte", "marque de liste"),
        ("• votre carte", "marque de liste"),
        ("Cela coûte 86 €.", "symbole"),
        ("Il faut et/ou prendre rendez-vous.", "symbole"),
        ("Voir l'art. 4 du code.", "abréviation"),
        ("Demandez Mme Durand.", "abréviation"),
        ("Adressez-vous à la CPAM.", "sigle nu « CPAM »"),
        ("", "rien à dire"),
    ],
)
def test_what_cannot_be_said_is_found(text: str, problem: str) -> None:
    assert any(problem in found for found in speech.judge_speech(text).problems)


@pytest.mark.parametrize(
    "text",
    [
        "Adressez-vous à la CAF, c'est gratuit.",
        "Adressez-vous à la caisse primaire d'assurance maladie, la CPAM.",
        "J'ai jusqu'au premier mars, à dix heures.",
        "Le 86 est un nombre.",
        "La deuxième partie, titre III, le dit.",
    ],
)
def test_what_callers_say_themselves_is_speakable(text: str) -> None:
    assert speech.unspeakable(text) == []


def test_a_failure_is_outside_the_limits() -> None:
    failed = speech.SpeechScore(
        words=0, sentences=0, longest_sentence=0, seconds=0, problems=[], error="x"
    )
    found = speech.metrics({"1": failed, "2": speech.judge_speech("Oui.")}, {"1": "1", "2": "2"})
    assert found["within_limits"]["value"] == 0.5
    assert found["words_median"] == 1
