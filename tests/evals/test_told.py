"""Once the case is told, no text of another case is on the card."""

from __future__ import annotations

import pytest

from assistant import cases
from assistant.chain import Assistant
from assistant.settings import Settings
from evals.gold import GoldItem
from evals.told import measure
from vectorstore.search import Search


@pytest.fixture(scope="module")
def assistant(search: Search, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return Assistant(Settings(home=tmp_path_factory.mktemp("home")), search)


@pytest.fixture(scope="module")
def titles(assistant: Assistant) -> list[GoldItem]:
    """The title of every fiche, asked as a question."""
    return [
        GoldItem(id=fiche, question=assistant.snapshot.fiche(fiche).title)
        for fiche in assistant.snapshot.ids
    ]


def test_every_option_tapped_brings_a_card_of_its_own_case(
    assistant: Assistant, titles: list[GoldItem]
) -> None:
    found = measure(assistant, titles)
    assert found.chosen
    assert found.mixed == []


def test_text_under_another_option_is_found(
    assistant: Assistant, titles: list[GoldItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "_under", lambda passage, case: passage.model_copy(
        update={"cases": (("Logement vide",),)}
    ))  # fmt: skip
    mixed = measure(assistant, titles).mixed
    assert ("F1168", "Logement meublé", "Logement vide") in mixed


def test_facts_are_counted_where_the_question_tells_the_case(assistant: Assistant) -> None:
    item = GoldItem(
        id="told",
        question="quel préavis pour quitter un logement meublé",
        route="niveau1",
        fiches=["F1168"],
        facts=[["1 mois", "un mois"], ["un éléphant"]],
        tags=["cas"],
    )
    found = measure(assistant, [item, item.model_copy(update={"tags": []})])
    assert len(found.scores) == 1
    assert found.right == [True]
    assert found.share_said(right_only=True) == 0.5
