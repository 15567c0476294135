"""What an agent's acts change in a call, and what the journal keeps of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from assistant.card import Card
from assistant.chain import Assistant
from assistant.improve import Improvement
from assistant.journal import Journal, JournalError
from ui.desk_call import Call
from vectorstore.errors import UsageError

NOTICE = "quel préavis pour quitter sa location"


def test_a_call_begins_with_its_first_question(call: Call) -> None:
    assert call.started is None
    call.ask(NOTICE)
    assert call.started is not None
    assert call.journal.call(call.id).turns[0].card.question == NOTICE


def test_a_question_that_cannot_be_read_begins_no_call(call: Call) -> None:
    with pytest.raises(UsageError):
        call.ask("   ")
    assert not call.id


def test_an_option_changes_the_card_and_asks_no_new_question(call: Call) -> None:
    call.ask(NOTICE)
    assert call.card is not None
    assert call.card.ask is not None
    number = call.card.ask.options.index("Logement meublé") + 1
    call.choose(number)
    assert len(call.turns) == 1
    assert call.card.case == ["Logement meublé"]
    assert call.journal.call(call.id).turns[0].card.told == ["Logement meublé"]


def test_an_option_of_an_unclear_question_is_asked(call: Call) -> None:
    call.ask("j'ai perdu ma carte")
    assert call.card is not None
    assert call.card.route.label == "imprecis"
    assert call.card.ask is not None
    first = call.card.ask.options[0]
    call.choose(1)
    assert [turn.card.question for turn in call.turns][1:] == [first]


def test_a_number_beyond_the_options_changes_nothing(call: Call) -> None:
    call.ask(NOTICE)
    before = call.card
    call.choose(9)
    assert call.card is before


def test_the_commune_of_the_call_names_the_office_and_can_be_taken_back(call: Call) -> None:
    call.ask("Comment obtenir un acte de naissance ?")
    assert call.card is not None
    assert call.card.place_ask is not None
    call.place("villeurbane")
    assert call.card is not None
    assert any("Mairie - Villeurbanne" in contact.name for contact in call.card.contacts)
    call.place("")
    assert call.card is not None
    assert call.card.place_ask is not None


def test_what_was_told_can_be_taken_back(call: Call) -> None:
    call.ask(NOTICE)
    call.choose(1)
    chip = next(chip for chip in call.chips() if not chip.words)
    call.correct(chip.id, "")
    assert call.card is not None
    assert call.card.told == []
    assert call.card.ask is not None


def test_what_was_understood_wrongly_can_be_corrected(call: Call) -> None:
    call.ask("préavis pour quitter un logement meublé")
    chip = next(chip for chip in call.chips() if "meublé" in chip.value)
    call.correct(chip.id, "logement vide")
    assert call.card is not None
    assert call.card.case[0] == "Logement vide"


def test_a_question_taken_for_a_follow_up_is_answered_by_itself_on_demand(call: Call) -> None:
    call.ask(NOTICE)
    call.ask("et mon acte de naissance, je le demande où ?")
    assert call.chips()[0].label == "Suite de"
    call.correct(call.chips()[0].id, "")
    assert call.card is not None
    assert "naissance" in call.card.sources[0].title
    assert [chip.label for chip in call.chips()][:1] != ["Suite de"]
    call.ask("et pour un mineur")
    assert call.card.standalone_question.startswith("et mon acte")


def test_a_chip_says_once_what_was_told_and_understood(call: Call) -> None:
    call.ask(NOTICE)
    call.choose(2)
    assert [chip.value for chip in call.chips()].count("Logement meublé") == 1
    assert not any("meublé" in chip.words for chip in call.chips())


def test_a_call_is_found_again_by_another_process(call: Call, assistant: Assistant) -> None:
    call.ask(NOTICE)
    call.choose(1)
    other = Call(assistant, call.journal, agent="essai")
    other.restore(call.id, commune="Lyon")
    assert other.card == call.card
    assert other.commune == "Lyon"
    assert other.started is not None
    assert call.started is not None
    assert abs(other.started - call.started) < timedelta(seconds=2)
    other.choose(2)
    assert other.card is not None


def test_an_unknown_call_is_a_clear_error(call: Call) -> None:
    with pytest.raises(JournalError, match="inconnu"):
        call.restore("rien")


def test_a_call_that_is_over_is_read_and_not_changed(call: Call) -> None:
    call.ask(NOTICE)
    over = call.id
    call.end("answered")
    assert call.card is None
    assert call.journal.call(over).outcome == "answered"
    call.restore(over)
    before = call.card
    call.choose(1)
    assert call.card == before
    call.ask("carte d'identité perdue")
    assert call.id != over
    assert len(call.turns) == 1


def test_a_report_reaches_the_queue_with_its_trace(call: Call, journal: Journal) -> None:
    call.ask(NOTICE)
    call.report(["faux"], "c'est un mois")
    entry = journal.queue()[0]
    assert entry.reasons == ("faux",)
    assert entry.card.timings_ms


def test_a_routed_call_seems_to_end_routed(call: Call) -> None:
    assert call.likely_outcome() == "abandoned"
    call.ask("comment déclarer mes revenus aux impôts")
    assert call.likely_outcome() == "routed"
    assert call.note().startswith("Demande : comment déclarer")


def test_what_a_model_writes_comes_behind_the_first_answer_and_then_replaces_it(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def improve(self: Assistant, card: Card, **_: object) -> Iterator[Improvement]:
        yield Improvement(say="Un mois.")
        written = card.model_copy(update={"say": "Un mois de préavis.", "mode": "model"})
        yield Improvement(say=written.say, card=written)

    monkeypatch.setattr(Assistant, "improve", improve)
    call.ask(NOTICE)
    assert call.card is not None
    first = call.card.say
    shown = [(so_far, call.card.say) for so_far in call.improve()]
    assert shown == [("Un mois.", first)]
    assert (call.card.say, call.turns[-1].first) == ("Un mois de préavis.", first)
    assert call.journal.call(call.id).turns[0].card.mode == "model"
    assert list(call.improve()) == []
    call.choose(1)
    assert call.turns[-1].first == ""


def test_without_a_model_the_card_stays_as_it_is(call: Call) -> None:
    call.ask(NOTICE)
    before = call.card
    assert list(call.improve()) == []
    assert call.card is before


def test_the_last_calls_are_shown_and_put_away(call: Call) -> None:
    call.ask(NOTICE)
    call.show_last_calls()
    assert call.last_calls
    call.show_last_calls()
    assert call.last_calls is None


def test_a_fiche_is_opened_and_put_away_with_the_same_key(call: Call) -> None:
    call.ask(NOTICE)
    assert call.card is not None
    fiche = call.card.sources[0].fiche
    call.open_fiche(fiche)
    assert call.fiche == fiche
    call.open_fiche(fiche)
    assert call.fiche == ""


def test_fiches_are_found_without_a_question(call: Call) -> None:
    call.search("logement")
    assert call.hits
    assert not call.id
