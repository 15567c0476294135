from __future__ import annotations

import re
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from assistant import chain
from assistant.card import MAX_SENTENCES, MAX_WORDS, Card
from assistant.chain import Assistant
from assistant.compose import Draft, Said
from assistant.facts import unsupported
from assistant.settings import Settings
from assistant.speech import sentences, word_count
from assistant.texts import load_yaml
from vectorstore.errors import UsageError
from vectorstore.search import Search
from vectorstore.text import fold

QUESTIONS = (
    "Combien coûte un passeport pour un adulte ?",
    "Quels papiers pour une carte d'identité d'enfant ?",
    "J'ai perdu ma carte d'identité, que faire ?",
    "Quel préavis pour quitter un logement ?",
    "Peut-on payer le dernier loyer avec le dépôt de garantie ?",
    "Combien coûte un Pacs ?",
    "Un étudiant peut-il toucher le RSA ?",
    "Comment inscrire mon enfant à l'école maternelle ?",
    "Combien de jours pour déclarer une naissance ?",
    "Où demander un acte de naissance ?",
    "Comment changer l'adresse de la carte grise ?",
    "Combien de temps une carte d'identité est-elle valable ?",
)
NONSENSE = "Ai-je le droit d'installer une éolienne dans un champ ?"
CARD_KEYS = {
    "question", "standalone_question", "route", "say", "ask", "check", "contacts", "services",
    "sources", "abstained", "mode", "notes", "warnings", "timings_ms",
}  # fmt: skip
OUR_KEYS = {
    "glossary",
    "masked",
    "place_ask",
    "known",
    "told",
    "case",
    "case_assumed",
    "also",
    "others",
    "handover",
    "near",
    "confidence",
    "snapshot",
    "corpus_date",
}


@pytest.fixture(scope="module")
def cards(assistant: Assistant) -> list[Card]:
    return [assistant.ask(question) for question in QUESTIONS]


@pytest.fixture(scope="module")
def answers(cards: list[Card]) -> list[Card]:
    """The cards that say something from a fiche."""
    found = [card for card in cards if card.sources and card.route.label == "niveau1"]
    assert len(found) >= len(QUESTIONS) // 2
    return found


def test_what_is_said_fits_in_60_words_and_3_sentences(cards: list[Card]) -> None:
    for card in cards:
        assert card.say, card.question
        assert word_count(card.say) <= MAX_WORDS, card.say
        assert len(sentences(card.say)) <= MAX_SENTENCES, card.say


def test_what_is_said_holds_no_bracket_link_list_mark_or_euro_sign(cards: list[Card]) -> None:
    for card in cards:
        assert not re.search(r"[()\[\]€\n•]|https?:|www\.", card.say), card.say


def test_every_line_of_a_quote_stands_word_for_word_in_its_fiche(
    assistant: Assistant, answers: list[Card]
) -> None:
    for card in answers:
        for source in card.sources:
            text = assistant.snapshot.fiche_text(source.fiche)
            for line in source.quote.split("\n"):
                assert line in text, source


def test_every_fact_said_stands_in_a_fiche_that_is_cited(
    assistant: Assistant, answers: list[Card]
) -> None:
    for card in answers:
        cited = [assistant.snapshot.fiche_text(source.fiche) for source in card.sources]
        assert unsupported(card.say, cited) == []


def test_sources_are_numbered_from_one_and_every_check_names_one(answers: list[Card]) -> None:
    for card in answers:
        numbers = [source.n for source in card.sources]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {check.source for check in card.check} <= set(numbers)


def test_every_source_tells_its_fiche_its_date_and_its_address(answers: list[Card]) -> None:
    for source in (source for card in answers for source in card.sources):
        assert source.title
        assert date.fromisoformat(source.updated)
        assert source.url.startswith("https://")


def test_a_niveau1_card_without_sources_has_abstained(cards: list[Card]) -> None:
    for card in cards:
        assert card.sources or card.abstained or card.route.label != "niveau1"


def test_near_fiches_are_none_of_the_sources(cards: list[Card]) -> None:
    for card in cards:
        assert not {near.fiche for near in card.near} & {source.fiche for source in card.sources}


def test_a_question_that_nothing_fits_is_not_answered(assistant: Assistant) -> None:
    card = assistant.ask(NONSENSE)
    assert card.abstained
    assert card.say == load_yaml("scripts")["abstain"]
    assert card.sources == []
    assert card.mode == "script"


def test_an_abstention_still_shows_the_nearest_fiches(assistant: Assistant) -> None:
    assert assistant.ask(NONSENSE).near


def test_a_card_has_exactly_the_documented_keys(cards: list[Card]) -> None:
    assert set(cards[0].model_dump(mode="json")) == CARD_KEYS | OUR_KEYS


def test_nested_objects_have_the_documented_keys(answers: list[Card]) -> None:
    record = answers[0].model_dump(mode="json")
    assert {"label", "confidence", "target", "script"} <= set(record["route"])
    assert set(record["sources"][0]) == {
        "n", "fiche", "title", "section", "case", "url", "updated", "quote", "spans",
    }  # fmt: skip


def test_a_card_survives_the_way_through_json(cards: list[Card]) -> None:
    for card in cards:
        assert Card.model_validate_json(card.model_dump_json()) == card


def test_every_step_is_timed(cards: list[Card]) -> None:
    steps = {
        "understand",
        "alert",
        "retrieve",
        "route",
        "case",
        "compose",
        "verify",
        "card",
        "total",
    }
    for card in cards:
        if card.route.label == "niveau1":
            assert steps <= set(card.timings_ms)
        assert all(value >= 0 for value in card.timings_ms.values())


def test_the_card_names_the_snapshot_and_its_date(assistant: Assistant, cards: list[Card]) -> None:
    manifest = assistant.snapshot.manifest
    assert {(card.snapshot, card.corpus_date) for card in cards} == {
        (manifest.id, manifest.corpus_date)
    }


def test_an_old_corpus_is_announced_on_every_card(assistant: Assistant, cards: list[Card]) -> None:
    assert assistant.snapshot.manifest.age_days() > assistant.settings.old_after_days
    year = assistant.snapshot.manifest.corpus_date[:4]
    for card in [*cards, assistant.ask("Mon mari me frappe"), assistant.ask(NONSENSE)]:
        assert "vieilles de" in card.warnings[0]
        assert year in card.warnings[0]


def test_a_fresh_corpus_is_not_called_old(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    manifest = assistant.snapshot.manifest.model_copy(update={"corpus_date": yesterday})
    monkeypatch.setattr(assistant.snapshot, "manifest", manifest)
    assert not any("vieilles de" in line for line in assistant.ask(QUESTIONS[0]).warnings)


def test_a_follow_up_is_answered_on_the_topic_of_the_call(assistant: Assistant) -> None:
    card = assistant.ask("et pour ma fille de 5 ans ?", history=[QUESTIONS[0]])
    assert "passeport" in fold(card.standalone_question)
    seen = [source.title for source in card.sources] + [near.title for near in card.near]
    assert any("passeport" in fold(title) for title in seen)


def test_a_vague_demand_is_answered_with_a_question_and_no_source(assistant: Assistant) -> None:
    card = assistant.ask("c'est pour un papier")
    assert card.route.label == "imprecis"
    assert card.ask is not None
    assert card.sources == []
    assert card.say


def test_an_empty_question_is_a_usage_error(assistant: Assistant) -> None:
    with pytest.raises(UsageError, match="vide"):
        assistant.ask("   ")


def test_a_question_of_5000_characters_is_a_usage_error(assistant: Assistant) -> None:
    with pytest.raises(UsageError, match="5000"):
        assistant.ask("a" * 5000)


class _NeverSearched:
    """Stands for a search that a turn must not reach."""

    degraded = None

    def __init__(self, snapshot: Any) -> None:
        self.snapshot = snapshot

    def search(self, question: str, k: int = 10) -> list[Any]:
        raise AssertionError("an emergency must not wait for retrieval")


def test_a_suicidal_caller_gets_a_number_before_anything_is_searched(assistant: Assistant) -> None:
    search = cast(Search, _NeverSearched(assistant.snapshot))
    card = Assistant(Settings(home=assistant.settings.home), search).ask(
        "Bonjour, il dit qu'il veut se suicider"
    )
    assert card.route.label == "urgence"
    assert card.route.target is not None
    assert card.route.target.phone == "3114"
    assert "112" in card.say
    assert "retrieve" not in card.timings_ms
    assert {"understand", "alert", "total"} <= set(card.timings_ms)


def test_an_emergency_within_a_call_about_something_else_is_seen(assistant: Assistant) -> None:
    card = assistant.ask("il me frappe", history=[QUESTIONS[0]])
    assert card.route.label == "urgence"


def test_a_failing_vector_store_is_noted_and_fiches_are_still_shown(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vectorstore.nearest.RETRY_AFTER_S", 0.0)
    with monkeypatch.context() as broken:
        broken.setattr(assistant.search._nearest, "_opened", lambda: None)
        card = assistant.ask(QUESTIONS[0])
    assert any("indisponible" in note for note in card.notes)
    assert card.sources or card.near
    assert not any("indisponible" in note for note in assistant.ask(QUESTIONS[0]).notes)


def _composing(*texts: str) -> Any:
    """A composer that says these texts, all cited from the best fiche's first passage."""

    def compose(understood: Any, fiche: Any, held: Any, caller: Any, *, chance: float) -> Draft:
        passage = held.passages[0]
        spans = ((0, len(passage.text.split("\n")[0])),)
        return Draft(said=[Said(text, passage, spans) for text in texts], fiche=fiche)

    return compose


INVENTED = "Cela coûte 98765 euros."


def test_a_sentence_whose_fact_is_in_no_source_is_removed_and_noted(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "compose", _composing("On vous reçoit.", INVENTED))
    card = assistant.ask(QUESTIONS[0])
    assert "98765" not in card.say
    assert "On vous reçoit." in card.say
    assert any("98765" in note for note in card.notes)


def test_an_answer_made_only_of_invented_facts_becomes_an_abstention(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "compose", _composing(INVENTED))
    card = assistant.ask(QUESTIONS[0])
    assert card.abstained
    assert card.sources == []
    assert "98765" not in card.full_text()


def test_a_store_without_any_hit_gives_an_abstention(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = SimpleNamespace(
        snapshot=assistant.snapshot, degraded=None, search=lambda question, k=10: []
    )
    card = Assistant(assistant.settings, cast(Search, empty)).ask(QUESTIONS[0])
    assert card.abstained
    assert card.near == []
    assert card.confidence == 0


def test_the_words_said_are_marked_in_the_passage_that_is_quoted(answers: list[Card]) -> None:
    for card in answers:
        marked = [source for source in card.sources if source.spans]
        assert marked, card.question
        for source in marked:
            for start, end in source.spans:
                assert 0 <= start < end <= len(source.quote)
                assert source.quote[start:end].strip() == source.quote[start:end]


def test_amounts_of_an_old_corpus_are_marked_as_doubtful(cards: list[Card]) -> None:
    checks = [check for card in cards for check in card.check]
    assert any(check.doubtful for check in checks)
    assert all(check.doubtful == bool(re.search("€|%", check.fact)) for check in checks)
