from __future__ import annotations

from typing import Any

import pytest

from assistant import routing
from assistant.card import MAX_WORDS, ROUTE_LABELS, Route
from assistant.chain import Assistant
from assistant.speech import word_count
from assistant.texts import load_yaml, pattern

SCRIPTED = [label for label in ROUTE_LABELS if label != "niveau1"]


def emergency_phone(question: str) -> str | None:
    found = routing.emergency(question)
    return found.target.phone if found and found.target else None


def expressions(rules: dict[str, Any]) -> list[str]:
    lines = [line["match"] for line in rules.get("lines", ())]
    return [*rules["patterns"], *rules["unless"], *lines]


@pytest.mark.parametrize("label", SCRIPTED)
def test_every_route_has_a_script_that_can_be_said(label: str) -> None:
    rules = load_yaml("routes")[label]
    scripts = [rules["script"], *(line["script"] for line in rules.get("lines", ()))]
    for script in scripts:
        assert script.strip()
        assert word_count(script) <= MAX_WORDS


@pytest.mark.parametrize("label", SCRIPTED)
def test_every_pattern_of_every_route_compiles(label: str) -> None:
    found = expressions(load_yaml("routes")[label])
    assert found
    for expression in found:
        pattern(expression)


@pytest.mark.parametrize("label", SCRIPTED)
def test_no_pattern_expects_accents_or_capitals_that_folding_removes(label: str) -> None:
    for expression in expressions(load_yaml("routes")[label]):
        assert not pattern(expression).search("")
        bare = expression.replace("(o|ô)", "o").replace("\\W", "")
        assert bare == bare.lower(), expression
        assert not set(bare) & set("éèêàâùûçîïô"), expression


def test_routes_yaml_names_only_known_labels() -> None:
    assert set(load_yaml("routes")) - {"version", "themes_fiscal"} == set(SCRIPTED)


def test_only_a_vague_demand_has_a_question_to_put_back() -> None:
    assert [label for label in SCRIPTED if "ask" in load_yaml("routes")[label]] == ["imprecis"]


@pytest.mark.parametrize(
    ("question", "phone"),
    [
        ("Le monsieur au téléphone dit qu'il veut se suicider", "01 45 39 40 00"),
        ("J'ai plus envie de vivre", "01 45 39 40 00"),
        ("je veux en finir, personne ne m'écoute", "01 45 39 40 00"),
        ("Mon mari me frappe", "3919"),
        ("on dort dehors ce soir avec les enfants", "115"),
        ("Je suis à la rue ce soir", "115"),
        ("Mon fils ne respire plus", "15"),
        ("Ma fille a avalé de la javel", "15"),
        ("Ma femme fait un malaise", "15"),
        ("Ma fille dit que ça sent le gaz dans l'appartement", "18"),
        ("Les voisins battent leur enfant, il hurle", "119"),
        ("Ma fille a disparu", "119"),
        ("Quelqu'un force la porte, je suis seule chez moi", "112"),
    ],
)
def test_a_caller_in_danger_gets_the_number_of_the_right_service(question: str, phone: str) -> None:
    assert emergency_phone(question) == phone


def test_asking_for_a_passport_too_does_not_hide_the_danger() -> None:
    question = "Mon mari me frappe, il me faut un passeport en urgence pour partir"
    assert emergency_phone(question) == "3919"


@pytest.mark.parametrize(
    "question",
    [
        "Il me faut un passeport en urgence",
        "Comment avoir en urgence une carte d'identité ?",
        "Je veux en finir avec mon abonnement",
        "J'ai grillé un feu, je suis passé au feu rouge",
        "Prime pour le travail de nuit dans la rue",
        "Mon mari est mort, que faire ?",
        "Ma femme accouche dans un mois, quels congés ?",
        "Mon père a fait un AVC l'an dernier, a-t-il droit à une aide ?",
        "Elle élève seule son fils, le père a disparu",
        "Mon enfant est malade, quel congé ?",
    ],
)
def test_an_ordinary_question_with_an_alarming_word_is_no_emergency(question: str) -> None:
    assert routing.emergency(question) is None


def routed(assistant: Assistant, question: str) -> Route:
    return routing.route(question, assistant.search.search(question), assistant.snapshot)


@pytest.mark.parametrize(
    "question",
    ["Comment déclarer mes impôts sur le revenu ?", "Qui doit payer la taxe d'habitation ?"],
)
def test_a_tax_question_goes_to_the_tax_service_with_its_number(
    assistant: Assistant, question: str
) -> None:
    found = routed(assistant, question)
    assert found.label == "fiscal"
    assert found.target is not None
    assert found.target.phone == "0809 401 401"
    assert found.reason


def test_the_tax_service_is_said_with_the_digits_that_are_shown() -> None:
    rules = load_yaml("routes")["fiscal"]
    digits = rules["target"]["phone"].replace(" ", "")
    assert digits in rules["script"].replace(" ", "")


@pytest.mark.parametrize(
    "question",
    [
        "Où acheter un timbre fiscal pour un passeport ?",
        "Combien coûte un passeport ?",
        "Quel préavis pour quitter mon logement ?",
    ],
)
def test_buying_a_tax_stamp_or_a_plain_demand_is_no_tax_question(
    assistant: Assistant, question: str
) -> None:
    assert routed(assistant, question).label == "niveau1"


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("c'est pour un papier", "imprecis"),
        ("mes droits", "imprecis"),
        ("Où en est mon dossier de naturalisation ?", "dossier"),
        ("J'ai oublié mon mot de passe", "dossier"),
        ("Quelle est la météo demain à Lyon ?", "hors_perimetre"),
    ],
)
def test_demands_that_no_fiche_answers_go_where_they_belong(
    assistant: Assistant, question: str, label: str
) -> None:
    assert routed(assistant, question).label == label


def test_a_vague_demand_is_answered_with_a_question(assistant: Assistant) -> None:
    ask = routing.ask_of(routed(assistant, "c'est pour un papier"))
    assert ask is not None
    assert ask.text.endswith("?")


def test_a_plain_demand_has_no_question_to_put_back(assistant: Assistant) -> None:
    assert routing.ask_of(routed(assistant, "Combien coûte un passeport ?")) is None


def test_confidence_is_a_probability(assistant: Assistant) -> None:
    for question in ("Comment payer la TVA ?", "mes droits", "Où voter après un déménagement ?"):
        assert 0 <= routed(assistant, question).confidence <= 1
