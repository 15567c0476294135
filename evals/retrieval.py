"""Task *retrieval*: is a right fiche found, and how high?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from evals.gold import GoldItem
from evals.outputs import Call, Output
from evals.statistics import mean_rate, rate
from vectorstore.errors import UsageError

CALLS: set[Call] = {"retrieve"}
SUCCESS_AT = (1, 3, 5, 10)


class RetrievalScore(BaseModel):
    """Where the first right fiche stands, and the measures of this one ranking."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int | None = None
    """Place of the first right fiche, from 1; None when it is not in the ranking."""
    found: list[str]
    """The ids ranked, best first."""
    measures: dict[str, float]
    """``success@k``, ``mrr`` and ``ndcg@10`` of this item."""
    error: str | None = None

    @property
    def passed(self) -> bool:
        return self.rank == 1

    @property
    def verdict(self) -> str:
        """What happened, in a few French words."""
        if self.error:
            return f"erreur : {self.error}"
        return f"rang {self.rank}" if self.rank else "fiche juste absente des 10 premières"


def applies(item: GoldItem) -> bool:
    """Items with fiches that an agent of the first level answers from, and those without a route."""
    return bool(item.fiches) and item.route in (None, "niveau1")


def score(item: GoldItem, output: Output) -> RetrievalScore:
    """Judge one ranking; a failed search is an empty ranking."""
    found = list(dict.fromkeys(ranked.fiche for ranked in output.ranking or []))
    right = set(item.fiches)
    rank = next((place for place, fiche in enumerate(found, 1) if fiche in right), None)
    return RetrievalScore(
        rank=rank,
        found=found,
        measures=measure(found, item.fiches),
        error=output.errors.get("retrieve"),
    )


def measure(found: Sequence[str], right: Iterable[str]) -> dict[str, float]:
    """success@k, reciprocal rank at 10 and nDCG@10 of one ranking, by ``ir_measures``.

    All acceptable fiches are equally relevant; nDCG therefore also rewards finding the second one.
    """
    named = _named_measures()
    if not found:
        return dict.fromkeys(named, 0.0)
    import ir_measures

    qrels = [ir_measures.Qrel("item", fiche, 1) for fiche in right]
    run = [ir_measures.ScoredDoc("item", f, float(-place)) for place, f in enumerate(found)]
    values = ir_measures.calc_aggregate(list(named.values()), qrels, run)
    return {name: round(float(values[named[name]]), 6) for name in named}


def metrics(scores: Mapping[str, RetrievalScore], clusters: Mapping[str, str]) -> dict[str, Any]:
    """The ``retrieval`` object of ``evals run --json``.

    Args:
        scores: item id -> score.
        clusters: item id -> cluster.
    """
    groups = [clusters[item] for item in scores]
    found: dict[str, Any] = {}
    for k in SUCCESS_AT:
        name = f"success@{k}"
        found[name] = rate([s.measures[name] > 0 for s in scores.values()], groups).as_dict()
    for name in ("mrr", "ndcg@10"):
        found[name] = mean_rate([s.measures[name] for s in scores.values()], groups).as_dict()
    return found


@lru_cache(maxsize=1)
def _named_measures() -> dict[str, Any]:
    try:
        from ir_measures import RR, Success, nDCG
    except ImportError:
        raise UsageError(
            "ir-measures manque pour évaluer la recherche : pip install 'souffleur[evals]'"
        ) from None
    named: dict[str, Any] = {f"success@{k}": Success @ k for k in SUCCESS_AT}
    return {**named, "mrr": RR @ 10, "ndcg@10": nDCG @ 10}
