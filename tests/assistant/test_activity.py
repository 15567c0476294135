from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from assistant.activity import PARIS, PERIODS, Period, period_of, tables_of
from assistant.journal_records import FicheCount, HourCount, QuestionCount, Statistics

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # already the eleventh in Paris


@pytest.mark.parametrize(("period", "days"), zip(PERIODS, (1, 7, 30, 91, 365), strict=True))
def test_a_period_is_whole_days_in_paris_up_to_tonight(period: Period, days: int) -> None:
    since, until = period_of(period, NOW)
    assert until == datetime(2026, 3, 12, tzinfo=PARIS)
    assert since.time() == until.time() == datetime.min.time()
    assert (until.date() - since.date()) == timedelta(days=days)


def found(**changes: object) -> Statistics:
    since, until = period_of("semaine", NOW)
    made = {
        "since": since,
        "until": until,
        "calls": 3,
        "ended": 2,
        "turns": 4,
        "calls_per_hour": (HourCount(datetime(2026, 3, 10, 14, tzinfo=PARIS), 3),),
        "within_three_minutes": 0.5,
        "median_first_answer_s": 12.0,
        "abstained": 0.25,
        "routes": {"niveau1": 1, "fiscal": 3},
        "outcomes": {"answered": 2},
        "most_asked": (FicheCount("F1", "Un titre", 2),),
        "content_gaps": (QuestionCount("un dauphin", 1),),
        "reports_by_reason": {"faux": 1},
        **changes,
    }
    return Statistics(**made)  # type: ignore[arg-type]


def test_every_figure_of_a_period_is_in_a_table_the_largest_first() -> None:
    rows = {table.name: table.rows for table in tables_of(found(), {"fiscal": "Impôts"})}
    assert rows["Appels par heure"] == [["10/03/2026 14 h", 3]]
    assert rows["Orientations"] == [["Impôts", 3], ["niveau1", 1]]
    assert rows["Issues des appels"] == [["répondu", 2]]
    assert rows["Fiches les plus demandées"] == [["F1", "Un titre", 2]]
    assert rows["Questions sans réponse"] == [["un dauphin", 1]]
    assert rows["Signalements par motif"] == [["faux", 1]]


def test_agents_are_named_only_where_the_journal_counts_them() -> None:
    assert "Appels par agent" not in {table.name for table in tables_of(found(), {})}
    named = tables_of(found(calls_by_agent={"jeanne": 3}), {})
    assert named[-1].rows == [["jeanne", 3]]
