from __future__ import annotations

from assistant.assemble import MAY_BE_RIGHT
from assistant.chain import Assistant
from assistant.excerpts import MOST_CHARS, UNITS, excerpts_of
from evals.matching import stands_verbatim
from vectorstore.fiche import Passage

QUESTION = "Combien coûte un passeport pour un adulte ?"


def test_near_fiches_are_quoted_verbatim_where_they_may_be_right(assistant: Assistant) -> None:
    card = assistant.ask(QUESTION)
    chances = {hit.fiche: hit.probability for hit in assistant.retrieve(QUESTION)}
    quoted = 0
    for near in card.near:
        assert bool(near.excerpts) <= (chances[near.fiche] >= MAY_BE_RIGHT)
        for excerpt in near.excerpts:
            quoted += 1
            assert stands_verbatim(excerpt.quote, assistant.snapshot.fiche_text(near.fiche))
            assert excerpt.quote in card.full_text()
    assert len(card.near) == 0 or quoted <= UNITS * len(card.near)


def test_excerpts_are_few_and_none_is_long(assistant: Assistant) -> None:
    name = assistant.ask(QUESTION).sources[0].fiche
    fiche, passages = assistant.snapshot.fiche(name), assistant.snapshot.passages(name)
    found = excerpts_of(QUESTION, fiche, passages)
    assert 0 < len(found) <= UNITS
    assert any("€" in excerpt.quote for excerpt in found)
    assert all(len(excerpt.quote) <= 2 * MOST_CHARS for excerpt in found)


def test_nothing_is_quoted_of_a_fiche_without_passages(assistant: Assistant) -> None:
    name = assistant.ask(QUESTION).sources[0].fiche
    passages: list[Passage] = []
    assert excerpts_of(QUESTION, assistant.snapshot.fiche(name), passages) == []
