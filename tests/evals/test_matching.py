from __future__ import annotations

import pytest

from evals.matching import canonical, holds, stands_verbatim


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("86 euros", "86 €"),
        ("86\u00a0€", "86€"),
        ("Quatre-vingt-six euros", "86 €"),
        ("1 500 €", "1500 euros"),
        ("1\u202f500 €", "mille cinq cents euros"),
        ("1.500 €", "1500 €"),
        ("86,00 €", "86 €"),
        ("12,50 €", "douze euros cinquante"),
        ("2,76 €", "2 euros 76 centimes"),
        ("un million d'euros", "1 000 000 €"),
        ("deux cent trente-quatre mille euros", "234 000 €"),
        ("dix jours", "10 jours"),
        ("vingt et une semaines", "21 semaines"),
        ("un mois", "1 mois"),
        ("10 %", "dix pour cent"),
        ("le premier janvier deux mille vingt et un", "le 1er janvier 2021"),
        ("jusqu'à votre trente et unième anniversaire", "jusqu'à votre 31e anniversaire"),
        ("la vingt-cinquième année", "la 25ème année"),
        ("l’Œuvre", "l'oeuvre"),
        ("Rendez-vous  à la Mairie", "rendez vous a la mairie"),
        ("9h", "neuf heures"),
        ("17h30", "dix-sept heures trente"),
    ],
)
def test_spellings_of_one_thing_are_equal(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("il faut 86 €", "6 €"),
        ("1 086 €", "86 €"),
        ("12,86 €", "86 €"),
        ("86,50 €", "86"),
        ("c'est illégal", "légal"),
        ("c'est impossible", "possible"),
        ("nonobstant", "non"),
        ("dix anciens", "10 ans"),
        ("110 jours", "10 jours"),
        ("un passeport", "1 passeport"),
        ("rien", "…"),
    ],
)
def test_a_spelling_is_not_found_inside_another_word_or_number(text: str, spelling: str) -> None:
    assert not holds(text, spelling)


def test_a_word_is_found_in_its_plural() -> None:
    assert holds("dans toutes les mairies équipées", "mairie")
    assert holds("sous dix ans.", "10 an")


def test_a_quote_is_verbatim_whatever_its_spaces_and_apostrophes() -> None:
    text = "La demande se fait à la mairie.\nL'acte est\u00a0gratuit."
    assert stands_verbatim("L’acte  est gratuit.", text)
    assert stands_verbatim("La demande […] gratuit.", text)
    assert stands_verbatim("L'acte est gratuit.\nLa demande se fait", text)


def test_a_quote_with_another_word_or_case_is_not_verbatim() -> None:
    text = "La demande se fait à la mairie."
    assert not stands_verbatim("la demande se fait", text)
    assert not stands_verbatim("La demande se fait en mairie.", text)
    assert not stands_verbatim("", text)
