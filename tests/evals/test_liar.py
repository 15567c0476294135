from __future__ import annotations

from pathlib import Path

import pytest

from assistant import improve
from assistant.chain import Assistant
from assistant.compose import Said
from assistant.generate import Given, Sentence
from assistant.settings import Settings
from evals.gold import GoldItem, load_gold
from evals.liar import lie_over
from evals.lies import FALSE, lies_of
from evals.numbers import keys
from vectorstore.search import Search

GOLD = Path(__file__).parents[1] / "fixtures" / "gold-demo.jsonl"
PASSAGE = "Le passeport coûte 86 € pour un majeur. Il est valable 10 ans après sa délivrance."


@pytest.fixture
def items() -> tuple[GoldItem, ...]:
    return load_gold([GOLD]).items[:6]


@pytest.fixture
def assistant(souffleur_home: Path, search: Search) -> Assistant:
    return Assistant(Settings(home=souffleur_home), search)


def test_every_kind_of_lie_is_told_and_the_same_seed_tells_the_same() -> None:
    lies = list(lies_of([PASSAGE], 1))
    assert {*FALSE, "turned", "turned in letters"} == {lie.kind for lie in lies}
    assert lies == list(lies_of([PASSAGE], 1))


def test_a_lie_that_has_numbers_has_one_that_the_passage_does_not() -> None:
    for lie in lies_of([PASSAGE], 1):
        clause = lie.text.rsplit(", ", 1)[-1]
        assert not keys(clause) or keys(clause) - keys(PASSAGE), lie


def test_a_model_that_lies_in_every_sentence_gets_nothing_said(
    assistant: Assistant, items: tuple[GoldItem, ...]
) -> None:
    found = lie_over(assistant, items, alone=False)
    assert found.through == []
    assert found.unsupported == []
    assert found.written > 0
    assert sum(found.lies.values()) > 100


def test_a_lock_that_lets_everything_through_is_noticed(
    assistant: Assistant, items: tuple[GoldItem, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_door(sentence: Sentence, given: Given) -> list[Said]:
        return [Said(sentence.text, given.passages[0])]

    monkeypatch.setattr(improve, "held_to_source", open_door)
    monkeypatch.setattr(improve, "MAX_SENTENCES", 50)
    monkeypatch.setattr(improve, "MAX_WORDS", 1000)
    found = lie_over(assistant, items[3:4], alone=False)
    assert found.through
    assert found.unsupported
