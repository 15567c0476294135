from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.card import ContactCard, Route, Target
from assistant.facts import unsupported
from assistant.speech import closed, sentences, speakable, with_long_forms, word_count
from assistant.texts import PROMPTS
from vectorstore.fiche import Abbreviation
from vectorstore.phones import spelt, spelt_in

WRITTEN = st.text(
    alphabet=st.one_of(st.sampled_from("€%()[]/*;:,.-+°²h 019msenEt\n\u202f\xa0"), st.characters()),
    max_size=80,
)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("86 €", "86 euros"),
        ("86€", "86 euros"),
        ("5,20 €par heure", "5,20 euros par heure"),
        ("cinq €par heure", "cinq euros par heure"),
        ("15 %par an", "15 pour cent par an"),
        ("1\u202f500\xa0€", "1\u202f500 euros"),
        ("3 €/mois", "3 euros par mois"),
        ("15 %", "15 pour cent"),
        ("le n° 12", "le numéro 12"),
        ("le 1er janvier", "le premier janvier"),
        ("la 1ère fois", "la première fois"),
        ("à 8h30", "à 8 heures 30"),
        ("à 8 h 30", "à 8 heures 30"),
        ("de 9h à 17h", "de 9 heures à 17 heures"),
        ("à 1h du matin", "à 1 heure du matin"),
        ("24h/24 et 7j/7", "24 heures sur 24 et 7 jours sur 7"),
        ("80 km/h", "80 kilomètres par heure"),
        ("M. Durand", "monsieur Durand"),
        ("art. 5", "article 5"),
    ],
)
def test_units_and_abbreviations_are_written_as_they_are_said(written: str, spoken: str) -> None:
    assert speakable(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("père et/ou mère", "père ou mère"),
        ("lundi/mardi", "lundi ou mardi"),
        ("le passeport (biométrique)", "le passeport"),
        ("le passeport (biométrique (2009))", "le passeport"),
        ("la mairie [voir la liste]", "la mairie"),
        ("le(s) enfant(s)", "les enfants"),
        ("une parenthèse (jamais fermée", "une parenthèse jamais fermée"),
    ],
)
def test_brackets_and_slashes_are_not_said(written: str, spoken: str) -> None:
    assert speakable(written) == spoken


@pytest.mark.parametrize("link", ["https://www.service-public.fr/a?b=1", "www.ants.gouv.fr"])
def test_links_are_not_said(link: str) -> None:
    assert speakable(f"Voir le site {link}") == "Voir le site"


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "– "])
def test_list_marks_are_not_said(mark: str) -> None:
    assert speakable(f"{mark}une photo") == "une photo"


def test_the_number_of_a_form_keeps_its_star() -> None:
    assert speakable("le formulaire 12100*02") == "le formulaire 12100*02"


def test_etc_is_said_in_full() -> None:
    assert speakable("photo, acte, etc. à fournir") == "photo, acte, et cetera à fournir"


def test_etc_at_the_end_of_a_sentence_still_ends_it() -> None:
    assert sentences(speakable("Photo, acte, etc. La mairie décide.")) == [
        "Photo, acte, et cetera.",
        "La mairie décide.",
    ]


@pytest.mark.parametrize(
    "spoken",
    [
        "Le passeport coûte 86 euros, à payer en timbre fiscal.",
        "La mairie ouvre à 8 heures 30 le premier lundi du mois.",
        "Oui, il faut prendre rendez-vous : comptez trois semaines.",
    ],
)
def test_spoken_text_is_left_alone(spoken: str) -> None:
    assert speakable(spoken) == spoken


@given(WRITTEN)
def test_speaking_twice_changes_nothing(text: str) -> None:
    assert speakable(speakable(text)) == speakable(text)


@given(WRITTEN)
def test_what_is_said_never_holds_a_euro_sign_a_bracket_or_a_link(text: str) -> None:
    assert not re.search(r"[€()\[\]]|https?://", speakable(text))


@given(st.integers(0, 23), st.integers(0, 59), st.integers(1, 99_999), st.integers(1, 31))
def test_making_a_sentence_speakable_never_makes_its_facts_unsupported(
    hour: int, minute: int, amount: int, day: int
) -> None:
    day_written = "1er" if day == 1 else str(day)
    written = f"À {hour}h{minute:02d}, {amount} € (TTC), 5,5 %, avant le {day_written} mai 2021."
    assert unsupported(speakable(written), [written]) == []


def test_a_closed_sentence_has_a_capital_and_one_final_mark() -> None:
    assert closed("une photo ;") == "Une photo."
    assert closed("Est-ce urgent ?") == "Est-ce urgent ?"
    assert closed(" - ") == ""


def test_an_amount_with_a_decimal_point_does_not_end_a_sentence() -> None:
    assert sentences("Le prix est de 86.50 euros. Il baisse.") == [
        "Le prix est de 86.50 euros.",
        "Il baisse.",
    ]


def test_an_elided_word_counts_as_one() -> None:
    assert word_count("L'acte d'état civil") == 3


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("le 2e enfant", "le deuxième enfant"),
        ("les 2èmes noces", "les deuxièmes noces"),
        ("appelez le 0809401401", "appelez le 08 09 40 14 01"),
        ("à 25 km", "à 25 kilomètres"),
        ("10 ans ou +", "10 ans ou plus"),
        ("sur le site jardins.exemple.fr", "sur le site jardins point exemple point fr"),
        ("écrire à jardin@exemple.fr", "écrire à"),
        ("d' 1 mois", "d'1 mois"),
    ],
)
def test_ordinals_phones_measures_and_sites_are_said(written: str, spoken: str) -> None:
    assert speakable(written) == spoken


ABBREVIATIONS = (
    Abbreviation(short="OJF", long="Office des jardins fleuris"),
    Abbreviation(short="Caf", long="Caisse d'allocations familiales"),
)


def test_a_short_form_is_followed_by_nothing_but_its_long_form_once() -> None:
    said = with_long_forms("L'OJF décide, puis l'OJF écrit.", ABBREVIATIONS)
    assert said == "L'Office des jardins fleuris, OJF, décide, puis l'OJF écrit."


def test_a_short_form_that_everybody_says_is_left_alone() -> None:
    assert with_long_forms("La Caf verse.", ABBREVIATIONS) == "La Caf verse."


def test_a_long_form_that_was_said_is_not_repeated() -> None:
    before = "L'Office des jardins fleuris, OJF, écrit."
    assert with_long_forms("L'OJF décide.", ABBREVIATIONS, before) == "L'OJF décide."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("50 m² ou plus", "50 mètres carrés ou plus"),
        ("moins de 5m^2", "moins de 5 mètres carrés"),
        ("20 m2", "20 mètres carrés"),
        ("12 m³ d'eau", "12 mètres cubes d'eau"),
        ("un moteur de 50 cm^3", "un moteur de 50 centimètres cubes"),
    ],
)
def test_areas_and_volumes_keep_their_unit(written: str, said: str) -> None:
    assert speakable(written) == said


def test_fractions_are_said_as_one_says_them() -> None:
    text = "L'indemnité est de 1/4 de mois, puis de 1/3 ; les 2/3 suivent, 24 h/24"
    assert speakable(text) == (
        "L'indemnité est d'un quart de mois, puis d'un tiers, les deux tiers suivent, "
        "24 heures sur 24"
    )


@pytest.mark.parametrize(
    "written",
    ["0809 401 401", "0 809 401 401", "0809401401", "08.09.40.14.01", "+33 8 09 40 14 01"],
)
def test_a_phone_number_is_spelt_the_same_in_the_sentence_the_banner_and_the_contact(
    written: str,
) -> None:
    said = "08 09 40 14 01"
    assert Target(name="Impôts", phone=written).phone == said
    assert ContactCard(name="Impôts", phone=written).phone == said
    assert Route(script=f"Appelez le {written}.").script == f"Appelez le {said}."


def test_a_number_of_four_figures_is_spelt_together_everywhere() -> None:
    assert speakable("Appelez le 34 00.") == "Appelez le 3400."
    assert Target(name="ANTS", phone="34 00").phone == "3400"


def test_what_is_no_phone_number_is_left_as_it_is() -> None:
    assert Target(name="CIRA", phone="à configurer").phone == "à configurer"
    assert speakable("le 30 60 jours après") == "le 30 60 jours après"


def test_the_numbers_of_every_script_and_target_are_already_spelt_as_they_are_said() -> None:
    for name in ("routes", "emergencies"):
        text = (PROMPTS / f"{name}.yaml").read_text("utf-8")
        scripts = re.findall(r'(?:script|phone): "([^"]+)"', text)
        assert len(scripts) > 10
        assert [spelt_in(spelt(script)) for script in scripts] == scripts
