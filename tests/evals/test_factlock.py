from __future__ import annotations

from pathlib import Path

import pytest

from assistant import verify
from assistant.facts import Fact
from assistant.opening import open_understanding
from assistant.settings import Settings
from evals import factlock
from evals.factlock import Tally, alarms
from vectorstore.search import Search


def test_the_small_corpus_raises_no_false_alarm(souffleur_home: Path, search: Search) -> None:
    understanding = open_understanding(search.snapshot, Settings(home=souffleur_home))
    tally = Tally()
    assert list(alarms(search.snapshot, understanding, search.snapshot.ids, tally)) == []
    assert tally.fiches == len(search.snapshot.ids)
    assert tally.sentences > tally.fiches


def test_a_fact_that_the_lock_misses_is_reported(
    souffleur_home: Path, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify.missing_facts is factlock.missing_facts
    monkeypatch.setattr(
        factlock, "missing_facts", lambda said, fiche: [Fact("euro", "1", "1 euro")]
    )
    understanding = open_understanding(search.snapshot, Settings(home=souffleur_home))
    first = next(alarms(search.snapshot, understanding, search.snapshot.ids[:1], Tally()))
    assert first.facts == ("1 euro",)
