"""What the caller said: traits, numbers, denials, and what holds for the whole call."""

from __future__ import annotations

import pytest

from assistant.caller import read_caller, title_traits
from assistant.quantities import bounds_in, quantities_in


@pytest.mark.parametrize(
    ("said", "name", "value"),
    [
        ("un passeport pour ma fille de 12 ans", "age", "mineur"),
        ("j'ai 67 ans", "age", "majeur"),
        ("un jeune guinéen 15 ans", "age", "mineur"),
        ("on m'a volé mon sac", "sinistre", "vol"),
        ("il a égaré son permis", "sinistre", "perte"),
        ("je suis locataire en HLM", "occupation", "locataire"),
        ("elle est fonctionnaire", "emploi", "fonctionnaire"),
        ("une dame congolaise", "nationalite", "tiers"),
        ("un studio non meublé", "logement", "vide"),
        ("il vit seul", "couple", "seul"),
        ("un huissier a saisi mon salaire", "dette", "debiteur"),
        ("mon locataire, on me doit trois loyers", "dette", "creancier"),
        ("condamné à une amende par le tribunal", "amende", "judiciaire"),
        ("flashé par un radar, l'amende est de combien", "amende", "forfaitaire"),
        ("un chat trouvé, pas de collier ni puce", "identification", "non"),
        ("je loue tout mon appartement", "etendue", "tout"),
        ("le monsieur veut changer de nom", "age", "majeur"),
        ("mon père est à la retraite", "emploi", "retraite"),
        ("on habite à Rennes", "lieu", "metropole"),
    ],
)
def test_what_is_said_in_plain_words_becomes_a_trait(said: str, name: str, value: str) -> None:
    assert value in read_caller(said, (), ()).values(name)


@pytest.mark.parametrize(
    ("said", "name", "value"),
    [
        ("je ne suis pas marié", "couple", "marie"),
        ("elle n'a pas été volée", "sinistre", "vol"),
        ("il n'est pas français", "nationalite", "francais"),
    ],
)
def test_a_denied_trait_is_known_as_denied(said: str, name: str, value: str) -> None:
    caller = read_caller(said, (), ())
    assert value not in caller.values(name)
    if name != "nationalite":
        assert value in caller.denied(name)


@pytest.mark.parametrize(
    ("said", "ages"),
    [
        ("passeport pour un bébé", [0.0]),
        ("carte d'identité pour mon nouveau-né", [0.0]),
        ("passeport pour un bébé de 8 mois", [8 / 12]),
        ("quelles aides quand on attend un bébé", []),
    ],
)
def test_what_is_for_a_baby_is_for_somebody_of_no_age(said: str, ages: list[float]) -> None:
    assert [n.value for n in quantities_in(said) if n.kind == "age"] == pytest.approx(ages)


def test_years_of_service_are_no_age() -> None:
    kinds = {n.kind for n in quantities_in("licencié après cinq ans dans l'entreprise")}
    assert kinds == {"duration"}


@pytest.mark.parametrize("thing", ["son ordonnance", "la voiture de mon fils", "mon bail"])
def test_the_age_of_a_thing_is_nobodys(thing: str) -> None:
    assert [n for n in quantities_in(f"{thing} a quatre ans") if n.kind == "age"] == []


def test_a_monsieur_who_asks_for_his_child_makes_nobody_an_adult() -> None:
    assert "majeur" not in read_caller("le monsieur demande pour son fils", (), ()).values("age")


def test_a_pension_makes_nobody_retired() -> None:
    assert read_caller("quel pourcentage de sa retraite", (), ()).values("emploi") == set()


@pytest.mark.parametrize(
    ("said", "children"),
    [
        ("un congé parental pour mon premier", 1),
        ("avec la naissance de la troisième, on déménage", 3),
        ("elle attend son deuxième bébé", 2),
    ],
)
def test_the_rank_of_a_child_tells_how_many_there_are(said: str, children: int) -> None:
    assert [n.value for n in quantities_in(said) if n.kind == "child"] == [children]


def test_a_first_job_is_no_child() -> None:
    assert [n for n in quantities_in("mon premier emploi") if n.kind == "child"] == []


def test_what_belongs_to_the_person_lasts_the_call_and_the_matter_does_not() -> None:
    caller = read_caller(
        "quels papiers pour un passeport", ["ma fille de 12 ans, studio meublé"], ()
    )
    assert caller.values("age") == {"mineur"}
    assert not caller.values("logement")


def test_what_is_said_last_outranks_what_was_said_before() -> None:
    caller = read_caller("mon fils de 14 ans — et sa grande sœur, elle a 19 ans", (), ())
    assert caller.values("age") == {"majeur"}


def test_what_the_agent_tells_outranks_the_question() -> None:
    assert read_caller("un logement meublé", (), ["logement vide"]).values("logement") == {"vide"}


@pytest.mark.parametrize(
    ("title", "inside", "outside"),
    [
        ("Moins de 12 ans", 11, 12),
        ("11 à 14 ans", 12, 15),
        ("Enfant de 11 à 14 ans", 11, 10),
        ("Entre 15 et 17 ans", 17, 18),
        ("À partir de 18 ans", 18, 17),
        ("Vous avez 67 ans (ou plus)", 67, 66),
    ],
)
def test_bounds_of_age_hold_to_the_year(title: str, inside: int, outside: int) -> None:
    bounds = bounds_in(title)
    assert bounds is not None
    assert bounds.kind == "age"
    assert bounds.hold(inside)
    assert not bounds.hold(outside)


def test_siblings_tell_a_length_of_service_from_an_age() -> None:
    titles = ("Moins de 6 mois", "Entre 6 mois et 2 ans", "Au moins 2 ans")
    found = [bounds_in(title, titles) for title in titles]
    assert {bounds.kind for bounds in found if bounds} == {"duration"}
    assert found[1] is not None
    assert found[1].hold(12)
    assert not found[1].hold(30)


def test_a_date_in_a_title_bounds_the_year() -> None:
    before, since = bounds_in("Avant le 1er janvier 2018"), bounds_in("Depuis le 1er janvier 2018")
    assert before is not None
    assert since is not None
    assert before.hold(2017.9)
    assert not before.hold(2018.5)
    assert since.hold(2018.5)
    assert not since.hold(2017.9)


def test_titles_of_cases_state_traits() -> None:
    assert ("nationalite", "francais") in title_traits("Vous êtes français")
    assert ("lieu", "etranger") in title_traits("Vous vivez à l'étranger")
    assert ("couple", "couple") in title_traits("Vous vivez en couple")
