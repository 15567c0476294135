from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.card import Ask, Card, ContactCard
from evals import answers
from evals.gold import GoldItem
from evals.outputs import Output

Items, Outputs, Cards = Callable[..., GoldItem], Callable[..., Output], Callable[..., Card]

MINOR: dict[str, Any] = {
    "route": "niveau1",
    "fiches": ["F2"],
    "facts": [["42 €", "42 euros"]],
    "answer": "Pour votre fille de 16 ans, le passeport coûte 42 euros.",
}


@pytest.fixture
def judged(
    item_of: Items, output_of: Outputs, texts: Any
) -> Callable[[dict[str, Any], Card], answers.AnswerScore]:
    return lambda keys, card: answers.score(item_of(**keys), output_of(card), texts)


Judged = Callable[[dict[str, Any], Card], answers.AnswerScore]


def test_a_right_answer_in_words(judged: Judged, card_of: Cards) -> None:
    found = judged(MINOR, card_of("Il coûte quarante-deux euros.", fiche="F2"))
    assert found.outcome == "right"
    assert (found.sources_right, found.quotes_verbatim, found.unsupported) == (1, 1, [])


def test_a_missing_fact_is_an_omission_and_not_a_falsehood(judged: Judged, card_of: Cards) -> None:
    found = judged(MINOR, card_of("Cela dépend de l'âge.", fiche="F2"))
    assert found.outcome == "omission"
    assert (found.missing_said, found.missing_card, found.wrong) == (["42 €"], [], [])


def test_another_amount_in_place_of_the_key_one_is_false(judged: Judged, card_of: Cards) -> None:
    found = judged(MINOR, card_of("Il coûte 86 euros.", fiche="F1"))
    assert found.outcome == "wrong"
    assert found.wrong == ["dit « 86 € » au lieu de « 42 € »"]
    assert found.missing_said == ["42 €"]
    assert found.sources_right == 0


def test_another_amount_beside_the_key_one_is_not_false(judged: Judged, card_of: Cards) -> None:
    text = "Il coûte 42 euros pour un mineur et 86 euros pour un majeur."
    assert judged(MINOR, card_of(text, fiche="F2")).wrong == []


def test_a_number_of_another_kind_is_not_a_rival(judged: Judged, card_of: Cards) -> None:
    assert judged(MINOR, card_of("Il est valable 5 ans.", fiche="F2")).wrong == []


def test_an_amount_that_the_caller_told_is_not_a_rival(judged: Judged, card_of: Cards) -> None:
    keys = {**MINOR, "question": "on m'a demandé 86 € pour ma fille, c'est normal ?"}
    assert judged(keys, card_of("Non, ce n'est pas 86 euros.", fiche="F2")).wrong == []


def test_an_age_is_a_rival_of_an_age_only(judged: Judged, card_of: Cards) -> None:
    keys = {**MINOR, "facts": [["16 ans"]], "answer": "À partir de 16 ans."}
    assert judged(keys, card_of("Dès 18 ans.", fiche="F2")).wrong
    assert not judged(keys, card_of("Sous un délai de 5 ans.", fiche="F2")).wrong


def test_a_forbidden_statement_is_false_even_with_the_key_fact(
    judged: Judged, card_of: Cards
) -> None:
    keys = {**MINOR, "forbidden": ["86 euros pour un mineur"]}
    found = judged(keys, card_of("42 euros, ou 86 € pour un mineur.", fiche="F2"))
    assert found.wrong == ["dit « 86 euros pour un mineur »"]


def test_facts_said_without_a_source_are_counted(judged: Judged, card_of: Cards) -> None:
    found = judged(MINOR, card_of("42 euros, sous dix jours, au 01 02 03 04 05.", fiche="F2"))
    assert found.unsupported == ["01 02 03 04 05", "10 jours"]


def test_a_contact_of_the_card_supports_its_phone_number(judged: Judged, card_of: Cards) -> None:
    card = card_of("Appelez le 01 02 03 04 05.", fiche="F2")
    card.contacts = [ContactCard(name="Mairie", phone="01 02 03 04 05")]
    assert judged(MINOR, card).unsupported == []


def test_an_invented_quote_is_not_verbatim(judged: Judged, card_of: Cards) -> None:
    card = card_of("42 euros.", fiche="F2", quote="Le passeport est à 42 €.")
    assert judged(MINOR, card).quotes_verbatim == 0
    unknown = card_of("42 euros.", fiche="F404", quote="Le passeport")
    assert judged(MINOR, unknown).quotes_verbatim == 0


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({"abstained": True}, "right"),
        ({"route": "fiscal"}, "right"),
        ({}, "made_up"),
    ],
)
def test_abstention_on_what_the_corpus_does_not_answer(
    judged: Judged, card_of: Cards, options: dict[str, Any], outcome: str
) -> None:
    keys = {"route": "niveau1", "tags": ["sans_reponse"]}
    assert judged(keys, card_of("Je dis quelque chose.", **options)).outcome == outcome


def test_abstaining_where_the_corpus_answers_is_wrong_but_not_false(
    judged: Judged, card_of: Cards
) -> None:
    found = judged(MINOR, card_of("Je n'ai pas trouvé.", abstained=True))
    assert (found.outcome, found.wrong, found.missing_said) == ("not_answered", [], ["42 €"])


def test_the_question_put_back_must_be_about_the_case(judged: Judged, card_of: Cards) -> None:
    keys = {**MINOR, "facts": [], "ask": ["âge", "mineur"]}
    good = card_of(ask=Ask(text="C'est pour qui ?", options=["un adulte", "un mineur"]))
    bad = card_of(ask=Ask(text="Dans quelle commune ?"))
    assert judged(keys, good).outcome == "right"
    assert judged(keys, bad).outcome == "question_missed"
    assert judged(keys, card_of("42 euros.", fiche="F2")).outcome == "question_missed"


def test_metrics_by_hand(
    judged: Judged, card_of: Cards, item_of: Items, output_of: Outputs, texts: Any
) -> None:
    ask = Ask(text="Quel âge ?")
    keys_ask = {**MINOR, "facts": [], "ask": ["âge"]}
    nothing = {"route": "niveau1", "tags": ["sans_reponse"]}
    scores = {
        "right": judged(MINOR, card_of("42 euros.", fiche="F2")),
        "false": judged(MINOR, card_of("86 euros.", fiche="F1")),
        "silent": judged(MINOR, card_of("Rien.", abstained=True)),
        "broken": answers.score(item_of(**MINOR), output_of(ask="KeyError: x"), texts),
        "needless": judged(MINOR, card_of("42 euros.", fiche="F2", ask=ask)),
        "asks": judged(keys_ask, card_of(ask=ask)),
        "abstains": judged(nothing, card_of("Rien.", abstained=True)),
        "invents": judged(nothing, card_of("Oui.")),
    }
    found = answers.metrics(scores, {key: key for key in scores})
    values = {key: rate["value"] for key, rate in found.items() if isinstance(rate, dict)}
    assert values == {
        "facts_said": 0.4,
        "facts_card": 0.4,
        "wrong": 0.125,
        "citation_precision": pytest.approx(2 / 3, abs=1e-4),
        "quotes_verbatim": 1.0,
        "abstained_rightly": 0.5,
        "abstained_wrongly": 0.4,
        "asked_rightly": 1.0,
        "asked_needlessly": 0.2,
    }
    assert found["unsupported"] == 0
    assert found["facts_said"]["n"] == 5
