"""Answers written by a model: never less safe than without, whatever the endpoint does."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.assemble import contacts_of, services_of
from assistant.card import MAX_SENTENCES, MAX_WORDS, Card
from assistant.chain import Assistant
from assistant.settings import Settings
from assistant.speech import sentences, word_count
from tests.endpoint.models import Written, honest, passages_of, reply, writing
from tests.endpoint.server import KEY, MODEL, Scripted, ScriptedServer, faults
from vectorstore.phones import spelt
from vectorstore.search import Search

QUESTION = "Combien coûte un passeport pour un adulte ?"


@pytest.fixture
def open_with(scripted: ScriptedServer, search: Search, tmp_path: Path) -> Callable[..., Assistant]:
    """The assistant over the small corpus, its answers written by the scripted server."""

    def opened(**values: Any) -> Assistant:
        bounds = {"deadline_s": 20.0, "silence_timeout_s": 20.0, **values}
        return Assistant(Settings(home=tmp_path, answer=scripted.settings(**bounds)), search)

    return opened


@pytest.fixture
def with_model(open_with: Callable[..., Assistant]) -> Assistant:
    return open_with()


def improved(assistant: Assistant, question: str = QUESTION) -> tuple[Card, list[str], Card]:
    """The extractive card, the sentences released, the card at the end."""
    first = assistant.ask(question)
    assert first.mode == "extractive"
    steps = list(assistant.improve(first))
    last = steps[-1].card
    assert last is not None
    assert all(step.card is None for step in steps[:-1])
    return first, [step.sentence for step in steps[:-1]], last


def refused(scripted: ScriptedServer, assistant: Assistant, write: Written) -> Card:
    """The card at the end when a model first says something true, then this."""
    scripted.always(writing(lambda passages: [*honest(passages), *write(passages)]))
    _, released, last = improved(assistant)
    assert last.mode == "model"
    assert len(released) == 1
    assert any("phrase du modèle retirée" in note for note in last.notes)
    return last


def test_a_verified_sentence_replaces_the_extractive_answer(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    scripted.always(writing(honest))
    first, released, last = improved(with_model)
    assert last.mode == "model"
    assert len(released) == 1
    assert released[0] in last.say
    assert last.say != first.say
    assert any(MODEL in note for note in last.notes)
    cited = [source for source in last.sources if source.spans]
    assert cited
    assert 0 < last.timings_ms["model_first"] <= last.timings_ms["model"]
    assert last.route == first.route


def test_the_model_is_given_the_question_the_case_and_numbered_passages_in_force(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    scripted.always(writing(honest))
    _, _, last = improved(with_model)
    system, user = scripted.asked[0]["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    assert f"<question>\n{QUESTION}" in user["content"]
    assert "{{contact:1}}" in system["content"]
    given = passages_of(scripted.asked[0])
    assert any(source.quote == passage for source in last.sources for passage in given)


@pytest.mark.parametrize("name", faults(""))
def test_every_fault_leaves_the_extractive_answer_in_time_with_a_note(
    scripted: ScriptedServer,
    open_with: Callable[..., Assistant],
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def spoilt(request: dict[str, Any]) -> Scripted:
        return faults(reply(honest(passages_of(request))))[name][0]

    scripted.always(spoilt)
    slow = faults("")[name][1] == "timeout"
    bounds = {"deadline_s": 1.0, "silence_timeout_s": 0.5} if slow else {}
    assistant = open_with(**bounds)
    deadline_s = assistant.settings.answer.deadline_s
    assistant.warm()
    first = assistant.ask(QUESTION)
    started = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        last = assistant.improved(first)
    assert time.monotonic() - started < deadline_s + 1
    assert (last.say, last.sources, last.mode) == (first.say, first.sources, "extractive")
    note = next(note for note in last.notes if "Réponse extraite de la fiche gardée" in note)
    assert MODEL in note
    assert KEY not in last.model_dump_json()
    assert KEY not in caplog.text


def test_the_first_card_waits_for_no_endpoint(
    scripted: ScriptedServer, open_with: Callable[..., Assistant]
) -> None:
    scripted.always(Scripted(stall_after=0))
    assistant = open_with()
    card = assistant.ask(QUESTION)
    assert card.mode == "extractive"
    assert scripted.asked == []


def test_without_a_model_the_card_comes_back_as_it_is(search: Search, tmp_path: Path) -> None:
    assistant = Assistant(Settings(home=tmp_path), search)
    card = assistant.ask(QUESTION)
    assert assistant.improved(card) is card


def test_a_routed_or_abstaining_card_asks_nothing_of_a_model(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    for question in ("Mon mari me frappe", "Puis-je garder un dauphin dans ma piscine ?"):
        card = with_model.ask(question)
        assert with_model.improved(card) is card
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Cela coûte 98765 euros.", "fait absent de la source : 98765 euros"),
        ("Comptez 97 jours de délai.", "fait absent"),
        ("Avez-vous de faibles ressources ?", "une question n'est pas une réponse"),
        ("Il faut fournir 37 documents différents.", "nombre absent"),
        ("Rendez-vous sur www.exemple-piege.fr.", "lien"),
        ("Rendez-vous sur exemple point fr.", "lien"),
        ("Appelez le 01 23 45 67 89.", "lien"),
        ("Écrivez à aide@exemple.org.", "lien"),
        ("Présentez-vous au 12 rue de la Paix.", "lien"),
        ("Adressez-vous à la Direction Générale de Marseille.", "absent de la source"),
        ("Demandez conseil à votre notaire.", "fait absent"),
        ("Les voitures de course préfèrent les circuits humides.", "mots absents"),
        ("Le раsseport est délivré.", "caractères inconnus"),
    ],
)
def test_what_no_passage_says_is_not_said(
    scripted: ScriptedServer, with_model: Assistant, sentence: str, why: str
) -> None:
    last = refused(scripted, with_model, lambda passages: [(sentence, [1])])
    assert sentence.rstrip(".") not in last.say
    assert any(why in note for note in last.notes), last.notes


@pytest.mark.parametrize("sources", [[], [0], [99], [-1]])
def test_a_sentence_without_a_source_that_was_given_is_not_said(
    scripted: ScriptedServer, with_model: Assistant, sources: list[int]
) -> None:
    last = refused(
        scripted, with_model, lambda passages: [(honest(passages)[0][0] + " Voilà.", sources)]
    )
    assert any("aucune source citée" in note for note in last.notes)


def test_a_first_sentence_that_fails_keeps_the_extractive_answer(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    scripted.always(writing(lambda passages: [("C'est 98765 euros.", [1]), *honest(passages)]))
    first, released, last = improved(with_model)
    assert released == []
    assert (last.say, last.mode) == (first.say, "extractive")
    assert any("première phrase" in note for note in last.notes)


@pytest.mark.parametrize(
    ("question", "verb", "denied"),
    [
        ("Peut-on payer le dernier loyer avec le dépôt de garantie ?", " peut ", " ne peut pas "),
        (QUESTION, " est ", " n'est pas "),
        ("Comment inscrire mon enfant à l'école maternelle ?", " est ", " n'est pas "),
    ],
)
def test_a_negation_turned_round_is_not_said(
    scripted: ScriptedServer, with_model: Assistant, question: str, verb: str, denied: str
) -> None:
    def lie(passages: list[str]) -> list[tuple[str, list[int]]]:
        text, sources = honest(passages, verb)[0]
        return [(text.replace(verb, denied, 1), sources)]

    scripted.always(writing(lie))
    first, released, last = improved(with_model, question)
    assert released == []
    assert last.say == first.say
    assert any("phrase du modèle retirée" in note for note in last.notes), last.notes


def test_tokens_become_the_contact_and_the_service_of_the_fiche(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    first = with_model.ask(QUESTION)
    turn = with_model._recent.find(QUESTION, ())
    assert turn is not None
    fiche = turn.draft.fiche
    assert fiche is not None
    contact = fiche.contacts[contacts_of(turn, with_model.snapshot)[0]]
    service = fiche.services[services_of(turn)[0]]
    scripted.always(
        writing(
            lambda passages: [
                *honest(passages),
                ("Contactez : {{contact:1}}.", [1]),
                ("Utilisez : {{lien:1}}.", [1]),
            ]
        )
    )
    last = with_model.improved(first)
    assert last.mode == "model", last.notes
    assert contact.title in last.say
    assert all(spelt(number) in last.say for number in contact.phones[:1])
    assert service.title[:20] in last.say
    assert "{" not in last.say


def test_unknown_tokens_vanish(scripted: ScriptedServer, with_model: Assistant) -> None:
    def write(passages: list[str]) -> list[tuple[str, list[int]]]:
        text, sources = honest(passages)[0]
        return [(f"{{{{contact:77}}}} {text} {{{{prix:1}}}}", sources)]

    scripted.always(writing(write))
    _, _, last = improved(with_model)
    assert last.mode == "model"
    assert not {"{", "}"} & set(last.full_text())
    assert "77" not in last.say


def test_a_talkative_model_stays_within_60_words_and_3_sentences(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    def write(passages: list[str]) -> list[tuple[str, list[int]]]:
        return [
            (sentence, [number])
            for number, passage in enumerate(passages, 1)
            for line in passage.split("\n")
            for sentence in sentences(line)
            if sentence.endswith(".")
        ]

    def always(request: dict[str, Any]) -> Scripted:
        first = honest(passages_of(request))
        return Scripted(text=reply([*first, *write(passages_of(request))]), pieces=40)

    scripted.always(always)
    _, released, last = improved(with_model)
    assert last.mode == "model"
    assert len(released) > 1
    assert word_count(last.say) <= MAX_WORDS
    assert len(sentences(last.say)) <= MAX_SENTENCES


def test_a_model_that_finds_no_answer_leaves_the_extractive_one(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    scripted.always(Scripted(text=reply([("Rien.", [1])], complete=False)))
    first, released, last = improved(with_model)
    assert (released, last.say) == ([], first.say)
    assert any("ne trouve pas la réponse" in note for note in last.notes)


def test_sentences_are_released_while_the_model_still_writes(
    scripted: ScriptedServer, open_with: Callable[..., Assistant]
) -> None:
    def always(request: dict[str, Any]) -> Scripted:
        said = honest(passages_of(request))
        return Scripted(text=reply([*said, ("x" * 4000, [])]), pieces=60, pause_s=0.01)

    scripted.always(always)
    assistant = open_with()
    assistant.warm()
    last = assistant.improved(assistant.ask(QUESTION))
    assert last.timings_ms["model_first"] < last.timings_ms["model"] / 2


@pytest.mark.parametrize("around", ["```json\n{}\n```", "Voici la réponse :\n{}\nBonne journée."])
def test_words_around_the_json_do_not_matter(
    scripted: ScriptedServer, with_model: Assistant, around: str
) -> None:
    def always(request: dict[str, Any]) -> Scripted:
        before, after = around.split("{}")
        return Scripted(text=before + reply(honest(passages_of(request))) + after)

    scripted.always(always)
    assert improved(with_model)[2].mode == "model"


def test_the_same_question_costs_once(
    scripted: ScriptedServer, open_with: Callable[..., Assistant]
) -> None:
    scripted.always(writing(honest))
    _, _, once = improved(open_with())
    _, released, again = improved(open_with(), "combien coute un passeport pour un adulte")
    assert len(scripted.asked) == 1
    assert again.say == once.say
    assert len(released) == 1
    assert any("plus tôt" in note for note in again.notes)


def test_another_case_is_another_answer(scripted: ScriptedServer, with_model: Assistant) -> None:
    scripted.always(writing(honest))
    card = with_model.ask(QUESTION)
    with_model.improved(card)
    told = with_model.with_cases(card, ["mineur"])
    last = with_model.improved(told)
    assert len(scripted.asked) == 2
    assert last.told == ["mineur"]


def test_a_draft_that_was_not_verified_is_not_remembered(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    scripted.always(writing(lambda passages: [("C'est 98765 euros.", [1])]))
    improved(with_model)
    improved(with_model)
    assert len(scripted.asked) == 2


def test_what_is_remembered_is_verified_again(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    from sqlalchemy import create_engine, text

    scripted.always(writing(honest))
    improved(with_model)
    engine = create_engine(f"sqlite:///{with_model.settings.cache_dir / 'answers.sqlite'}")
    forged = json.dumps(
        {"complete": True, "say": [{"text": "C'est 98765 euros.", "sources": [1]}], "ask": ""}
    )
    with engine.begin() as connection:
        connection.execute(text("UPDATE answers SET answer = :forged"), {"forged": forged})
    assert "98765" not in improved(with_model)[2].say


def test_a_cache_that_cannot_be_read_costs_nothing_but_the_cache(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    path = with_model.settings.cache_dir / "answers.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"pas une base" * 500)
    scripted.always(writing(honest))
    assert improved(with_model)[2].mode == "model"


@pytest.mark.parametrize(
    ("ask", "kept"),
    [
        ("Quel est le numéro de votre carte bancaire ?", False),
        ("Avez-vous 98 ans ?", False),
        ("Dites-moi tout.", False),
    ],
)
def test_a_question_of_the_model_holds_nothing_foreign(
    scripted: ScriptedServer, with_model: Assistant, ask: str, kept: bool
) -> None:
    question = "Peut-on payer le dernier loyer avec le dépôt de garantie ?"

    def always(request: dict[str, Any]) -> Scripted:
        return Scripted(text=reply(honest(passages_of(request)), ask=ask))

    scripted.always(always)
    first, _, last = improved(with_model, question)
    assert last.mode == "model"
    assert first.ask is None
    assert (last.ask is not None) == kept


def test_a_page_chosen_by_the_agent_is_the_one_that_the_model_reads(
    scripted: ScriptedServer, with_model: Assistant
) -> None:
    scripted.always(writing(honest))
    other = with_model.ask(QUESTION)
    near = with_model.ask_of(other.near[0].fiche, QUESTION)
    with_model.ask(QUESTION)
    last = with_model.improved(near)
    assert last.sources[0].fiche == near.sources[0].fiche
    assert last.mode == "model"
