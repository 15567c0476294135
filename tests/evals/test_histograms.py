from __future__ import annotations

from assistant.card import Card
from evals.histograms import histogram, histograms
from evals.outputs import Output
from evals.retrieval import RetrievalScore
from evals.scoring import ItemResult


def test_every_value_is_counted_in_one_class() -> None:
    counts = histogram([0, 1, 1.5, 2, 99], (1, 2))
    assert counts == {"jusqu'à 1": 2, "jusqu'à 2": 2, "plus de 2": 1}


def test_a_run_shows_how_its_figures_are_spread() -> None:
    found = RetrievalScore(rank=2, found=["F1"], measures={})
    absent = RetrievalScore(rank=None, found=[], measures={})
    results = [
        ItemResult(id=str(n), question="q", tags=[], cluster=str(n), retrieval=score)
        for n, score in enumerate([found, absent])
    ]
    card = Card(question="q", standalone_question="q", say="un mot", timings_ms={"total": 30.0})
    sections = histograms(results, {"0": Output(id="0", card=card)})
    rows = {section.title: dict(section.tables[0].rows) for section in sections}  # type: ignore[arg-type]
    assert rows["Rang de la fiche juste"]["jusqu'à 2"] == "1"
    assert rows["Rang de la fiche juste"]["absente des 10 premières"] == "1"
    assert rows["Mots à dire"]["jusqu'à 15"] == "1"
    assert rows["Durée d'un tour"]["jusqu'à 50 ms"] == "1"


def test_a_run_without_outputs_shows_ranks_alone() -> None:
    score = RetrievalScore(rank=1, found=["F1"], measures={})
    result = ItemResult(id="a", question="q", tags=[], cluster="a", retrieval=score)
    assert [s.title for s in histograms([result], {})] == ["Rang de la fiche juste"]
