"""Facts about the product on the real corpus in ``SOUFFLEUR_HOME``; run by ``.ci/run``."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.card import MAX_SENTENCES, MAX_WORDS
from assistant.chain import Assistant
from assistant.facts import unsupported
from assistant.speech import sentences, speakable, word_count

pytestmark = pytest.mark.real
GOLD = Path(__file__).parents[2] / "evals" / "gold"
TURNS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "fixtures" / "rewriting" / "turns.jsonl")
    .read_text("utf-8")
    .splitlines()
]
ADULT_PASSPORT = {"F14929", "F21091", "F21246", "F21247"}


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    opened = Assistant.open()
    opened.warm()
    return opened


@pytest.fixture(scope="session")
def questions() -> list[str]:
    items = [
        json.loads(line)["question"]
        for path in sorted(GOLD.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    return items[:: max(1, len(items) // 200)][:200]


def test_every_live_fiche_of_the_package_is_there(assistant: Assistant) -> None:
    counts = assistant.snapshot.manifest.counts
    assert counts["fiches"] == 3371
    assert counts["documents"] == 7024
    assert assistant.snapshot.manifest.skipped == []


def test_an_adult_passport_costs_86_euros(assistant: Assistant) -> None:
    card = assistant.ask("combien coûte le passeport pour un adulte")
    assert "86 euros" in card.say
    assert {source.fiche for source in card.sources} & ADULT_PASSPORT


def test_two_hundred_warm_turns_take_at_most_300_ms_at_p95(
    assistant: Assistant, questions: list[str]
) -> None:
    times = []
    for question in questions:
        started = time.perf_counter()
        assistant.ask(question)
        times.append((time.perf_counter() - started) * 1000)
    p50, p95 = np.percentile(times, [50, 95])
    print(f"warm turn over {len(times)} questions: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    assert p95 <= 300


def test_what_is_said_is_short_and_every_fact_of_it_is_cited(
    assistant: Assistant, questions: list[str]
) -> None:
    for question in questions:
        card = assistant.ask(question)
        assert card.say
        assert word_count(card.say) <= MAX_WORDS
        if card.mode == "extractive":
            assert len(sentences(card.say)) <= MAX_SENTENCES
            cited = [source.quote for source in card.sources]
            cited += [title for source in card.sources for title in source.case]
            cited += [speakable(text) for text in cited]
            assert unsupported(card.say, cited) == []


def test_every_quote_stands_in_its_fiche(assistant: Assistant, questions: list[str]) -> None:
    for question in questions:
        for source in assistant.ask(question).sources:
            text = assistant.snapshot.fiche_text(source.fiche)
            for line in source.quote.split("\n"):
                assert line in text


def test_the_application_rests_within_a_gigabyte_and_a_half(assistant: Assistant) -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the test process: {peak_mb:.0f} MB")
    assert peak_mb <= 1536


def test_new_subjects_and_follow_ups_are_told_apart_in_at_least_19_of_20_calls(
    assistant: Assistant,
) -> None:
    for expected in (True, False):
        turns = [turn for turn in TURNS if turn["follow_up"] is expected]
        read = [
            bool(assistant.understanding.read(turn["question"], turn["history"]).query.topic)
            for turn in turns
        ]
        assert sum(got is expected for got in read) >= 0.95 * len(turns)


def test_tax_and_emergencies_are_routed_whatever_the_call_was_about(assistant: Assistant) -> None:
    elsewhere = [turn for turn in TURNS if turn.get("route") in ("fiscal", "urgence")]
    routes = {
        turn["id"]: assistant.ask(turn["question"], history=turn["history"]).route.label
        for turn in elsewhere
    }
    assert routes == {turn["id"]: turn["route"] for turn in elsewhere}
