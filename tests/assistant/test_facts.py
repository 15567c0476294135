from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.facts import facts_in, figures_in, unsupported


def keys(text: str) -> set[tuple[str, str]]:
    return {fact.key() for fact in facts_in(text)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("86 €", "86 euros"),
        ("86€", "quatre-vingt-six euros"),
        ("5 €par heure", "cinq euros par heure"),
        ("2 millions d'€par an", "2 000 000 €"),
        ("2 mois", "deux mois"),
        ("21 jours", "vingt et un jours"),
        ("200 €", "deux cents euros"),
        ("1 500 €", "1\xa0500 euros"),
        ("12 000 €", "12\u202f000,00 €"),
        ("6,50 %", "6,5 pour cent"),
        ("8h30", "8 heures 30"),
        ("1er janvier 2021", "premier janvier 2021"),
        ("01 45 39 40 00", "01.45.39.40.00"),
        ("0809 401 401", "08 09 40 14 01"),
        ("39 19", "3919"),
    ],
)
def test_two_spellings_of_a_fact_are_the_same_fact(one: str, other: str) -> None:
    assert keys(one) == keys(other) != set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Le montant est de 1 234 567,80 €.", ("euro", "1234567.8")),
        ("à partir de 18 ans", ("year", "18")),
        ("sous 48 heures", ("hour", "48")),
        ("avant le 3 mars 2020", ("date", "3 mars 2020")),
        ("Composez le 3939.", ("phone", "3939")),
        ("formulaire cerfa n°12100*02", ("form", "12100*02")),
    ],
)
def test_amounts_ages_durations_dates_phones_and_forms_are_facts(
    text: str, expected: tuple[str, str]
) -> None:
    assert expected in keys(text)


@pytest.mark.parametrize("text", ["de 2 à 3 mois", "2 ou 3 mois", "entre 2 et 3 mois"])
def test_both_ends_of_a_range_are_facts(text: str) -> None:
    assert keys(text) == {("month", "2"), ("month", "3")}


@pytest.mark.parametrize(
    "text",
    ["de deux à trois mois", "deux ou 3 mois", "entre deux et trois mois", "2 et trois mois"],
)
def test_both_ends_of_a_range_in_letters_are_facts(text: str) -> None:
    assert keys(text) == {("month", "2"), ("month", "3")}


@pytest.mark.parametrize("text", ["2 millions d'euros", "deux millions euros", "2 000 000 €"])
def test_millions_are_the_same_sum_in_figures_and_in_letters(text: str) -> None:
    assert keys(text) == {("euro", "2000000")}


def test_a_sum_too_long_for_a_number_is_a_fact_all_the_same() -> None:
    assert "euro" in {kind for kind, _ in keys(f"{'9' * 400} millions d'euros")}


@pytest.mark.parametrize(
    ("text", "years"), [("vingt et un ans", "21"), ("soixante et onze ans", "71")]
)
def test_a_number_joined_by_et_is_one_number(text: str, years: str) -> None:
    assert keys(text) == {("year", years)}


@pytest.mark.parametrize("text", ["l'année prochaine", "la 2e demande", "mission de mois", ""])
def test_words_without_a_number_are_no_facts(text: str) -> None:
    assert keys(text) == set()


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Le passeport coûte 96 euros.", "Le passeport coûte 86 €."),
        ("Cela coûte quatre-vingt-seize euros.", "Le passeport coûte 86 €."),
        ("Comptez 5 à 6 mois.", "Comptez 4 à 6 mois."),
        ("Appelez le 3938.", "Appelez le 3939."),
        ("La mairie ouvre à 8 heures 45.", "La mairie ouvre à 8h30."),
        ("Avant le 2 mars 2020.", "Avant le 3 mars 2020."),
        ("C'est 15 euros.", "C'est 15 %."),
    ],
)
def test_a_changed_fact_is_found(said: str, source: str) -> None:
    assert len(unsupported(said, [source])) == 1


def test_a_fact_may_stand_in_any_of_the_sources() -> None:
    assert unsupported("86 euros, valable dix ans.", ["Tarif : 86 €", "Durée : 10 ans"]) == []


def test_a_date_may_be_said_without_its_year() -> None:
    assert unsupported("avant le 3 mars", ["avant le 3 mars 2020"]) == []


@given(st.text(max_size=200))
def test_a_text_always_supports_itself(text: str) -> None:
    assert unsupported(text, [text]) == []


@given(
    st.lists(
        st.sampled_from(
            ["86", " ", "€", "deux", "-", "vingt", "mois", "%", "h", "30", ",", "3939", "à", "ans"]
        ),
        max_size=20,
    )
)
def test_any_jumble_of_numbers_and_units_supports_itself(parts: list[str]) -> None:
    text = "".join(parts)
    assert unsupported(text, [text]) == []


@given(st.integers(1, 9_999_999))
def test_thousands_are_the_same_however_they_are_spaced(amount: int) -> None:
    written = {f"{amount:,} €".replace(",", space) for space in ("", " ", "\xa0", "\u202f")}
    assert {frozenset(keys(text)) for text in written} == {frozenset({("euro", str(amount))})}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'article L. 121-3 du code", ("article", "l121-3")),
        ("cerfa n°12100", ("form", "12100")),
        ("écrire à jardin@exemple.fr", ("mail", "jardin@exemple.fr")),
        ("sur www.exemple.fr/jardin", ("web", "exemple.fr/jardin")),
        ("deux photos", ("count photo", "2")),
        ("3 fois par an", ("count foi", "3")),
        ("auprès de la mairie", ("body", "mairie")),
        ("devant le procureur", ("body", "procureur")),
    ],
)
def test_articles_forms_addresses_counts_and_bodies_are_facts(
    text: str, expected: tuple[str, str]
) -> None:
    assert expected in keys(text)


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Adressez-vous à la préfecture.", "Adressez-vous à la mairie."),
        ("Il faut trois photos.", "Il faut 2 photos."),
        ("Selon l'article 16.", "Selon l'article 15."),
    ],
)
def test_a_changed_body_count_or_article_is_found(said: str, source: str) -> None:
    assert len(unsupported(said, [source])) == 1


UNITS = ("€", "%", "jours", "mois", "ans", "heures", "photos", "fois")


@given(st.integers(2, 60), st.integers(2, 60), st.sampled_from(UNITS))
def test_another_number_of_the_same_unit_is_always_found(one: int, other: int, unit: str) -> None:
    missing = unsupported(f"Comptez {one} {unit}.", [f"Comptez {other} {unit}."])
    assert bool(missing) == (one != other)


@given(st.integers(2, 99), st.sampled_from(("mois", "jours", "ans", "euros", "photos")))
def test_a_number_in_words_is_the_number_in_figures(number: int, unit: str) -> None:
    from num2words import num2words

    spelt = num2words(number, lang="fr")
    assert keys(f"{spelt} {unit}") == keys(f"{number} {unit}")


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("soit une centaine d'euros", "centaine"),
        ("deux mille trois cents euros", "mille"),
        ("trois millions d'euros", "million"),
        ("dans une quarantaine de jours", "quarantaine"),
        ("le double pour un étranger", "double"),
    ],
)
def test_words_of_quantity_are_figures_too(said: str, word: str) -> None:
    assert word in figures_in(said)
    assert word not in figures_in("En mairie, 86 € pour un majeur.")


@pytest.mark.parametrize(
    ("spelt", "figures"),
    [
        ("le six mars 2020", "le 6 mars 2020"),
        ("le vingt et un juin", "le 21 juin"),
        ("le dix-neuf février", "le 19 février"),
        ("le premier mars", "le 1er mars"),
    ],
)
def test_a_day_in_letters_is_the_same_date(spelt: str, figures: str) -> None:
    assert keys(spelt) == keys(figures) != set()
    assert unsupported(spelt, ["entre le 12 mars 2020, le 12 juin et le 12 février"])
