"""Hostile strings in every field of a turn: a card or a clear word, within two seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.card import Card
from assistant.chain import Assistant
from assistant.settings import Settings
from tests.fuzz.bounds import held, no_growth
from tests.security.hostile import hostile_strings
from vectorstore.errors import SouffleurError
from vectorstore.search import Search

pytestmark = pytest.mark.slow

COUNTS = [
    pytest.param(250, id="250"),
    pytest.param(2_000, id="2,000", marks=pytest.mark.soak),
]
QUESTION = "quel préavis pour quitter sa location"

Ask = Callable[[Assistant, str], Card]
FIELDS: dict[str, Ask] = {
    "question": lambda assistant, text: assistant.ask(text),
    "commune": lambda assistant, text: assistant.ask("acte de naissance", commune=text),
    "case": lambda assistant, text: assistant.ask(QUESTION, cases=[text]),
    "history": lambda assistant, text: assistant.ask("et pour un meublé", history=[text]),
}


@pytest.fixture(scope="module")
def assistant(search: Search, directory_home: object) -> Assistant:
    opened = Assistant(Settings(home=directory_home), search)  # type: ignore[arg-type]
    opened.warm()
    return opened


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("count", COUNTS)
def test_a_hostile_text_in_a_field_gives_a_card_or_a_clear_word(
    assistant: Assistant, count: int, field: str
) -> None:
    texts = hostile_strings(2_000)
    answered = 0
    with no_growth(count) as seen:
        for number, text in enumerate(texts[:: len(texts) // count]):
            result = held(lambda: FIELDS[field](assistant, text))  # noqa: B023
            assert isinstance(result, Card | SouffleurError)
            if isinstance(result, Card):
                assert Card.model_validate_json(result.model_dump_json())
                answered += 1
            seen(number)
    assert answered > count / 2
