"""When a question is put back: only where what answers differs from case to case."""

from __future__ import annotations

import pytest

from assistant.caller import read_caller
from assistant.cases import in_force, is_channel
from assistant.chain import Assistant
from assistant.fitting import NAMED, fits
from assistant.questions import Asking, Choice, Option, may_be_asked, spoken
from assistant.standing import Standing
from vectorstore.fiche import Passage
from vectorstore.passages import Branch
from vectorstore.search import Hit

QUESTION = "combien coûte la carte"


def chance(assistant: Assistant, outside: str, *cases: str) -> float:
    fiche = assistant.snapshot.fiche("F1168")
    texts = [outside, *cases] if outside else cases
    passages = [
        Passage(id=f"F1168#{n}", fiche="F1168", kind="section", text=text)
        for n, text in enumerate(texts)
    ]
    return Standing(QUESTION, (), fiche, passages).differing([[case] for case in cases])


def test_cases_of_different_prices_differ(assistant: Assistant) -> None:
    assert chance(assistant, "", "La carte coûte 25 €.", "La carte coûte 86 €.") > 0.9


def test_cases_that_say_the_same_do_not_differ(assistant: Assistant) -> None:
    assert chance(assistant, "", "La carte coûte 25 €.", "La carte coûte bien 25 €.") == 0.0


def test_an_answer_above_the_split_makes_the_cases_matter_little(assistant: Assistant) -> None:
    cases = ("Déposez le dossier en mairie.", "Déposez le dossier à la préfecture.")
    alone = chance(assistant, "", *cases)
    assert chance(assistant, "La carte coûte 25 €, quel que soit le cas.", *cases) < alone / 2


def allowed(assistant: Assistant, question: str, *titles: str) -> bool:
    options = tuple(
        Option(title, (((), f"{title} : {n + 1} €."),), 0.0) for n, title in enumerate(titles)
    )
    fiche = assistant.snapshot.fiche("F1168")
    asking = Asking(question, read_caller(question, (), ()), fiche, 0.0, (), ())
    return may_be_asked(Choice(options, 0, ""), asking)


def test_who_asks_from_which_age_is_not_asked_the_age(assistant: Assistant) -> None:
    titles = ("Avant 14 ans", "À partir de 14 ans")
    assert not allowed(assistant, "à partir de quel âge peut-on conduire", *titles)
    assert allowed(assistant, "peut-il conduire", *titles)


def test_an_age_that_was_said_is_not_asked_again(assistant: Assistant) -> None:
    titles = ("Avant 14 ans", "À partir de 16 ans")
    assert not allowed(assistant, "mon fils de 15 ans veut travailler", *titles)


def test_a_case_too_long_to_be_said_is_not_asked(assistant: Assistant) -> None:
    assert not allowed(assistant, "combien", "Moins de 14 ans " + "et ainsi de suite " * 8, "Autre")


@pytest.mark.parametrize(
    "titles",
    [
        ("En ligne", "Dans un bureau de tabac"),
        ("Auprès d'un CCAS ou CIAS", "Auprès d'un organisme agréé"),
        ("Utilisation du formulaire en ligne", "Utilisation du formulaire fourni sur place"),
    ],
)
def test_where_to_go_is_the_callers_to_choose(titles: tuple[str, str]) -> None:
    assert is_channel([Branch(n, title, "", 0, None) for n, title in enumerate(titles)])


def test_the_matter_of_the_fiche_names_no_case() -> None:
    caller = read_caller("combien de jours pour un décès dans la famille", (), ())
    marks = fits(["Cas général", "Décès d'un enfant"], caller, {"dec", "famill"})
    assert max(marks) < NAMED


def test_births_are_not_asked_as_children_in_charge() -> None:
    titles = ("Naissance d'un enfant", "2 enfants ou plus (jumeaux, triplés)")
    options = tuple(Option(title, (), 0.0) for title in titles)
    assert "à charge" not in spoken(Choice(options, 0, "")).text


def test_years_of_service_in_a_table_are_not_asked_as_an_age() -> None:
    options = tuple(Option(title, (), 0.0) for title in ("De 1 à 5 ans", "De 6 à 10 ans"))
    choice = Choice(options, 0, "", dimension="Durée d'ancienneté dans l'entreprise")
    assert "âge" not in spoken(choice).text


def test_a_page_that_is_likelier_wrong_is_not_asked_about(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "quel préavis pour quitter sa location"
    snapshot = assistant.snapshot
    page = snapshot.fiche("F1168")
    caller = read_caller(question, (), ())
    assert in_force(page, snapshot.passages(page.id), caller, question).ask is not None

    def found(probability: float) -> list[Hit]:
        likeness = {"classifier": 4.0}
        return [Hit(page.id, page.title, page.url, 1.0, probability, (), likeness)]

    monkeypatch.setattr(type(assistant.search), "degraded", "", raising=False)
    for probability, asked in ((0.9, True), (0.45, False)):
        monkeypatch.setattr(assistant.search, "search", lambda query, k, p=probability: found(p))
        assert (assistant.ask(question).ask is not None) == asked


def test_the_card_names_the_assumed_case_that_its_question_asks_about(assistant: Assistant) -> None:
    card = assistant.ask_of("F1168", "quel préavis pour quitter sa location")
    assert card.ask is not None
    assert any(option.lower() in card.say.lower() for option in card.ask.options)
    assert "Dans le cas" in card.say
