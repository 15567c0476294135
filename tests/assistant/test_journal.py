"""The journal: what is kept of calls, what the QA team decides, what a period was like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.card import Ask, Card, Route, Source
from assistant.journal import CuratedAnswer, Journal, JournalError
from assistant.settings import Settings
from vectorstore.errors import UsageError

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def card(question: str, say: str = "Le passeport coûte 86 euros.", abstained: bool = False) -> Card:
    source = Source(
        n=1,
        fiche="F1",
        title="Passeport",
        section="Coût",
        url="https://www.service-public.fr/particuliers/vosdroits/F1",
        updated="2020-05-12",
        quote=say,
        spans=[(0, len(say))],
    )
    return Card(
        question=question,
        standalone_question=question,
        say=say,
        ask=Ask(text="Pour qui ?", options=["un adulte", "un mineur"]),
        sources=[] if abstained else [source],
        abstained=abstained,
        timings_ms={"total": 50.0},
    )


def test_a_call_comes_back_with_its_cards_in_order(journal: Journal) -> None:
    call = journal.start_call("agent-7")
    first = card("passeport combien")
    journal.record_turn(call, first)
    second = journal.record_turn(call, card("et pour un enfant"))
    chosen = card("et pour un enfant", say="Pour un mineur de moins de 15 ans : 17 euros.")
    journal.update_turn(second, chosen)
    stored = journal.call(call)
    assert [turn.card for turn in stored.turns] == [first, chosen]
    assert stored.outcome is None


def test_the_order_of_turns_does_not_hang_on_the_clock(journal: Journal) -> None:
    call = journal.start_call()
    journal.record_turn(call, card("un"), asked_at=NOW)
    journal.record_turn(call, card("deux"), asked_at=NOW - DAY)
    assert [turn.card.question for turn in journal.call(call).turns] == ["un", "deux"]


def test_moments_come_back_in_utc(journal: Journal) -> None:
    call = journal.start_call()
    paris = datetime.fromisoformat("2026-11-24T10:30:00+01:00")
    journal.record_turn(call, card("un"), asked_at=paris)
    assert journal.call(call).turns[0].asked_at == NOW


def test_an_unknown_call_gets_a_clear_word(journal: Journal) -> None:
    with pytest.raises(JournalError, match="appel inconnu"):
        journal.call("0" * 32)


def test_an_agent_is_kept_as_a_pseudonym_and_finds_own_calls(journal: Journal) -> None:
    journal.start_call("jeanne.martin")
    journal.start_call("autre")
    since, until = datetime.now(UTC) - DAY, datetime.now(UTC) + DAY
    (own,) = journal.calls(since=since, until=until, agent="jeanne.martin")
    assert own.agent is not None
    assert "jeanne" not in own.agent
    assert len(journal.calls(since=since, until=until)) == 2


def test_a_bad_report_and_an_abstention_wait_for_the_qa_team(journal: Journal) -> None:
    call = journal.start_call()
    turn = journal.record_turn(call, card("passeport combien"))
    journal.report(turn, "up")
    report = journal.report(turn, "down", ["faux", "périmé"], "le prix a changé")
    silent = journal.record_turn(call, card("chasse au dahu", abstained=True))
    abstention, reported = journal.queue()
    assert (abstention.kind, abstention.turn) == ("abstention", silent)
    assert (reported.id, reported.reasons) == (report, ("faux", "périmé"))
    assert reported.comment == "le prix a changé"
    assert reported.card.sources[0].fiche == "F1"


def test_a_decision_closes_an_entry_and_the_next_one_keeps_the_first(journal: Journal) -> None:
    call = journal.start_call()
    report = journal.report(journal.record_turn(call, card("passeport")), "down", ["faux"])
    journal.decide(report, "wrong", "qa@exemple.fr", "86 et non 89")
    journal.decide(report, "closed", "chef@exemple.fr")
    assert journal.queue() == []
    (entry,) = journal.queue(open_only=False)
    assert entry.decision == "closed"
    assert [(made.decision, made.by) for made in entry.decisions] == [
        ("wrong", "qa@exemple.fr"),
        ("closed", "chef@exemple.fr"),
    ]


def test_a_curated_answer_is_withdrawn_with_a_trace(journal: Journal) -> None:
    answer = CuratedAnswer("passeport prix", "86 euros.", "F1", "abc", date(2027, 1, 1), "qa", NOW)
    first = journal.approve(answer)
    second = journal.approve(answer)
    journal.put_up_for_review(first, "la fiche a changé")
    journal.withdraw(second, "plus utile", "qa")
    assert journal.curated("in_use") == []
    (review,) = journal.curated("to_review")
    assert (review.id, review.expires, review.at) == (first, date(2027, 1, 1), NOW)
    journal.approve(review)
    assert [kept.id for kept in journal.curated("in_use")] == [first]
    acts = [(audit.actor, audit.act) for audit in journal.audits()]
    assert acts == [("qa", "curated_withdrawn"), ("souffleur", "curated_to_review")]


def test_statistics_count_a_period(journal: Journal) -> None:
    since, until = datetime.now(UTC) - DAY, datetime.now(UTC) + DAY
    answered = journal.start_call()
    journal.record_turn(answered, card("passeport"))
    silent = journal.record_turn(answered, card("Chasse au dahu ?", abstained=True))
    journal.record_turn(answered, card("chasse au dahu", abstained=True))
    journal.report(silent, "down", ["incomplet"])
    journal.end_call(answered, "answered")
    taxes = card("mes impôts")
    taxes.route, taxes.sources = Route(label="fiscal"), []
    journal.record_turn(journal.start_call(), taxes)
    counted = journal.statistics(since, until)
    assert (counted.calls, counted.ended, counted.turns) == (2, 1, 4)
    assert counted.within_three_minutes == 1.0
    assert counted.routes == {"niveau1": 3, "fiscal": 1}
    assert counted.outcomes == {"answered": 1}
    assert [(top.fiche, top.turns) for top in counted.most_asked] == [("F1", 1)]
    assert [(gap.question, gap.turns) for gap in counted.content_gaps] == [("Chasse au dahu ?", 2)]
    assert counted.reports_by_reason == {"incomplet": 1}
    assert counted.median_first_answer_s is not None
    assert 0 <= counted.median_first_answer_s < 5
    assert counted.calls_by_agent == {}
    assert sum(hour.calls for hour in counted.calls_per_hour) == 2


def test_an_empty_period_has_no_shares(journal: Journal) -> None:
    counted = journal.statistics(NOW, NOW + DAY)
    assert counted.within_three_minutes is counted.median_first_answer_s is None


def test_names_are_kept_where_the_installation_wants_them(tmp_path: Path, database: str) -> None:
    journal = Journal.open(Settings(home=tmp_path, database_url=database, name_agents=True))
    journal.start_call("jeanne")
    now = datetime.now(UTC)
    assert journal.statistics(now - DAY, now + DAY).calls_by_agent == {"jeanne": 1}
    journal.close()


def test_purge_takes_a_call_with_all_that_hangs_on_it(journal: Journal) -> None:
    call = journal.start_call()
    report = journal.report(journal.record_turn(call, card("passeport")), "down", ["faux"])
    journal.decide(report, "wrong", "qa")
    journal.audit("qa", "run_started")
    assert journal.purge(1) == 0
    assert journal.purge(0) == 1
    assert journal.queue(open_only=False) == []
    with pytest.raises(JournalError):
        journal.call(call)
    assert len(journal.audits()) == 1


def test_a_negative_age_is_refused(journal: Journal) -> None:
    with pytest.raises(UsageError, match="0 jour"):
        journal.purge(-1)


def test_an_export_holds_every_row(journal: Journal, tmp_path: Path) -> None:
    call = journal.start_call()
    journal.report(journal.record_turn(call, card("passeport")), "down", ["faux"])
    path = tmp_path / "journal.jsonl"
    assert journal.export(path) == 4
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [row["table"] for row in rows] == ["calls", "turns", "reports", "queue"]
    assert json.loads(rows[1]["card"])["say"].startswith("Le passeport")


def test_an_unknown_outcome_is_refused(journal: Journal) -> None:
    with pytest.raises(UsageError, match="au choix answered"):
        journal.end_call(journal.start_call(), "perdu")  # type: ignore[arg-type]


def test_a_card_of_another_version_is_read_without_what_it_had_more(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = journal.start_call()
    dump = Card.model_dump_json

    def richer(self: Card) -> str:
        record = json.loads(dump(self))
        record["mood"] = "gai"
        record["sources"][0]["mood"] = "gai"
        return json.dumps(record)

    monkeypatch.setattr(Card, "model_dump_json", richer)
    journal.record_turn(call, card("passeport"))
    assert journal.call(call).turns[0].card == card("passeport")


def test_characters_that_no_database_takes_are_left_out(journal: Journal) -> None:
    call = journal.start_call()
    journal.record_turn(call, card("pass\0eport \ud800"))
    assert journal.call(call).turns[0].card.question == "passeport ?"


@pytest.fixture
def journal(tmp_path: Path, database: str) -> Iterator[Journal]:
    journal = Journal.open(Settings(home=tmp_path, database_url=database))
    yield journal
    journal.close()
