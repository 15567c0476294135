from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from assistant import routing
from assistant.card import MAX_WORDS, ROUTE_LABELS
from assistant.chain import Assistant
from assistant.route_features import NearFiche, feature_names, measures, precise_stems, signals
from assistant.route_model import chosen, load_model
from assistant.speech import word_count
from assistant.texts import load_yaml, pattern

SCRIPTED = [label for label in ROUTE_LABELS if label != "niveau1"]
SETTINGS = {"version", "themes_fiscal", "titres_fiscaux"}


def lines(label: str) -> list[dict[str, Any]]:
    rules = load_yaml("routes")[label]
    return [*rules.get("lines", ()), *rules.get("asks", ())]


def routed(assistant: Assistant, question: str) -> routing.Routed:
    turn = assistant.start(question)
    return routing.route(
        turn.understood.standalone, turn.hits, assistant.snapshot, assistant.vector(turn)
    )


@pytest.mark.parametrize("label", SCRIPTED)
def test_every_route_has_a_script_that_can_be_said(label: str) -> None:
    rules = load_yaml("routes")[label]
    scripts = [rules["script"], *(line["script"] for line in lines(label) if "script" in line)]
    for script in scripts:
        assert script.strip()
        assert word_count(script) <= MAX_WORDS


def test_every_expression_compiles_and_expects_nothing_that_folding_removes() -> None:
    groups = load_yaml("route_signals")["signals"].values()
    expressions = [expression for group in groups for expression in group]
    expressions += [line["match"] for label in SCRIPTED for line in lines(label)]
    for expression in expressions:
        assert not pattern(expression).search("")
        bare = expression.replace("\\W", "")
        assert bare == bare.lower(), expression
        assert not set(bare) & set("éèêàâùûçîïô'-"), expression


def test_routes_yaml_names_only_known_labels() -> None:
    assert set(load_yaml("routes")) - SETTINGS == set(SCRIPTED)


def test_what_is_said_of_signals_and_counted_together_names_known_features() -> None:
    rules = load_yaml("route_signals")
    names = set(feature_names())
    assert set(rules["says"]) <= names
    assert {name for group in rules["together"].values() for name in group} <= names


def test_only_a_vague_demand_has_a_question_to_put_back() -> None:
    assert [label for label in SCRIPTED if "ask" in load_yaml("routes")[label]] == ["imprecis"]


def test_the_weights_were_learned_on_the_signals_of_today() -> None:
    model = load_model()
    size = len(feature_names())
    assert model.without_vector.coefficients.shape == (7, size)
    assert model.with_vector.coefficients.shape == (7, size + len(model.vector_mean))


def test_a_danger_that_the_rules_miss_is_still_sent_to_the_emergency_number(
    assistant: Assistant,
) -> None:
    card = assistant.ask("quelqu'un est gravement blessé, il y a du sang partout, il ne répond pas")
    assert card.route.label == "urgence"


@pytest.mark.parametrize(
    "question",
    ["Comment déclarer mes impôts sur le revenu ?", "Qui doit payer la taxe d'habitation ?"],
)
def test_a_tax_question_goes_to_the_tax_service_with_its_number(
    assistant: Assistant, question: str
) -> None:
    found = routed(assistant, question).route
    assert found.label == "fiscal"
    assert found.target is not None
    assert found.target.phone == "08 09 40 14 01"
    assert found.reason


def test_a_customs_question_goes_to_customs(assistant: Assistant) -> None:
    found = routed(assistant, "Faut-il payer des taxes ou des droits de douane sur un colis ?")
    assert found.route.label == "fiscal"
    assert found.route.target is not None
    assert found.route.target.name == "Infos Douane Service"


def test_the_tax_service_is_said_with_the_digits_that_are_shown() -> None:
    rules = load_yaml("routes")["fiscal"]
    for rule in (rules, *rules["lines"]):
        digits = rule["target"]["phone"].replace(" ", "")
        assert digits in rule["script"].replace(" ", "")


@pytest.mark.parametrize(
    "question",
    [
        "Où acheter un timbre fiscal pour un passeport ?",
        "Combien coûte un passeport ?",
        "Quel préavis pour quitter mon logement ?",
        "Passeport perdu, que faire ?",
    ],
)
def test_buying_a_tax_stamp_or_a_plain_demand_is_no_tax_question(
    assistant: Assistant, question: str
) -> None:
    assert routed(assistant, question).route.label == "niveau1"


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("c'est pour un papier", "imprecis"),
        ("renseignement", "imprecis"),
        ("Où en est mon dossier de naturalisation ?", "dossier"),
        ("Ma carte grise demandée il y a deux mois n'est toujours pas arrivée", "dossier"),
        ("Quelle est la météo demain à Lyon ?", "hors_perimetre"),
        ("Racontez-moi une blague", "hors_perimetre"),
        (
            "Deux avocats me disent le contraire sur la succession de mon père mort au Maroc, "
            "le tribunal est saisi : qui a raison et quelle est ma part ?",
            "complexe",
        ),
    ],
)
def test_demands_that_no_fiche_answers_go_where_they_belong(
    assistant: Assistant, question: str, label: str
) -> None:
    assert routed(assistant, question).route.label == label


def test_without_vectors_the_route_is_still_decided(assistant: Assistant) -> None:
    question = "Où en est mon dossier de naturalisation ?"
    hits = assistant.start(question).hits
    assert routing.route(question, hits, assistant.snapshot).route.label == "dossier"


@pytest.mark.parametrize(
    ("question", "body", "phone"),
    [
        (
            "la caf ne m'a toujours pas versé mes apl ce mois-ci, regardez mon dossier",
            "Caf",
            "3230",
        ),
        ("mes indemnités journalières ne sont toujours pas versées par la cpam", "CPAM", "3646"),
        ("mon espace france travail est bloqué, je ne peux plus me connecter", "Travail", "3949"),
        ("où en est ma carte grise demandée à l'ants il y a un mois ?", "ANTS", "3400"),
        ("mon dossier de retraite déposé à la carsat, où en est-il ?", "Carsat", "3960"),
    ],
)
def test_a_callers_own_file_goes_to_the_body_that_holds_it(
    assistant: Assistant, question: str, body: str, phone: str
) -> None:
    found = routed(assistant, question).route
    assert found.label == "dossier"
    assert found.target is not None
    assert body in found.target.name
    assert found.target.phone == phone


def test_a_complex_question_names_the_domain_and_an_extension_to_configure() -> None:
    near = [{"N19808", "N289"}, {"N19808"}, {"N19806"}]
    found = routing._built("complexe", 0.9, None, "le bailleur et le syndic", near)
    assert found.target is not None
    assert found.target.name == "CIRA, logement"
    assert found.target.phone == "à configurer"


def test_a_public_servant_goes_to_the_civil_service_whatever_the_nearest_fiches() -> None:
    found = routing._built("complexe", 0.9, None, "fonctionnaire en disponibilité", [{"N19811"}])
    assert found.target is not None
    assert found.target.name == "CIRA, fonction publique"


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("carte", "carte"),
        ("j'ai reçu un courrier", "organisme"),
        ("je voudrais une aide", "domaine"),
        ("c'est pour un papier", "document"),
    ],
)
def test_a_vague_demand_is_answered_with_a_question_about_it(
    assistant: Assistant, question: str, word: str
) -> None:
    ask = routed(assistant, question).ask
    assert ask is not None
    assert word in ask.text
    assert ask.text.endswith("?")


def test_a_plain_demand_has_no_question_to_put_back(assistant: Assistant) -> None:
    assert routed(assistant, "Combien coûte un passeport ?").ask is None


def test_confidence_is_a_probability(assistant: Assistant) -> None:
    for question in ("Comment payer la TVA ?", "mes droits", "Où voter après un déménagement ?"):
        assert 0 <= routed(assistant, question).route.confidence <= 1


def test_the_reason_counts_the_nearest_fiches_that_are_about_taxes(assistant: Assistant) -> None:
    reason = routed(assistant, "Comment déclarer mes impôts sur le revenu ?").route.reason
    assert reason is not None
    assert "fiches les plus proches relèvent des impôts" in reason


def test_tax_wins_a_doubt_and_a_complex_case_must_be_likely() -> None:
    assert chosen({"niveau1": 0.6, "fiscal": 0.39, "complexe": 0.05}) == "fiscal"
    assert chosen({"niveau1": 0.45, "fiscal": 0.0, "complexe": 0.55}) == "niveau1"
    assert chosen({"niveau1": 0.2, "fiscal": 0.0, "complexe": 0.8}) == "complexe"


def test_a_question_without_any_word_that_names_a_subject_is_known_as_such() -> None:
    assert precise_stems("il me faut un papier") == []
    assert precise_stems("quel préavis pour un meublé") != []


def test_tax_fiches_count_by_how_likely_they_are() -> None:
    near = [NearFiche(0.8, True), NearFiche(0.2, False)]
    assert measures("taxe foncière", near)[0] == pytest.approx(0.8)
    assert measures("taxe foncière", [])[0] == 0


def test_signals_are_seen_whatever_the_accents_and_apostrophes() -> None:
    assert np.array_equal(
        signals("J’ai PERDU mon mot de passe"), signals("j'ai perdu mon mot de passe")
    )
    assert signals("où en est ma demande ?").any()


def test_an_answer_may_stand_beside_a_route_but_never_beside_an_emergency() -> None:
    rules = load_yaml("routes")
    assert {label for label in SCRIPTED if rules[label]["answer_beside"]} == {
        "fiscal",
        "dossier",
        "complexe",
    }


def test_a_mixed_question_is_answered_and_its_rest_is_routed(assistant: Assistant) -> None:
    found = routed(
        assistant,
        "Combien coûte un passeport et quelles pièces faut-il pour mon fils ? "
        "Et pour le mien, déposé en mairie en mars, où en est le dossier ?",
    )
    labels = {found.route.label, found.also.label if found.also else None}
    assert "dossier" in labels


def test_a_page_about_tax_is_never_what_a_first_level_answer_rests_on() -> None:
    tax = NearFiche(0.9, is_tax=True, names_tax=True)
    bar = NearFiche(0.5, is_tax=True, names_tax=False)
    stamp = NearFiche(0.5, is_tax=False, names_tax=True)
    assert [routing.about_tax(near) for near in (tax, bar, stamp)] == [True, False, False]
