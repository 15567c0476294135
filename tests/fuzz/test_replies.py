"""What a model may reply: whatever it is, a reading, a refusal, and never a hang."""

from __future__ import annotations

import json
import random

import pytest

from assistant.assemble import contacts_of, services_of
from assistant.attempt import object_in
from assistant.chain import Assistant
from assistant.compose import Said
from assistant.generate import Given, Reading, answer_of, asked, give, held_to_source
from assistant.prompts import load_prompt
from assistant.settings import Settings
from assistant.support import Refusal
from tests.fuzz.bounds import held, no_growth
from tests.fuzz.mutations import mutated_value
from tests.security.hostile import hostile_strings
from vectorstore.search import Search

pytestmark = pytest.mark.slow

QUESTION = "Combien coûte un passeport pour un adulte ?"
PUMPED = (
    "{" * 20_000,
    "{contact:" + "1" * 20_000 + "}",
    "{contact" + " " * 20_000,
    "{" + "a" * 20_000 + ":",
    "1 " * 10_000,
    "Le passeport coûte 86 euros, " * 700,
    "a" * 20_000 + ".",
    "Si " * 6_000,
    "Oui, " * 6_000,
    "A-" * 10_000,
    "12 rue " * 3_000,
)


@pytest.fixture(scope="module")
def given(search: Search, tmp_path_factory: pytest.TempPathFactory) -> Given:
    """What a model is given for one question over the small corpus."""
    assistant = Assistant(Settings(home=tmp_path_factory.mktemp("home")), search)
    turn = assistant._recent.find(assistant.ask(QUESTION).question, ())
    assert turn is not None
    contacts = contacts_of(turn, assistant.snapshot)
    return give(turn, contacts, services_of(turn), load_prompt("answer"))


def read(text: str, pieces: int, given: Given) -> list[Said | Refusal]:
    """A reply that comes in so many pieces, read as ``improve`` reads it."""
    reading = Reading()
    step = max(1, len(text) // pieces)
    written = [
        sentence
        for start in range(0, len(text), step)
        for sentence in reading.feed(text[start : start + step])
    ]
    answer = answer_of(object_in(text))
    written += answer.say if answer else []
    if answer and answer.ask:
        asked(answer.ask, given)
    return [found for sentence in written for found in held_to_source(sentence, given)]


def test_hostile_sentences_of_a_model_are_held_to_their_source(given: Given) -> None:
    count = 2000
    with no_growth(count) as seen:
        for number, text in enumerate(hostile_strings(count)):
            reply = json.dumps(
                {"complete": True, "say": [{"text": text, "sources": [1, 2]}], "ask": text + " ?"}
            )
            for found in held(lambda: read(reply, 3, given)) or ():  # noqa: B023
                assert isinstance(found, Said | Refusal)
                if isinstance(found, Said):
                    assert not set("<>{}[]") & set(found.text), found.text
            seen(number)


@pytest.mark.parametrize("text", PUMPED, ids=range(len(PUMPED)))
def test_an_endless_sentence_of_a_model_takes_no_time(given: Given, text: str) -> None:
    reply = json.dumps({"complete": True, "say": [{"text": text, "sources": [1]}], "ask": text})
    held(lambda: read(reply, 3, given))


def test_a_reply_of_any_form_is_read_or_passed_over(given: Given) -> None:
    chance = random.Random(4)
    good = {
        "complete": True,
        "say": [{"text": "Le passeport coûte 86 euros.", "sources": [1]}] * 3,
        "ask": "Pour qui ?",
    }
    for _ in range(2000):
        text = json.dumps(mutated_value(json.loads(json.dumps(good)), chance))
        if chance.random() < 0.5:
            at = chance.randrange(len(text) + 1)
            text = (
                text[:at]
                + chance.choice(('"', "}", "{", "\\u", "```", "\x00", "é" * 50, "9" * 5000))
                + text[at:]
            )
        held(lambda: read(text, chance.randint(1, 5), given))  # noqa: B023
